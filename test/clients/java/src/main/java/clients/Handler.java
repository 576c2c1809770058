package clients;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.LinkedHashMap;
import java.util.Map;

/** A function in Java with Lambda's own client: it does what its event asks for. */
public class Handler implements RequestHandler<Map<String, Object>, Map<String, Object>> {
  private int count = 0;

  public Handler() {
    if ("exit".equals(System.getenv("INIT"))) System.exit(5);
    if ("error".equals(System.getenv("INIT"))) throw new IllegalStateException("as asked");
  }

  @Override
  public Map<String, Object> handleRequest(Map<String, Object> event, Context context) {
    ++count;
    switch (String.valueOf(event.get("do"))) {
      case "error": throw new IllegalArgumentException("as asked");
      case "panic": throw new Error("as asked");
      case "exit": System.exit(3);
      case "sleep": pause(30_000); break;
      case "pause": pause(300); break;
      case "print": System.out.println("printed: " + event.get("text")); break;
      default: break;
    }
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("text", event.get("text"));
    result.put("count", count);
    result.put("pid", ProcessHandle.current().pid());
    result.put("id", context.getAwsRequestId());
    result.put("arn", context.getInvokedFunctionArn());
    result.put("function", context.getFunctionName());
    result.put("left_ms", context.getRemainingTimeInMillis());
    result.put("custom", context.getClientContext() == null ? null : context.getClientContext().getCustom());
    return result;
  }

  private static void pause(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
