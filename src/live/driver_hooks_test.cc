#include "live/driver.h"

#include "test/support/driver_harness.h"
#include "test/support/project_files.h"

#include <gmock/gmock.h>

namespace smyth::live {
namespace {

using core::Verdict;
using std::chrono::seconds;
using test::VirtualTimer;
using testing::HasSubstr;

class DriverHooksTest : public test::DriverHarness {
 protected:
  void add_prepared(std::uint32_t concurrency = 1) {
    config::Function made = function({.concurrency = concurrency, .prepares = true});
    made.event_function = "hooks.event";
    made.context_function = config::builtin_context;
    driver_.add(made, "arn", {});
  }
  void add_chosen(std::uint32_t concurrency) {
    config::Function made =
        function({.concurrency = concurrency, .strategy = core::Strategy::user});
    made.strategy = "hooks.strategy";
    driver_.add(made, "arn", {});
  }
};

TEST_F(DriverHooksTest, PrepareSeesTheRequestAndTheSlotAsItWasBefore) {
  add_prepared();
  auto request = driver_.make_request();
  request->http = std::make_unique<runtime::HookRequest>();
  request->http->present = true;
  request->http->target = "/orders?a=1";
  driver_.arrive(0, std::move(request));
  runtime_.ready(runtime_.latest());
  ASSERT_EQ(hooks_.calls.size(), 1u);
  const auto& call = hooks_.calls[0];
  EXPECT_EQ(call.request.target, "/orders?a=1");
  EXPECT_EQ(call.function.event_function, "hooks.event");
  EXPECT_EQ(call.function.context_function, "");  // A built-in one is not asked.
  EXPECT_EQ(call.processes[0].name, "orders:0");
  EXPECT_EQ(call.processes[0].state, "cold");
  EXPECT_EQ(call.processes[0].task_counter, 0u);
  EXPECT_EQ(call.processes[0].last_used_timestamp, 0);
}

TEST_F(DriverHooksTest, WhatIsPreparedIsDelivered) {
  add_prepared();
  invoke(0, {.event = "{\"own\":1}"});
  runtime_.ready(runtime_.latest());
  EXPECT_EQ(runtime_.all().back().deliveries, 0u);
  driver_.on_prepared(hooks_.calls[0].invocation,
                      {.event = "{\"made\":1}", .context = "{\"c\":2}"});
  EXPECT_EQ(runtime_.all().back().event, "{\"made\":1}");
  EXPECT_EQ(runtime_.all().back().context, "{\"c\":2}");
  runtime_.answer(runtime_.latest(), "1");
  advance(seconds(2));
  invoke(0, {.event = "{\"own\":2}"});
  EXPECT_EQ(hooks_.calls[1].processes[0].state, "warm");
  EXPECT_EQ(hooks_.calls[1].processes[0].task_counter, 1u);
  EXPECT_EQ(hooks_.calls[1].processes[0].last_used_timestamp,
            VirtualTimer::unix_ms_at_zero / 1'000);
  EXPECT_FALSE(hooks_.calls[1].request.present);
  driver_.on_prepared(hooks_.calls[1].invocation, {.event = {}, .context = {}});
  EXPECT_EQ(runtime_.all().back().event, "{\"own\":2}");  // The event function was a built-in one.
  EXPECT_EQ(runtime_.all().back().context, "");
}

TEST_F(DriverHooksTest, AHookThatFailsFailsOneRequest) {
  add_prepared();
  const std::string failed = invoke();
  runtime_.ready(runtime_.latest());
  const std::string next = invoke();
  driver_.on_prepare_failed(hooks_.calls[0].invocation, "Traceback: boom");
  EXPECT_EQ(answer_to(failed).verdict, Verdict::hook_failed);
  EXPECT_EQ(answer_to(failed).detail, "Traceback: boom");
  EXPECT_EQ(answer_to(failed).environment, "orders:0");
  driver_.on_prepared(hooks_.calls[1].invocation, {});
  runtime_.answer(runtime_.latest(), "1");
  EXPECT_EQ(answer_to(next).verdict, Verdict::success);
  EXPECT_EQ(answer_to(next).detail, "");
}

TEST_F(DriverHooksTest, LateWordsOfHooksAreIgnored) {
  add_prepared();
  const std::string id = invoke();
  runtime_.ready(runtime_.latest());
  const InvocationId invocation = hooks_.calls[0].invocation;
  runtime_.exit(runtime_.latest());
  EXPECT_EQ(answer_to(id).verdict, Verdict::crash);
  driver_.on_prepared(invocation, {});
  driver_.on_prepare_failed(invocation, "late");
  driver_.on_chosen(invocation, 0);
  driver_.on_choice_failed(invocation, "late");
  EXPECT_EQ(front_.answers.size(), 1u);
}

TEST_F(DriverHooksTest, AStrategySeesAllSlotsAndItsChoiceIsTaken) {
  add_chosen(2);
  const std::string id = invoke();
  ASSERT_EQ(hooks_.calls.size(), 1u);
  ASSERT_EQ(hooks_.calls[0].processes.size(), 2u);
  EXPECT_EQ(hooks_.calls[0].processes[1].name, "orders:1");
  EXPECT_EQ(hooks_.calls[0].function.strategy, "hooks.strategy");
  driver_.on_chosen(hooks_.calls[0].invocation, 1);
  EXPECT_EQ(runtime_.all().back().spec.name, "orders:1");
  runtime_.ready(runtime_.latest());
  invoke();
  EXPECT_EQ(hooks_.calls[1].processes[0].state, "cold");
  EXPECT_EQ(hooks_.calls[1].processes[1].state, "working");
  runtime_.answer(runtime_.latest(), "1");
  EXPECT_EQ(answer_to(id).environment, "orders:1");
}

TEST_F(DriverHooksTest, AStrategyThatFailsOrChoosesNoSlotFailsOneRequest) {
  add_chosen(2);
  const std::string failed = invoke();
  driver_.on_choice_failed(hooks_.calls[0].invocation, "Traceback: boom");
  EXPECT_EQ(answer_to(failed).verdict, Verdict::hook_failed);
  EXPECT_EQ(answer_to(failed).detail, "Traceback: boom");
  const std::string astray = invoke();
  driver_.on_chosen(hooks_.calls[1].invocation, 7);
  EXPECT_EQ(answer_to(astray).verdict, Verdict::hook_failed);
}

TEST_F(DriverHooksTest, OutputOfHooksIsShown) {
  driver_.on_hook_output("hello");
  EXPECT_EQ(logged(), "hooks | hello\n");
}

TEST_F(DriverHooksTest, AChangedHookFileRestartsTheHooks) {
  const test::ProjectFiles files;
  driver_.changed({files.path("hooks.py")}, true);
  EXPECT_EQ(hooks_.restarts, 0);  // Nothing was loaded yet.
  driver_.on_hook_modules({files.save("hooks.py"), files.save("my own.py")});
  driver_.changed({files.path("app.py")}, false);
  EXPECT_EQ(hooks_.restarts, 0);
  driver_.changed({files.path("my own.py")}, false);
  EXPECT_EQ(hooks_.restarts, 1);
  driver_.changed({}, true);
  EXPECT_EQ(hooks_.restarts, 2);
}

// It is not known yet what they load.
TEST_F(DriverHooksTest, WhileHooksRunAnySourceMayBeTheirs) {
  const test::ProjectFiles files;
  add_chosen(1);
  invoke();
  driver_.changed({files.path("data.json")}, false);
  EXPECT_EQ(hooks_.restarts, 0);
  driver_.changed({files.path("hooks.py")}, false);
  EXPECT_EQ(hooks_.restarts, 1);
  driver_.on_chosen(hooks_.calls[0].invocation, 0);
  driver_.changed({files.path("hooks.py")}, false);
  EXPECT_EQ(hooks_.restarts, 1);
}

TEST_F(DriverHooksTest, AHookFileThatDiffersFromTheDiskRestartsTheHooks) {
  const test::ProjectFiles files;
  const runtime::LoadedModule before = files.save("hooks.py");
  driver_.on_hook_modules({before});
  EXPECT_EQ(hooks_.restarts, 0);
  files.save("hooks.py");
  driver_.on_hook_modules({before});
  EXPECT_EQ(hooks_.restarts, 1);
}

}  // namespace
}  // namespace smyth::live
