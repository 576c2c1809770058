// The handlers that are measured, in JavaScript: as in handlers.py.

const started = performance.now();
let count = 0;

export const order_handler = async () => {
  count += 1;
  return { statusCode: 200, body: `Orders requests: ${count}` };
};

const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

// Keeps its environment busy for as long as the query says; answers how long its import took.
export const holding_handler = async (event) => {
  await sleep(Number(event.queryStringParameters?.hold ?? 0));
  return { statusCode: 200, body: String(importSeconds) };
};

await sleep(0.01); // An import that takes its time.
const importSeconds = (performance.now() - started) / 1000;
