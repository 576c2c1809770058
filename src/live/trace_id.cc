#include "live/trace_id.h"

#include <algorithm>

namespace smyth::live {
namespace {

constexpr std::size_t segment_digits = 16;

bool has(std::string_view trace_id, std::string_view member) {
  const std::size_t at = trace_id.find(member);
  return at != std::string_view::npos && (at == 0 || trace_id[at - 1] == ';');
}

}  // namespace

void complete_trace_id(std::string& trace_id, std::string_view request_id) {
  std::ranges::replace_if(trace_id, [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
  if (!has(trace_id, "Parent=")) {
    trace_id += ";Parent=";
    std::size_t digits = 0;
    for (const char c : request_id) {
      if (c == '-') continue;
      if (digits++ == segment_digits) break;
      trace_id += c;
    }
  }
  if (!has(trace_id, "Sampled=")) trace_id += ";Sampled=0";
}

}  // namespace smyth::live
