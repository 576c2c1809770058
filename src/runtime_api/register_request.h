#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace smyth::runtime_api {

// The body with which an extension registers: {"events": ["INVOKE", "SHUTDOWN"]}.
struct RegisterRequest {
  std::vector<std::string> events;
};
Result<RegisterRequest> parse_register_request(std::string_view body);

// Whether the features that an extension says it accepts have the account's number among them.
bool accepts_account_id(std::string_view features);

}  // namespace smyth::runtime_api
