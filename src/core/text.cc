#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <iterator>
#include <span>

namespace smyth::core {
namespace {

constexpr std::int64_t time_max = std::int64_t{1} << 60;  // 36 years.
constexpr std::uint32_t slot_count_max = 100'000;
constexpr std::uint32_t rate_max = 1'000'000;  // A period of such a rate is counted in 64 bits.

constexpr std::array<std::string_view, 19> input_words = {
    "configure",      "remove",        "account",   "arrive", "abandon",
    "chosen",         "choice_failed", "ready",     "failed", "prepared",
    "prepare_failed", "answered",      "completed", "exited", "paused",
    "resumed",        "code_changed",  "shutdown",  "tick"};
constexpr std::array<std::string_view, 2> arrivals = {"request_response", "event"};
constexpr std::array<std::string_view, 2> outcomes = {"success", "function_error"};
constexpr std::array<std::string_view, 3> failures = {"reported", "exited", "spawn"};
constexpr std::array<std::string_view, 7> strategies = {
    "first_warm", "round_robin", "user", "least_recently_used", "newest", "oldest", "random"};
constexpr std::array<std::string_view, 2> overflows = {"queue", "throttle"};
constexpr std::array<std::string_view, 2> answers = {"no", "yes"};

constexpr std::array<std::string_view, 7> action_words = {"choose", "start", "prepare", "deliver",
                                                          "kill",   "stop",  "answer"};
constexpr std::array<std::string_view, 5> starts = {"cold", "reset", "init_again", "candidate",
                                                    "provisioned"};
constexpr std::array<std::string_view, 11> verdicts = {
    "success",      "function_error", "timeout",   "crash",     "init_error", "init_crash",
    "spawn_failed", "hook_failed",    "throttled", "abandoned", "shutdown"};
constexpr std::array<std::string_view, 10> reasons = {"none",
                                                      "slots",
                                                      "queue_full",
                                                      "queue_wait",
                                                      "reserved_concurrency",
                                                      "account_concurrency",
                                                      "reserved_scaling",
                                                      "account_scaling",
                                                      "reserved_rate",
                                                      "account_rate"};

using Words = std::span<const std::string_view>;

// Writes fields.
class Writer {
 public:
  explicit Writer(std::string_view kind) : text_(kind) {}

  void word(std::string_view name, Words words, std::size_t value) { put(name, words[value]); }
  void number(std::string_view name, std::uint32_t value) { put(name, value); }
  void time(std::string_view name, TimePoint value) { put(name, value.time_since_epoch().count()); }
  void length(std::string_view name, Duration value) { put(name, value.count()); }
  template <class Tag>
  void id(std::string_view name, const Id<Tag>& id) {
    fmt::format_to(std::back_inserter(text_), " {}={}.{}", name, id.index, id.generation);
  }

  std::string take() { return std::move(text_); }

 private:
  template <class Value>
  void put(std::string_view name, const Value& value) {
    fmt::format_to(std::back_inserter(text_), " {}={}", name, value);
  }

  std::string text_;
};

// Reads the same fields in the same order. After the first that does not fit it reads nothing more.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  template <class Value>
  void word(std::string_view name, Words words, Value& value) {
    const std::string_view found = field(name);
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i] == found) return void(value = static_cast<Value>(i));
    }
    refuse(name, "is no word that belongs there");
  }
  void number(std::string_view name, std::uint32_t& value) {
    value = parse<std::uint32_t>(name, field(name));
  }
  void time(std::string_view name, TimePoint& value) { value = TimePoint(parse_time(name)); }
  void length(std::string_view name, Duration& value) { value = parse_time(name); }
  template <class Tag>
  void id(std::string_view name, Id<Tag>& id) {
    const std::string_view text = field(name);
    const std::size_t point = std::min(text.find('.'), text.size());
    id.index = parse<std::uint32_t>(name, text.substr(0, point));
    id.generation = parse<std::uint32_t>(name, text.substr(std::min(point + 1, text.size())));
  }

  void end() {
    if (problem_.empty() && !rest_.empty()) problem_ = fmt::format("`{}` is too much", rest_);
  }
  const std::string& problem() const { return problem_; }
  void refuse(std::string_view name, std::string_view why) {
    if (problem_.empty()) problem_ = fmt::format("`{}` {}", name, why);
  }

 private:
  // The value of the field that has to come next.
  std::string_view field(std::string_view name) {
    const bool is_there = rest_.size() > name.size() + 2 && rest_[0] == ' ' &&
                          rest_.substr(1, name.size()) == name && rest_[name.size() + 1] == '=';
    if (!is_there) {
      refuse(name, "is missing");
      return {};
    }
    rest_.remove_prefix(name.size() + 2);
    const std::string_view value = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(value.size());
    return value;
  }

  template <class Number>
  Number parse(std::string_view name, std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_canonical = text.size() == 1 || !text.starts_with('0');
    if (error != std::errc{} || end != text.data() + text.size() || !is_canonical) {
      refuse(name, "is no number");
      return Number{};
    }
    return value;
  }

  Duration parse_time(std::string_view name) {
    const auto value = parse<std::int64_t>(name, field(name));
    if (value < 0 || value > time_max) refuse(name, "is out of range");
    return Duration(std::clamp(value, std::int64_t{0}, time_max));
  }

  std::string_view rest_;
  std::string problem_;
};

// What the writer is handed by reference as the reader is, as a number.
template <class Io, class Enum>
void word(Io& io, std::string_view name, Words words, Enum& value) {
  if constexpr (std::is_same_v<Io, Writer>) {
    io.word(name, words, static_cast<std::size_t>(value));
  } else {
    io.word(name, words, value);
  }
}

