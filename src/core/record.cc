#include "core/record.h"

#include "core/text.h"

#include <fmt/format.h>

#include <iterator>
#include <ostream>

namespace smyth::core {

Recorder::Recorder(std::ostream& out, std::uint64_t seed) : out_(out) {
  out_ << record_header << seed << '\n';
}

void Recorder::write(const Input& input, TimePoint now, std::span<const Action> actions) {
  fmt::memory_buffer lines;
  const auto to = std::back_inserter(lines);
  fmt::format_to(to, "{} {}\n", now.time_since_epoch().count(), to_text(input));
  for (const Action& action : actions) {
    fmt::format_to(to, "{}{}\n", record_indent, to_text(action));
  }
  out_.write(lines.data(), static_cast<std::streamsize>(lines.size()));
}

}  // namespace smyth::core
