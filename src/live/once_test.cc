#include "live/once.h"

#include "test/support/project_harness.h"

#include <gmock/gmock.h>

namespace smyth::live {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class OnceTest : public test::ProjectHarness {
 protected:
  OnceTest() {
    write("app.py",
          "import os, time\n"
          "def handler(event, context):\n"
          "    print('hello', flush=True)\n"
          "    if event == 'raise': raise ValueError('no')\n"
          "    if event == 'exit': os._exit(3)\n"
          "    if event == 'sleep': time.sleep(10)\n"
          "    return [event, os.getpid(), context.function_name]\n");
    write("smyth.toml",
          "[handlers.orders]\nhandler_path = \"app.handler\"\ntimeout = 0.3\n"
          "[handlers.broken]\nhandler_path = \"none.handler\"\n");
  }

  Session::Outcome once(const std::string& event, const std::string& function = "orders") {
    const auto outcome = invoke_once({.config = load(),
                                      .start_folder = root_,
                                      .function = function,
                                      .event = event,
                                      .log = true});
    EXPECT_TRUE(outcome) << outcome.error().message;
    return outcome.value_or(Session::Outcome{});
  }
};

TEST_F(OnceTest, GivesTheResultAndTheLog) {
  const Session::Outcome outcome = once("{\"a\": 1.0}");
  EXPECT_FALSE(outcome.is_error);
  EXPECT_THAT(outcome.payload, AllOf(StartsWith("[{\"a\": 1.0}, "), HasSubstr("\"orders\"]")));
  EXPECT_THAT(outcome.log,
              AllOf(StartsWith("START RequestId: "), HasSubstr("\nhello\nEND RequestId: "),
                    HasSubstr("\nREPORT RequestId: "), HasSubstr("Init Duration: ")));
}

TEST_F(OnceTest, LeavesNoProcessBehind) {
  const Session::Outcome outcome = once("1");
  const pid_t pid = std::stoi(outcome.payload.substr(outcome.payload.find(' ')));
  EXPECT_FALSE(std::filesystem::exists("/proc/" + std::to_string(pid)));
}

TEST_F(OnceTest, TellsOfErrors) {
  const Session::Outcome raised = once("\"raise\"");
  EXPECT_TRUE(raised.is_error);
  EXPECT_THAT(raised.payload, HasSubstr("ValueError"));
  const Session::Outcome ended = once("\"exit\"");
  EXPECT_TRUE(ended.is_error);
  EXPECT_THAT(ended.payload, AllOf(HasSubstr("Runtime.ExitError"), HasSubstr("exit status 3")));
  const Session::Outcome late = once("\"sleep\"");
  EXPECT_TRUE(late.is_error);
  EXPECT_THAT(late.payload, HasSubstr("Task timed out after 0.30 seconds"));
  EXPECT_THAT(late.log, HasSubstr("hello"));
  const Session::Outcome broken = once("1", "broken");
  EXPECT_TRUE(broken.is_error);
  EXPECT_THAT(broken.payload, HasSubstr("Runtime.ImportModuleError"));
}

TEST_F(OnceTest, RefusesAnEventThatInvokeRefuses) {
  const std::string most = '"' + std::string(6'291'454, 'x') + '"';
  EXPECT_FALSE(once(most).is_error);
  const auto outcome = invoke_once(
      {.config = load(), .start_folder = root_, .function = "orders", .event = most + ' '});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::failed);
  EXPECT_THAT(outcome.error().message,
              AllOf(HasSubstr("413"), HasSubstr("6291457 byte payload is too large for the "
                                                "RequestResponse invocation type (limit 6291456")));
}

TEST_F(OnceTest, RefusesAFunctionThatIsNotConfigured) {
  const auto outcome =
      invoke_once({.config = load(), .start_folder = root_, .function = "none", .event = "1"});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::misused);
  EXPECT_THAT(outcome.error().message, HasSubstr("`none`"));
}

}  // namespace
}  // namespace smyth::live
