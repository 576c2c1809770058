// A function in JavaScript for Lambda's own client: it does what its event asks for.
let count = 0;

if (process.env.INIT === "exit") process.exit(5);
if (process.env.INIT === "error") throw new RangeError("as asked");

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const answer = async (event, context) => {
  count += 1;
  switch (event.do) {
    case "error":
      throw new TypeError("as asked");
    case "panic":
      setTimeout(() => {
        throw new RangeError("as asked");
      });
      await pause(30_000);
      break;
    case "exit":
      process.exit(3);
    case "sleep":
      await pause(30_000);
      break;
    case "pause":
      await pause(300);
      break;
    case "print":
      process.stdout.write(`printed: ${event.text}\n`);
      break;
  }
  return {
    text: event.text,
    count,
    pid: process.pid,
    id: context.awsRequestId,
    arn: context.invokedFunctionArn,
    function: context.functionName,
    left_ms: context.getRemainingTimeInMillis(),
    custom: context.clientContext?.custom ?? null,
  };
};

export const streaming = awslambda.streamifyResponse(async (event, stream) => {
  stream.write("x".repeat(100_000));
  await pause(10);
  stream.end("end");
});

export const handler = answer;
