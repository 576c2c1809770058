#include "core/replay.h"

#include "core/record.h"
#include "core/scheduler.h"
#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <istream>
#include <string_view>
#include <utility>

namespace smyth::core {
namespace {

constexpr std::string_view any_header = "smyth-record ";

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
    return misuse(fmt::format("line {} of the record: {}", number_, why));
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
  if (lines.at_end()) return misuse("the record is empty");
  const std::string_view line = lines.line();
  const auto seed = line.starts_with(record_header)
                        ? whole_number<std::uint64_t>(line.substr(record_header.size()))
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
  if (line.starts_with(record_indent))
    return lines.refuse(fmt::format("unexpected action `{}`", line.substr(record_indent.size())));
  const std::size_t space = std::min(line.find(' '), line.size());
  const auto time = whole_number<std::int64_t>(line.substr(0, space));
  if (!time || *time < 0 || *time > std::int64_t{1} << 60) return lines.refuse("it has no time");
  const TimePoint now{Duration(*time)};
  if (now < before) return lines.refuse("its time is before that of the line before");
  auto parsed = parse_input(line.substr(std::min(space + 1, line.size())));
  if (!parsed) return lines.refuse(parsed.error().message);
  return TimedInput{.now = now, .parsed = *parsed};
}

std::string told(const Difference& difference) {
  const std::string where = fmt::format("line {} of the record: ", difference.line);
  if (difference.decided.empty()) {
    return where + fmt::format("nothing is decided here, not `{}`", difference.recorded);
  }
  if (difference.recorded.empty()) {
    return where + fmt::format("`{}` is decided here, and is not recorded", difference.decided);
  }
  return where +
         fmt::format("`{}` is decided here, not `{}`", difference.decided, difference.recorded);
}

}  // namespace

class Replayer::State {
 public:
  explicit State(std::istream& in) : lines_(in) {}

  Result<std::optional<ReplayedStep>> next() {
    if (!has_begun_) {
      const auto seed = read_header(lines_);
      if (!seed) return std::unexpected(seed.error());
      so_far_.seed = *seed;
      has_begun_ = true;
    }
    if (lines_.at_end()) return std::nullopt;
    auto input = read_input(lines_, now_);
    if (!input) return std::unexpected(std::move(input.error()));
    now_ = input->now;
    ++so_far_.inputs;
    lines_.advance();
    ReplayedStep step{.input = input->parsed.input, .now = now_, .arrived = {}, .actions = {}};
    if (step.input.kind == InputKind::arrive) step.arrived = scheduler_.next_invocation();
    step.actions = scheduler_.handle(input->parsed.whole(), now_);
    if (auto same = compare(step.actions, input->parsed.whole()); !same) {
      return std::unexpected(std::move(same.error()));
    }
    return step;
  }

  Replay so_far() const {
    Replay replay = so_far_;
    replay.decision_hash = scheduler_.decision_hash();
    return replay;
  }
  const std::optional<Difference>& difference() const { return difference_; }

 private:
  Result<void> compare(std::span<const Action> actions, const Input& input) {
    for (const Action& action : actions) {
      std::string decided = to_text(action);
      if (lines_.at_end()) return lines_.refuse(fmt::format("it ends before `{}`", decided));
      if (lines_.is_cut()) return lines_.refuse("it ends too early");
      std::string recorded = recorded_action();
      if (recorded != decided) return differ(input, std::move(recorded), std::move(decided));
      ++so_far_.actions;
      lines_.advance();
    }
    if (lines_.at_end() || lines_.is_cut()) return {};
    std::string recorded = recorded_action();
    return recorded.empty() ? Result<void>{} : differ(input, std::move(recorded), {});
  }

  // That of the line at hand; empty: it is an input.
  std::string recorded_action() const {
    const std::string_view line = lines_.line();
    return std::string(line.starts_with(record_indent) ? line.substr(record_indent.size()) : "");
  }

  Result<void> differ(const Input& input, std::string recorded, std::string decided) {
    difference_ = {.line = lines_.number(),
                   .input = so_far_.inputs,
                   .at = now_,
                   .input_text = to_text(input),
                   .recorded = std::move(recorded),
                   .decided = std::move(decided)};
    return fail(told(*difference_));
  }

  Lines lines_;
  Scheduler scheduler_;
  Replay so_far_;
  std::optional<Difference> difference_;
  TimePoint now_{};
  bool has_begun_ = false;
};

Replayer::Replayer(std::istream& in) : state_(std::make_unique<State>(in)) {}
Replayer::~Replayer() = default;

Result<std::optional<ReplayedStep>> Replayer::next() { return state_->next(); }
Replay Replayer::so_far() const { return state_->so_far(); }
const std::optional<Difference>& Replayer::difference() const { return state_->difference(); }

Result<Replay> replay(std::istream& in) {
  Replayer replayer(in);
  for (;;) {
    auto step = replayer.next();
    if (!step) return std::unexpected(std::move(step.error()));
    if (!*step) return replayer.so_far();
  }
}

}  // namespace smyth::core
