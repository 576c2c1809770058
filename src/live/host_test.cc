#include "live/host.h"

#include "core/replay.h"
#include "test/support/project_harness.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

namespace smyth::live {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class HostTest : public test::ProjectHarness {
 protected:
  HostTest() { write("app.py", test::counting_handler); }

  // A configuration of functions, each a name and more of its settings.
  void configure(std::initializer_list<std::pair<std::string, std::string>> functions,
                 const std::string& server = {}) const {
    std::string text = server;
    for (const auto& [name, settings] : functions) {
      text += fmt::format("[handlers.{}]\nhandler_path = \"app.handler\"\n{}\n", name, settings);
    }
    write("smyth.toml", text);
  }
  void apply() { host_->apply(load()); }
};

TEST_F(HostTest, ServesWhatIsConfigured) {
  configure({{"orders", ""}, {"stock", "env = {STAGE = \"own\"}"}}, "env = {STAGE = \"all\"}\n");
  open();
  EXPECT_EQ(call("orders"), R"([1, "all"])");
  EXPECT_EQ(call("orders"), R"([2, "all"])");
  EXPECT_EQ(call("stock"), R"([1, "own"])");
  EXPECT_EQ(call("none"), "no such function");
}

TEST_F(HostTest, OnlyWhatHasChangedStartsAnew) {
  configure({{"orders", ""}, {"stock", ""}});
  open();
  call("orders");
  call("stock");
  configure({{"orders", "env = {STAGE = \"new\"}"}, {"stock", ""}});
  apply();
  EXPECT_EQ(call("orders"), R"([1, "new"])");
  EXPECT_EQ(call("stock"), R"([2, ""])");
}

TEST_F(HostTest, LimitsChangeAndTheEnvironmentStays) {
  configure({{"orders", ""}});
  open();
  call("orders");
  configure({{"orders", "concurrency = 3\ntimeout = 9\nqueue_limit = 7\noverflow = \"throttle\""}});
  apply();
  EXPECT_EQ(call("orders"), R"([2, ""])");
  const core::FunctionSpec& spec = host_->driver().functions()[0]->config.spec;
  EXPECT_EQ(spec.concurrency, 3u);
  EXPECT_EQ(spec.queue_limit, 7u);
  EXPECT_EQ(spec.timeout, std::chrono::seconds(9));
}

TEST_F(HostTest, ARemovedFunctionThatComesBackIsNew) {
  configure({{"orders", ""}, {"stock", ""}});
  open();
  call("orders");
  call("stock");
  configure({{"stock", ""}});
  apply();
  EXPECT_EQ(call("orders"), "no such function");
  configure({{"orders", "env = {STAGE = \"again\"}"}, {"stock", ""}});
  apply();
  EXPECT_EQ(call("orders"), R"([1, "again"])");
  EXPECT_EQ(call("stock"), R"([2, ""])");
  configure({{"orders", "env = {STAGE = \"changed\"}"}, {"stock", ""}});
  apply();
  EXPECT_EQ(call("orders"), R"([1, "changed"])");
  EXPECT_EQ(host_->driver().functions().size(), 3u);
}

TEST_F(HostTest, AHandlerOfAnotherPathIsAnotherHandler) {
  configure({{"orders", ""}});
  open();
  call("orders");
  write("other.py", "def handler(event, context):\n    return 'other'\n");
  write("smyth.toml", "[handlers.orders]\nhandler_path = \"other.handler\"\n");
  apply();
  EXPECT_EQ(call("orders"), "\"other\"");
}

// --- The env file ---

TEST_F(HostTest, AChangedEnvFileIsReadAnew) {
  write(".env", "STAGE=one\n");
  configure({{"orders", ""}, {"own", "env = {STAGE = \"own\"}"}}, "env_file = \".env\"\n");
  open();
  EXPECT_EQ(call("orders"), R"([1, "one"])");
  write(".env", "STAGE=two\n");
  apply();
  EXPECT_EQ(call("orders"), R"([1, "two"])");
  apply();  // Nothing has changed.
  EXPECT_EQ(call("orders"), R"([2, "two"])");
  configure({{"orders", ""}, {"own", "env = {STAGE = \"own\"}"}});
  apply();
  EXPECT_EQ(call("orders"), R"([1, ""])");
  EXPECT_THAT(logged(), Not(HasSubstr("warning")));
}

TEST_F(HostTest, WhatOnlyTheNextStartUsesIsTold) {
  configure({{"orders", ""}});
  open();
  call("orders");
  configure({{"orders", ""}}, "port = 1234\nallowed_hosts = [\"a\"]\n");
  apply();
  EXPECT_THAT(
      logged(),
      HasSubstr("warning: changed, and used from the next start on: `port`, `allowed_hosts`\n"));
  apply();
  EXPECT_THAT(logged(), Not(HasSubstr("warning")));
  EXPECT_EQ(call("orders"), R"([2, ""])");
}

// --- Hooks ---

TEST_F(HostTest, HooksSeeTheVariablesOfTheConfigurationAsItIs) {
  write("hooks.py",
        "import os\n"
        "def event(request, handler, process):\n    return [os.environ.get('STAGE'), "
        "os.environ.get('LEVEL')]\n");
  write("app.py", "def handler(event, context):\n    return event\n");
  write(".env", "LEVEL=1\n");
  const std::string hooked = "event_data_function_path = \"hooks.event\"";
  configure({{"orders", hooked}}, "env_file = \".env\"\nenv = {STAGE = \"old\"}\n");
  open();
  call("orders");
  const std::string before = front_.answers.back().document;
  configure({{"orders", hooked}}, "env_file = \".env\"\nenv = {STAGE = \"new\"}\n");
  write(".env", "LEVEL=2\n");
  apply();
  EXPECT_EQ(before, R"(["old", "1"])") << logged();
  EXPECT_EQ(call("orders"), R"(["new", "2"])");
}

TEST_F(HostTest, AnotherStrategyChoosesFromTheNextCallOn) {
  write("hooks.py",
        "def zero(name, processes):\n"
        "    while True:\n        yield processes[name][0]\n"
        "def last(name, processes):\n"
        "    while True:\n        yield processes[name][-1]\n");
  configure({{"orders", "concurrency = 2\nstrategy_generator_path = \"hooks.zero\""}});
  open();
  call("orders");
  EXPECT_EQ(front_.answers.back().environment, "orders:0") << logged();
  configure({{"orders", "concurrency = 3\nstrategy_generator_path = \"hooks.last\""}});
  apply();
  call("orders");
  EXPECT_EQ(front_.answers.back().environment, "orders:2") << logged();
}

// --- The start ---

TEST_F(HostTest, WithoutTimeoutsNothingIsLimited) {
  configure({{"orders", "timeout = 1"}});
  HostOptions unlimited = options();
  unlimited.no_timeout = true;
  ASSERT_TRUE(open(unlimited));
  const core::FunctionSpec& spec = host_->driver().functions()[0]->config.spec;
  EXPECT_EQ(spec.timeout, Duration{0});
  EXPECT_EQ(spec.init_timeout, Duration{0});
  apply();
  configure({{"orders", "timeout = 2"}});
  apply();
  EXPECT_EQ(spec.timeout, Duration{0});
}

TEST_F(HostTest, SaysWhatItCannotStartWith) {
  configure({{"orders", ""}});
  HostOptions without_python = options();
  without_python.config.python = "./none";  // It went after the configuration was checked.
  const auto python = open(without_python);
  ASSERT_FALSE(python);
  EXPECT_THAT(python.error().message, HasSubstr("none"));
  EXPECT_THAT(python.error().hint, Not(IsEmpty()));

  HostOptions recorded = options();
  recorded.record_file = root_ / "none/record";
  const auto record = open(recorded);
  ASSERT_FALSE(record);
  EXPECT_THAT(record.error().message,
              AllOf(HasSubstr("cannot write the record"), HasSubstr("none/record")));
}

TEST_F(HostTest, WhatItRecordsCanBeReplayed) {
  configure({{"orders", ""}});
  HostOptions recorded = options();
  recorded.record_file = root_ / "record";
  ASSERT_TRUE(open(recorded));
  call("orders");
  configure({{"orders", "concurrency = 2"}});
  apply();
  call("orders");
  host_->driver().shutdown(Duration{0});
  run_until([&] { return host_->is_quiet(); });
  host_.reset();
  std::ifstream record(root_ / "record");
  const auto replayed = core::replay(record);
  ASSERT_TRUE(replayed) << replayed.error().message;
  EXPECT_GE(replayed->inputs, 7u);
}

TEST_F(HostTest, IsQuietOnlyWhenEveryProcessIsReaped) {
  configure({{"orders", ""}});
  open();
  EXPECT_TRUE(host_->is_quiet());
  call("orders");
  EXPECT_FALSE(host_->is_quiet());
  host_->driver().shutdown(Duration{0});
  EXPECT_TRUE(host_->driver().is_quiet());
  EXPECT_FALSE(host_->is_quiet());
  run_until([&] { return host_->is_quiet(); });
}

}  // namespace
}  // namespace smyth::live
