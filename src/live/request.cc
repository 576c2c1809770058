#include "live/request.h"

namespace smyth::live {

void Request::clear() {
  caller = Caller::http;
  log_tail = is_answered = is_delivered = cold = false;
  event.clear();
  invoked_arn.clear();
  client_context.clear();
  trace_id.clear();
  context.clear();
  what.clear();
  http.reset();
  environment = {};
  tail.reset();
}

}  // namespace smyth::live
