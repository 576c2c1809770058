#pragma once

#include <string>
#include <string_view>

namespace smyth::live {

// Makes "Root=1-..." what a function is told: with a parent, the segment of this invocation, and
// with the decision on sampling, which is no unless the caller has said yes. What the caller has
// decided stays; only printable ASCII goes through.
void complete_trace_id(std::string& trace_id, std::string_view request_id);

}  // namespace smyth::live
