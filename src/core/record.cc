#include "core/record.h"

#include "core/scheduler.h"
#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <istream>
#include <iterator>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

namespace smyth::core {
namespace {

constexpr std::string_view header = "smyth-record 4 seed=";
constexpr std::string_view any_header = "smyth-record ";
constexpr std::string_view indent = "  ";

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The lines of a record, one of them ahead.
class Lines {
 public:
  explicit Lines(std::istream& in) : in_(in) { advance(); }

  bool at_end() const { return !line_; }
  // Not at the end.
  const std::string& line() const { return *line_; }  // NOLINT(bugprone-unchecked-optional-access)
  std::size_t number() const { return number_; }
  // Whether the last line lacks its end: the writer was interrupted.
  bool is_cut() const { return is_cut_; }

  void advance() {
    std::string next;
    if (!std::getline(in_, next)) {
      line_.reset();
    } else {
      is_cut_ = in_.eof();
      line_ = std::move(next);
    }
    ++number_;
  }

  std::unexpected<Error> refuse(std::string_view why) const {
    return fail(fmt::format("line {} of the record: {}", number_, why));
  }

 private:
  std::istream& in_;
  std::optional<std::string> line_;
  std::size_t number_ = 0;
  bool is_cut_ = false;
};

struct TimedInput {
  TimePoint now;
  ParsedInput parsed;
};

Result<std::uint64_t> read_header(Lines& lines) {
  if (lines.at_end()) return fail("the record is empty");
  const std::string_view line = lines.line();
  const auto seed = line.starts_with(header)
                        ? whole_number<std::uint64_t>(line.substr(header.size()))
                        : std::nullopt;
  if (lines.is_cut()) return lines.refuse("it ends too early");
  if (!seed && line.starts_with(any_header)) return lines.refuse("another version of the format");
  if (!seed) return lines.refuse("this is no record: it does not begin with `smyth-record`");
  lines.advance();
  return *seed;
}

Result<TimedInput> read_input(const Lines& lines, TimePoint before) {
  const std::string_view line = lines.line();
  if (lines.is_cut()) return lines.refuse("it ends too early");
  if (line.starts_with(indent))
    return lines.refuse(fmt::format("unexpected action `{}`", line.substr(2)));
  const std::size_t space = std::min(line.find(' '), line.size());
  const auto time = whole_number<std::int64_t>(line.substr(0, space));
  if (!time || *time < 0 || *time > std::int64_t{1} << 60) return lines.refuse("it has no time");
  const TimePoint now{Duration(*time)};
  if (now < before) return lines.refuse("its time is before that of the line before");
  auto parsed = parse_input(line.substr(std::min(space + 1, line.size())));
  if (!parsed) return lines.refuse(parsed.error().message);
  return TimedInput{.now = now, .parsed = *parsed};
}

}  // namespace

Recorder::Recorder(std::ostream& out, std::uint64_t seed) : out_(out) {
  out_ << header << seed << '\n';
}

void Recorder::write(const Input& input, TimePoint now, std::span<const Action> actions) {
  fmt::memory_buffer lines;
  const auto to = std::back_inserter(lines);
  fmt::format_to(to, "{} {}\n", now.time_since_epoch().count(), to_text(input));
  for (const Action& action : actions) fmt::format_to(to, "{}{}\n", indent, to_text(action));
  out_.write(lines.data(), static_cast<std::streamsize>(lines.size()));
}

Result<Replay> replay(std::istream& in) {
  Lines lines(in);
  const auto seed = read_header(lines);
  if (!seed) return std::unexpected(seed.error());
  Replay result{.seed = *seed};
  Scheduler scheduler;
  TimePoint now{};
  while (!lines.at_end()) {
    const auto input = read_input(lines, now);
    if (!input) return std::unexpected(input.error());
    now = input->now;
    ++result.inputs;
    lines.advance();
    for (const Action& action : scheduler.handle(input->parsed.whole(), now)) {
      const std::string decided = to_text(action);
      if (lines.at_end()) return lines.refuse(fmt::format("it ends before `{}`", decided));
      const std::string_view line = lines.line();
      if (lines.is_cut()) return lines.refuse("it ends too early");
      if (!line.starts_with(indent) || line.substr(indent.size()) != decided) {
        return lines.refuse(fmt::format("`{}` is decided here, not `{}`", decided, line));
      }
      ++result.actions;
      lines.advance();
    }
  }
  result.decision_hash = scheduler.decision_hash();
  return result;
}

}  // namespace smyth::core
