#include "simulate/recorded_calls.h"

#include "core/record.h"
#include "core/scheduler.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace smyth::simulate {
namespace {

using core::Input;
using std::chrono::milliseconds;
using traffic::Call;
using traffic::unsaid;
using Lengths = RecordedCallsOptions::Lengths;

// A server that is recorded, whose processes take as long as the test says.
class RecordedServer {
 public:
  explicit RecordedServer(std::vector<core::FunctionSpec> specs) {
    for (const core::FunctionSpec& spec : specs) {
      step(0, Input::configure(scheduler_.next_function(), spec));
    }
  }

  void step(int ms, const Input& input) {
    const TimePoint now(milliseconds{ms});
    const auto actions = scheduler_.handle(input, now);
    recorder_.write(input, now, actions);
    for (const core::Action& action : actions) {
      if (action.kind == core::ActionKind::start) environment = action.environment;
    }
  }
  InvocationId arrive(int ms, std::uint32_t function = 0) {
    const InvocationId id = scheduler_.next_invocation();
    step(ms, Input::arrive({function, 0}));
    return id;
  }
  void ready(int ms) { step(ms, Input::ready(environment)); }
  void complete(int ms, InvocationId id) {
    step(ms, Input::completed(environment, id, core::Outcome::success));
  }
  std::string record() const { return out_.str(); }

  EnvironmentId environment;  // That was started last.

 private:
  std::ostringstream out_;
  core::Recorder recorder_{out_, 0};
  core::Scheduler scheduler_;
};

const core::FunctionSpec one{.concurrency = 1, .overflow = core::Overflow::throttle};

struct Read {
  std::vector<Call> calls;
  std::vector<std::string> names;
  std::optional<TimePoint> end;
};

Result<Read> read(const std::string& record, RecordedCallsOptions options = {}) {
  const auto source =
      read_recorded_calls(std::make_unique<std::istringstream>(record), "file", std::move(options));
  Read read;
  for (;;) {
    const auto batch = source->next_batch();
    if (!batch) return std::unexpected(batch.error());
    if (batch->empty()) break;
    read.calls.insert(read.calls.end(), batch->begin(), batch->end());
  }
  read.names.assign(source->functions().begin(), source->functions().end());
  read.end = source->end();
  return read;
}

// Cold at 10 ms (init 40, run 30), warm at 100 (run 20), and one between that finds no slot.
std::string small_life() {
  RecordedServer server({one});
  const InvocationId cold = server.arrive(10);
  server.arrive(20);
  server.ready(50);
  server.complete(80, cold);
  const InvocationId warm = server.arrive(100);
  server.complete(120, warm);
  server.step(500, Input::tick());
  return server.record();
}

TEST(RecordedCalls, HaveTheLengthsThatWereSeen) {
  const auto found = read(small_life());
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->calls.size(), 3u);
  EXPECT_EQ(found->calls[0].at, TimePoint(milliseconds(10)));
  EXPECT_EQ(found->calls[0].init, milliseconds(40));
  EXPECT_EQ(found->calls[0].duration, milliseconds(30));
  EXPECT_EQ(found->calls[2].at, TimePoint(milliseconds(100)));
  EXPECT_EQ(found->calls[2].duration, milliseconds(20));
  EXPECT_EQ(found->end, TimePoint(milliseconds(500)));
  EXPECT_EQ(found->names, std::vector<std::string>{"function 0"});
}

TEST(RecordedCalls, TakeWhatWasSeenLastWhereNothingWas) {
  const auto found = read(small_life());
  ASSERT_TRUE(found && found->calls.size() == 3);
  EXPECT_EQ(found->calls[1].duration, milliseconds(30)) << "throttled, as the one before it";
  EXPECT_EQ(found->calls[1].init, milliseconds(40));
  EXPECT_EQ(found->calls[2].init, milliseconds(40)) << "warm";
}

TEST(RecordedCalls, ThrottledBeforeAnyRanTakeWhatTheFirstTakes) {
  RecordedServer server({one, one});
  const InvocationId other = server.arrive(0, 1);
  server.arrive(1, 1);
  server.ready(20);
  server.complete(25, other);
  const auto found = read(server.record());
  ASSERT_TRUE(found && found->calls.size() == 2);
  EXPECT_EQ(found->calls[1].duration, milliseconds(5));
  EXPECT_EQ(found->calls[1].function, 1u);
}

TEST(RecordedCalls, LeaveOutWhatTheQuestionSays) {
  const auto found = read(small_life(), {.names = {"api"}, .inits = Lengths::unsaid});
  ASSERT_TRUE(found && found->calls.size() == 3);
  EXPECT_EQ(found->calls[0].init, unsaid);
  EXPECT_EQ(found->calls[0].duration, milliseconds(30));
  EXPECT_EQ(found->names, std::vector<std::string>{"api"});
  const auto others = read(small_life(), {.durations = Lengths::unsaid});
  ASSERT_TRUE(others && others->calls.size() == 3);
  EXPECT_EQ(others->calls[0].init, milliseconds(40));
  EXPECT_EQ(others->calls[0].duration, unsaid);
}

// It runs for as long as it did, also if it did not end well.
TEST(RecordedCalls, CountTheTimeUntilACrashOrTheTimeout) {
  core::FunctionSpec spec = one;
  spec.timeout = milliseconds(100);
  RecordedServer server({spec});
  server.arrive(0);
  server.ready(10);
  server.step(17, Input::exited(server.environment));
  server.arrive(20);
  server.ready(30);
  server.step(200, Input::tick());
  const auto found = read(server.record());
  ASSERT_TRUE(found && found->calls.size() == 2);
  EXPECT_EQ(found->calls[0].duration, milliseconds(7));
  EXPECT_GE(found->calls[1].duration, milliseconds(100));
}

TEST(RecordedCalls, ComeInTheOrderOfTheirArrival) {
  core::FunctionSpec two = one;
  two.concurrency = 2;
  RecordedServer server({two});
  const InvocationId slow = server.arrive(0);
  const EnvironmentId first = server.environment;
  server.ready(10);
  const InvocationId quick = server.arrive(20);
  server.ready(30);
  server.complete(40, quick);
  server.step(900, Input::completed(first, slow, core::Outcome::success));
  const auto found = read(server.record());
  ASSERT_TRUE(found && found->calls.size() == 2);
  EXPECT_EQ(found->calls[0].duration, milliseconds(890));
  EXPECT_EQ(found->calls[1].duration, milliseconds(10));
}

TEST(RecordedCalls, OfADamagedRecordAreAnErrorWithItsPlace) {
  std::string text = small_life();
  text.resize(text.size() - 3);
  const auto cut = read(text);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::misused);
  EXPECT_TRUE(cut.error().message.starts_with("file: line ")) << cut.error().message;
  const auto none = read("smyth-record 4 seed=0\n");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "file: there is no call in the record");
}

}  // namespace
}  // namespace smyth::simulate
