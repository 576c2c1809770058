#include "live/environment.h"

#include <gtest/gtest.h>

namespace smyth::live {
namespace {

TEST(LogStream, HasDateVersionAndHexDigits) {
  EXPECT_EQ(make_log_stream(1'700'000'000'000, "01234567-89ab-cdef-0123-456789abcdef"),
            "2023/11/14/[$LATEST]0123456789abcdef0123456789abcdef");
  EXPECT_EQ(make_log_stream(0, "a-b"), "1970/01/01/[$LATEST]ab");
}

TEST(SlotWord, IsTheOriginals) {
  using State = core::SlotView::State;
  EXPECT_EQ(slot_word(State::cold), "cold");
  EXPECT_EQ(slot_word(State::idle), "warm");
  for (const State state : {State::initialising, State::preparing, State::busy}) {
    EXPECT_EQ(slot_word(state), "working");
  }
}

TEST(HookFunction, NamesOnlyWhatIsTheUsers) {
  config::Function function;
  function.name = "orders";
  function.handler_path = "app.handler";
  function.url_path = "/orders/{id}";
  function.spec.timeout = std::chrono::milliseconds(1'500);
  function.spec.concurrency = 3;
  function.event_function = config::builtin_api_gateway_event;
  function.context_function = config::builtin_context;
  function.strategy = config::builtin_round_robin;
  runtime::HookFunction made = hook_function(function);
  EXPECT_EQ(made.event_function + made.context_function + made.strategy, "");
  EXPECT_EQ(made.timeout, 1.5);
  EXPECT_EQ(made.concurrency, 3u);
  EXPECT_EQ(made.url_path, "/orders/{id}");
  function.event_function = "app.event";
  function.context_function = "app.context";
  function.strategy = "app.strategy";
  made = hook_function(function);
  EXPECT_EQ(made.event_function, "app.event");
  EXPECT_EQ(made.context_function, "app.context");
  EXPECT_EQ(made.strategy, "app.strategy");
}

}  // namespace
}  // namespace smyth::live
