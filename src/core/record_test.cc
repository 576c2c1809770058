#include "core/record.h"

#include "core/replay.h"
#include "core/scheduler.h"
#include "core/text.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace smyth::core {
namespace {

using std::chrono::milliseconds;

// The record of a small life: a cold start, a warm invocation, one that waits, a timeout.
std::string example() {
  std::ostringstream out;
  Recorder recorder(out, 42);
  Scheduler scheduler;
  TimePoint now{};
  EnvironmentId environment;
  const auto step = [&](const Input& input) {
    now += milliseconds(10);
    const auto actions = scheduler.handle(input, now);
    recorder.write(input, now, actions);
    for (const Action& action : actions) {
      if (action.kind == ActionKind::start) environment = action.environment;
    }
  };
  const FunctionSpec spec{.strategy = Strategy::round_robin, .timeout = milliseconds(100)};
  step(Input::configure(scheduler.next_function(), spec));
  const InvocationId first = scheduler.next_invocation();
  step(Input::arrive(FunctionId{0, 0}));
  step(Input::ready(environment));
  step(Input::completed(environment, first, Outcome::success));
  step(Input::arrive(FunctionId{0, 0}, Arrival::event));
  step(Input::arrive(FunctionId{0, 0}));
  now += milliseconds(200);
  step(Input::tick());
  return out.str();
}

Result<Replay> replayed(const std::string& text) {
  std::istringstream in(text);
  return replay(in);
}

TEST(Record, IsReplayedToTheSameDecisions) {
  const auto result = replayed(example());
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->seed, 42u);
  EXPECT_EQ(result->inputs, 7u);
  EXPECT_EQ(result->actions, 7u);
}

TEST(Record, IsTextThatPeopleCanRead) {
  const std::string text = example();
  EXPECT_TRUE(
      text.starts_with("smyth-record 4 seed=42\n10000000 configure function=0.0 concurrency=1 "))
      << text;
  EXPECT_NE(
      text.find("20000000 arrive function=0.0 kind=request_response\n"
                "  start environment=0.0 function=0 slot=0 serial=1 why=cold invocation=0.0\n"),
      std::string::npos)
      << text;
}

TEST(Record, NamesTheFirstLineThatDiffers) {
  std::string text = example();
  text.replace(text.find("why=cold"), 8, "why=reset");
  const auto result = replayed(text);
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().message.starts_with("line 4 of the record: `start "))
      << result.error().message;
}

TEST(Record, SaysWhatWasDecidedOtherwiseAndWhereItWas) {
  std::string text = example();
  text.replace(text.find("why=cold"), 8, "why=reset");
  std::istringstream in(text);
  Replayer replayer(in);
  ASSERT_TRUE(replayer.next());  // configure
  const auto step = replayer.next();
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().code, ErrorCode::failed);
  ASSERT_TRUE(replayer.difference());
  const Difference& difference = *replayer.difference();
  EXPECT_EQ(difference.line, 4u);
  EXPECT_EQ(difference.input, 2u);
  EXPECT_EQ(difference.at, TimePoint(milliseconds(20)));
  EXPECT_EQ(difference.input_text, "arrive function=0.0 kind=request_response");
  const std::string start = "start environment=0.0 function=0 slot=0 serial=1 why=";
  EXPECT_EQ(difference.recorded, start + "reset invocation=0.0");
  EXPECT_EQ(difference.decided, start + "cold invocation=0.0");
  EXPECT_EQ(replayer.so_far().inputs, 2u);
  EXPECT_EQ(replayer.so_far().actions, 0u);
}

// An action that the record has and the scheduler has not, and the reverse.
TEST(Record, DiffersByAnActionTooManyOrTooFew) {
  const std::string text = example();
  const std::size_t deliver = text.find("  deliver");
  const std::size_t end = text.find('\n', deliver) + 1;
  const std::string line = text.substr(deliver, end - deliver);
  const auto difference_in = [](const std::string& changed) {
    std::istringstream in(changed);
    Replayer replayer(in);
    for (auto step = replayer.next(); step && *step;) step = replayer.next();
    return replayer.difference().value_or(Difference{});
  };
  const Difference many = difference_in(std::string(text).insert(end, line));
  EXPECT_EQ("  " + many.recorded + "\n", line);
  EXPECT_EQ(many.decided, "");
  const Difference few = difference_in(std::string(text).erase(deliver, line.size()));
  EXPECT_EQ(few.recorded, "");
  EXPECT_EQ("  " + few.decided + "\n", line);
}

