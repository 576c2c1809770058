package orders;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.LinkedHashMap;
import java.util.Map;

/** A function with Lambda's own client for Java. */
public class Handler implements RequestHandler<Map<String, Object>, Map<String, Object>> {
  private static int count = 0; // Of the environment: it lives as long as that.

  @Override
  public Map<String, Object> handleRequest(Map<String, Object> event, Context context) {
    String id = ((Map<?, ?>) event.get("pathParameters")).get("id").toString();
    if (!id.matches("\\d+")) {
      throw new IllegalArgumentException("no number: " + id);
    }
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("order", Integer.parseInt(id));
    answer.put("count", ++count);
    return answer;
  }
}