template <class Io, class Spec>
void spec_fields(Io& io, Spec& spec) {
  io.number("concurrency", spec.concurrency);
  io.number("queue_limit", spec.queue_limit);
  io.number("event_queue_limit", spec.event_queue_limit);
  io.number("provisioned", spec.provisioned);
  io.number("reserved", spec.reserved);
  word(io, "strategy", strategies, spec.strategy);
  word(io, "overflow", overflows, spec.overflow);
  word(io, "prepares", answers, spec.prepares);
  io.length("timeout", spec.timeout);
  io.length("queue_wait", spec.queue_wait);
  io.length("init_timeout", spec.init_timeout);
  io.length("idle_max", spec.idle_max);
  io.length("function_idle_max", spec.function_idle_max);
  io.length("life_max", spec.life_max);
  io.length("next_wait", spec.next_wait);
}

// Which fields belong to which kind: read and written from this one table.
template <class Io, class Account>
void account_fields(Io& io, Account& account) {
  io.number("concurrency", account.concurrency);
  io.number("scaling", account.scaling);
  io.number("scaling_burst", account.scaling_burst);
  io.number("request_rate", account.request_rate);
}

template <class Io, class In, class Spec, class Account>
void fields(Io& io, In& input, Spec& spec, Account& account) {
  switch (input.kind) {
    case InputKind::configure:
      io.id("function", input.function);
      return spec_fields(io, spec);
    case InputKind::account:
      return account_fields(io, account);
    case InputKind::remove:
    case InputKind::code_changed:
      return io.id("function", input.function);
    case InputKind::arrive:
      io.id("function", input.function);
      return word(io, "kind", arrivals, input.detail);
    case InputKind::abandon:
    case InputKind::choice_failed:
    case InputKind::prepared:
    case InputKind::prepare_failed:
      return io.id("invocation", input.invocation);
    case InputKind::chosen:
      io.id("invocation", input.invocation);
      return io.number("slot", input.slot);
    case InputKind::ready:
    case InputKind::exited:
    case InputKind::paused:
    case InputKind::resumed:
      return io.id("environment", input.environment);
    case InputKind::failed:
      io.id("environment", input.environment);
      return word(io, "failure", failures, input.detail);
    case InputKind::answered:
    case InputKind::completed:
      io.id("environment", input.environment);
      io.id("invocation", input.invocation);
      return word(io, "outcome", outcomes, input.detail);
    case InputKind::shutdown:
      return io.time("deadline", input.deadline);
    case InputKind::tick:
      return;
  }
}

}  // namespace

std::string to_text(const Input& input) {
  Writer writer(input_words[static_cast<std::size_t>(input.kind)]);
  static constexpr FunctionSpec none;
  static constexpr AccountSpec nobody;
  const bool has_spec = input.kind == InputKind::configure;
  const bool has_account = input.kind == InputKind::account;
  fields(writer, input, has_spec ? *input.spec : none, has_account ? *input.account : nobody);
  return writer.take();
}

std::string to_text(const Action& action) {
  Writer writer(action_words[static_cast<std::size_t>(action.kind)]);
  switch (action.kind) {
    case ActionKind::choose:
      writer.id("invocation", action.invocation);
      writer.number("function", action.function);
      break;
    case ActionKind::start:
      writer.id("environment", action.environment);
      writer.number("function", action.function);
      writer.number("slot", action.slot);
      writer.number("serial", action.serial);
      writer.word("why", starts, action.detail);
      if (action.invocation) writer.id("invocation", action.invocation);
      break;
    case ActionKind::prepare:
      writer.id("invocation", action.invocation);
      writer.id("environment", action.environment);
      writer.number("slot", action.slot);
      break;
    case ActionKind::deliver:
      writer.id("invocation", action.invocation);
      writer.id("environment", action.environment);
      if (action.deadline != TimePoint::max()) writer.time("deadline", action.deadline);
      break;
    case ActionKind::kill:
    case ActionKind::stop:
      writer.id("environment", action.environment);
      break;
    case ActionKind::answer:
      writer.id("invocation", action.invocation);
      if (action.environment) writer.id("environment", action.environment);
      writer.word("verdict", verdicts, action.detail);
      writer.word("reason", reasons, static_cast<std::size_t>(action.reason));
      break;
  }
  return writer.take();
}

Input ParsedInput::whole() const {
  Input made = input;
  if (made.kind == InputKind::configure) made.spec = &spec;
  if (made.kind == InputKind::account) made.account = &account;
  return made;
}

Result<ParsedInput> parse_input(std::string_view text) {
  const std::string_view kind = text.substr(0, text.find(' '));
  const auto found = std::ranges::find(input_words, kind);
  if (found == input_words.end()) return fail(fmt::format("`{}` is no input", kind));
  ParsedInput parsed;
  parsed.input.kind = static_cast<InputKind>(found - input_words.begin());
  Reader reader(text.substr(kind.size()));
  fields(reader, parsed.input, parsed.spec, parsed.account);
  if (parsed.spec.concurrency > slot_count_max || parsed.account.concurrency > rate_max) {
    reader.refuse("concurrency", "is out of range");
  }
  const bool is_reserved = parsed.spec.reserved != unreserved;
  if (is_reserved && parsed.spec.reserved > rate_max) reader.refuse("reserved", "is out of range");
  if (parsed.account.scaling > rate_max) reader.refuse("scaling", "is out of range");
  if (parsed.account.scaling_burst > rate_max) reader.refuse("scaling_burst", "is out of range");
  if (parsed.account.request_rate > 1'000) reader.refuse("request_rate", "is out of range");
  reader.end();
  if (!reader.problem().empty()) return fail(fmt::format("{} in `{}`", reader.problem(), kind));
  return parsed;
}

}  // namespace smyth::core