// Wherever it is cut, except exactly between two inputs, the replay fails and says so.
TEST(Record, IsRefusedWhenItWasCut) {
  const std::string text = example();
  for (std::size_t size = 0; size < text.size(); ++size) {
    const bool is_between = size > 0 && text[size - 1] == '\n' && text[size] != ' ';
    const auto result = replayed(text.substr(0, size));
    EXPECT_EQ(bool(result), is_between) << size;
    if (!result) EXPECT_FALSE(result.error().message.empty());
    if (!result) EXPECT_EQ(result.error().code, ErrorCode::misused) << size;
  }
}

TEST(Record, OfAnotherVersionIsRefused) {
  EXPECT_EQ(replayed("smyth-record 1 seed=0\n").error().message,
            "line 1 of the record: another version of the format");
  EXPECT_EQ(replayed("hello\n").error().message,
            "line 1 of the record: this is no record: it does not begin with `smyth-record`");
  EXPECT_EQ(replayed("").error().message, "the record is empty");
}

struct Damage {
  std::string line;
  std::string message;
};
class DamagedRecord : public testing::TestWithParam<Damage> {};

TEST_P(DamagedRecord, IsRefusedWithTheReason) {
  const auto result = replayed("smyth-record 4 seed=0\n" + GetParam().line + "\n");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "line 2 of the record: " + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Lines, DamagedRecord,
    testing::Values(
        Damage{"arrive function=0.0 kind=event", "it has no time"},
        Damage{"-1 tick", "it has no time"}, Damage{"0 tock", "`tock` is no input"},
        Damage{"0 tick now", "` now` is too much in `tick`"},
        Damage{"0 arrive function=0.0", "`kind` is missing in `arrive`"},
        Damage{"0 arrive kind=event", "`function` is missing in `arrive`"},
        Damage{"0 arrive function=0 kind=event", "`function` is no number in `arrive`"},
        Damage{"0 arrive function=00.0 kind=event", "`function` is no number in `arrive`"},
        Damage{"0 arrive function=0.0 kind=loud",
               "`kind` is no word that belongs there in `arrive`"},
        Damage{"0 chosen invocation=0.0 slot=4294967296", "`slot` is no number in `chosen`"},
        Damage{"0 shutdown deadline=9223372036854775807",
               "`deadline` is out of range in `shutdown`"},
        Damage{"  stop environment=0.0", "unexpected action `stop environment=0.0`"}));

TEST(InputText, IsReadBackAsItWasWritten) {
  const FunctionSpec spec{.concurrency = 7,
                          .provisioned = 2,
                          .strategy = Strategy::user,
                          .overflow = Overflow::throttle,
                          .prepares = true,
                          .timeout = milliseconds(1),
                          .life_max = std::chrono::hours(2),
                          .next_wait = std::chrono::milliseconds(5)};
  const EnvironmentId environment{3, 4};
  const InvocationId invocation{5, 6};
  const std::vector<Input> inputs = {
      Input::configure({1, 0}, spec),
      Input::remove({1, 0}),
      Input::arrive({1, 0}, Arrival::event),
      Input::abandon(invocation),
      Input::chosen(invocation, 9),
      Input::choice_failed(invocation),
      Input::ready(environment),
      Input::failed(environment, InitFailure::spawn),
      Input::prepared(invocation),
      Input::prepare_failed(invocation),
      Input::answered(environment, invocation, Outcome::success),
      Input::completed(environment, invocation, Outcome::function_error),
      Input::exited(environment),
      Input::paused(environment),
      Input::resumed(environment),
      Input::code_changed({1, 0}),
      Input::shutdown(TimePoint(milliseconds(3))),
      Input::tick()};
  for (const Input& input : inputs) {
    const auto parsed = parse_input(to_text(input));
    ASSERT_TRUE(parsed) << to_text(input) << ": " << parsed.error().message;
    EXPECT_EQ(to_text(parsed->whole()), to_text(input));
    if (input.kind == InputKind::configure) EXPECT_EQ(parsed->spec, spec);
  }
}

}  // namespace
}  // namespace smyth::core
