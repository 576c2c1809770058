#include "runtime/hooks_process.h"

#include "test/support/python_environments.h"

#include <gmock/gmock.h>

#include <fstream>

namespace smyth::runtime {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Hooks in a real process; each answer is a line of `answers_`.
class HooksProcessTest : public test::PythonEnvironments, public HookEvents {
 protected:
  HooksProcessTest() { open(); }
  ~HooksProcessTest() override { hooks_.reset(); }

  HooksProcess& hooks() {
    if (!hooks_) {
      hooks_ = std::make_unique<HooksProcess>(*runtime_, spec());
      hooks_->set_events(*this);
    }
    return *hooks_;
  }

  static HookFunction function(const std::string& event, const std::string& context = "",
                               double timeout = 5) {
    HookFunction function;
    function.name = "orders";
    function.handler_path = "app.handler";
    function.event_function = event;
    function.context_function = context;
    function.timeout = timeout;
    function.concurrency = 2;
    return function;
  }

  static HookRequest request() {
    HookRequest request;
    request.present = true;
    request.method = "PUT";
    request.target = "/orders/7?a=%20b";
    request.client_host = "127.0.0.1";
    request.client_port = 5000;
    request.server_host = "localhost";
    request.server_port = 8080;
    request.headers = {{"X-Latin", "gr\xfc\xdf"}, {"Quote", "a\"b"}};
    request.path_params = {{"id", "7"}, {"name", "größe"}};
    request.body = std::string("a\0b", 3);
    return request;
  }

  static HookProcess slot(int number, std::string_view state = "warm") {
    return {.name = "orders:" + std::to_string(number),
            .state = state,
            .task_counter = 3,
            .last_used_timestamp = 1.5};
  }

  void prepare(std::uint32_t id, const HookFunction& function) {
    hooks().prepare({.index = id, .generation = 1}, function, request(), slot(0, "working"));
  }

  void choose(std::uint32_t id, const std::string& strategy) {
    HookFunction asked = function("");
    asked.strategy = strategy;
    hooks().choose({.index = id, .generation = 1}, asked, {slot(0), slot(1, "cold")});
  }

  std::string next_answer() {
    run_until([&] { return answers_.size() > seen_; });
    return seen_ < answers_.size() ? answers_[seen_++] : "";
  }

  void add(InvocationId id, const std::string& text) {
    answers_.push_back(std::to_string(id.index) + " " + text);
  }
  void on_prepared(InvocationId id, const Prepared& prepared) override {
    add(id, "event " + std::string(prepared.event) + " context " + std::string(prepared.context));
  }
  void on_prepare_failed(InvocationId id, std::string_view why) override {
    add(id, "failed " + std::string(why));
  }
  void on_chosen(InvocationId id, std::uint32_t slot) override {
    add(id, "slot " + std::to_string(slot));
  }
  void on_choice_failed(InvocationId id, std::string_view why) override {
    add(id, "no choice " + std::string(why));
  }
  void on_hook_output(std::string_view line) override { output_.emplace_back(line); }
  void on_hook_modules(const std::vector<LoadedModule>& modules) override {
    for (const LoadedModule& module : modules) modules_.append(module.path).append("\n");
  }

  std::unique_ptr<HooksProcess> hooks_;
  std::vector<std::string> answers_;
  std::size_t seen_ = 0;
  std::vector<std::string> output_;
  std::string modules_;
};

TEST_F(HooksProcessTest, GivesTheRequestToEventAndContextFunctions) {
  write("hook.py",
        "async def event(request, handler, process):\n"
        "  print('asked')\n"
        "  body = await request.body()\n"
        "  return [request.method, request.url.path, request.query_params['a'], "
        "request.headers['x-latin'],\n"
        "          request.headers['quote'], request.path_params, body.decode(), "
        "request.client.port]\n"
        "def context(request, handler, process):\n"
        "  return {'handler': handler.name, 'concurrency': handler.concurrency, 'timeout': "
        "handler.timeout,\n"
        "          'process': process.name, 'count': process.task_counter, 'at': "
        "process.last_used_timestamp}\n");
  EXPECT_FALSE(hooks().is_running());
  prepare(1, function("hook.event", "hook.context"));
  EXPECT_EQ(
      next_answer(),
      R"(1 event ["PUT", "/orders/7", " b", "gr\u00fc\u00df", "a\"b", {"id": "7", "name": "gr\u00f6\u00dfe"}, "a\u0000b", 5000])"
      R"( context {"handler": "orders", "concurrency": 2, "timeout": 5, "process": "orders:0", "count": 3, "at": 1.5})");
  EXPECT_THAT(output_, ElementsAre("asked"));
  EXPECT_THAT(modules_, HasSubstr((root_ / "hook.py").string()));
}

TEST_F(HooksProcessTest, AsksStrategies) {
  write("hook.py", "def turns(name, processes):\n  while True:\n    yield from processes[name]\n");
  for (const char* expected : {"1 slot 0", "1 slot 1", "1 slot 0"}) {
    choose(1, "hook.turns");
    EXPECT_EQ(next_answer(), expected);
  }
}

TEST_F(HooksProcessTest, AnswersManyCallsAtOnce) {
  write("hook.py",
        "import asyncio\nasync def event(request, handler, process):\n  await "
        "asyncio.sleep(0.05)\n  return 1\n");
  for (std::uint32_t id = 0; id < 100; ++id) prepare(id, function("hook.event"));
  for (int i = 0; i < 100; ++i) EXPECT_THAT(next_answer(), HasSubstr("event 1"));
}

TEST_F(HooksProcessTest, FailsTheOneCallOfAHookThatRaises) {
  write("hook.py",
        "def event(request, handler, process):\n  raise ValueError('no')\n"
        "def good(request, handler, process):\n  return 1\n"
        "def strategy(name, processes):\n  raise KeyError('none')\n  yield\n");
  prepare(1, function("hook.event"));
  prepare(2, function("hook.good"));
  choose(3, "hook.strategy");
  std::vector<std::string> answers{next_answer(), next_answer(), next_answer()};
  std::ranges::sort(answers);
  EXPECT_THAT(answers[0], testing::AllOf(testing::StartsWith("1 failed Traceback"),
                                         HasSubstr("ValueError: no")));
  EXPECT_THAT(answers[1], testing::StartsWith("2 event 1"));
  EXPECT_THAT(answers[2], testing::AllOf(testing::StartsWith("3 no choice Traceback"),
                                         HasSubstr("KeyError: 'none'")));
}

TEST_F(HooksProcessTest, FailsACallAtItsLimit) {
  write("hook.py",
        "import time\ndef event(request, handler, process):\n  time.sleep(0.5)\n  return 1\n"
        "def good(request, handler, process):\n  return 2\n");
  prepare(1, function("hook.event", "", 0.1));
  EXPECT_EQ(next_answer(),
            "1 failed event function `hook.event` took longer than its limit of 0.1 s");
  prepare(2, function("hook.good"));
  EXPECT_EQ(next_answer(), "2 event 2 context ");
  run_for(Seconds(0.6));  // The late answer is nobody's.
  EXPECT_EQ(answers_.size(), 2u);
}

TEST_F(HooksProcessTest, StartsAgainWhenAHookHoldsAllOthersUp) {
  write("hook.py",
        "import re\ndef event(request, handler, process):\n  re.match('(a+)+$', 'a' * 50 + 'b')\n"
        "def good(request, handler, process):\n  return 2\n");
  hooks_ = std::make_unique<HooksProcess>(*runtime_, spec(), std::chrono::milliseconds(200));
  hooks_->set_events(*this);
  prepare(1, function("hook.good"));
  EXPECT_EQ(next_answer(), "1 event 2 context ");
  // Long enough for it to begin: one that has not is alive.
  prepare(2, function("hook.event", "", 0.5));
  EXPECT_THAT(next_answer(), HasSubstr("longer than its limit"));
  prepare(3, function("hook.good"));
  EXPECT_EQ(next_answer(), "3 failed the hooks process was killed: a hook held up all others");
  EXPECT_THAT(output_, ElementsAre(HasSubstr("says nothing for 0.2 s")));
  prepare(4, function("hook.good"));
  EXPECT_EQ(next_answer(), "4 event 2 context ");
  run_until([&] { return runtime_->processes().count(Role::hooks) == 1; });
}

TEST_F(HooksProcessTest, LetsAHookThatHoldsUpNobodyRunOn) {
  write("hook.py",
        "import time\ncount = 0\ndef event(request, handler, process):\n  time.sleep(2)\n"
        "def good(request, handler, process):\n  global count\n  count += 1\n  return count\n");
  hooks_ = std::make_unique<HooksProcess>(*runtime_, spec(), std::chrono::milliseconds(800));
  hooks_->set_events(*this);
  prepare(1, function("hook.good"));
  EXPECT_EQ(next_answer(), "1 event 1 context ");
  prepare(2, function("hook.event", "", 0.1));
  EXPECT_THAT(next_answer(), HasSubstr("longer than its limit"));
  run_for(Seconds(1));
  prepare(3, function("hook.good"));
  EXPECT_EQ(next_answer(), "3 event 2 context ");
  EXPECT_THAT(output_, IsEmpty());
}

TEST_F(HooksProcessTest, StartsAgainAfterItsDeath) {
  write("hook.py",
        "import os\ncount = 0\ndef event(request, handler, process):\n  os._exit(3)\n"
        "def good(request, handler, process):\n  global count\n  count += 1\n  return count\n");
  prepare(1, function("hook.good"));
  EXPECT_EQ(next_answer(), "1 event 1 context ");
  prepare(2, function("hook.event"));
  EXPECT_EQ(next_answer(),
            "2 failed the hooks process ended (exit status 3); the next call starts it anew");
  EXPECT_FALSE(hooks().is_running());
  prepare(3, function("hook.good"));
  EXPECT_EQ(next_answer(), "3 event 1 context ");
}

TEST_F(HooksProcessTest, RestartsForChangedFilesWithoutFailingACall) {
  write("hook.py",
        "import time\ndef event(request, handler, process):\n  print('began')\n  time.sleep(0.2)\n "
        " return 'old'\n");
  prepare(1, function("hook.event"));
  run_until([&] { return !output_.empty(); });
  write("hook.py", "def event(request, handler, process):\n  return 'new'\n");
  hooks().restart();
  prepare(2, function("hook.event"));
  std::vector<std::string> answers{next_answer(), next_answer()};
  EXPECT_THAT(answers, testing::UnorderedElementsAre("1 event \"old\" context ",
                                                     "2 event \"new\" context "));
  run_until([&] { return runtime_->processes().count(Role::hooks) == 1; });
}

TEST_F(HooksProcessTest, IsNoEnvironmentAndDiesWithAllItStarted) {
  write("hook.py",
        "import subprocess\ndef event(request, handler, process):\n"
        "  return subprocess.Popen(['setsid', 'sleep', '60']).pid\n");
  prepare(1, function("hook.event"));
  const pid_t pid = std::stoi(next_answer().substr(8));
  EXPECT_TRUE(test::is_alive(pid));
  EXPECT_EQ(runtime_->process_count(), 0u);
  hooks_.reset();
  run_until([&] { return runtime_->processes().count(Role::hooks) == 0 && !test::is_alive(pid); });
}

TEST_F(HooksProcessTest, AnswersCallsThatTheZygoteDiedOn) {
  write("hook.py", "import os\ndef event(request, handler, process):\n  return os.getppid()\n");
  prepare(1, function("hook.event"));
  const std::string first = next_answer();
  const pid_t zygote = std::stoi(first.substr(8));
  ::kill(zygote, SIGSTOP);
  hooks().restart();
  for (std::uint32_t id = 2; id < 5; ++id) prepare(id, function("hook.event"));
  ::kill(zygote, SIGKILL);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(next_answer(), HasSubstr(" event "));
}

TEST_F(HooksProcessTest, FailsCallsWhereNoPythonStarts) {
  write("python", "#!/bin/sh\necho broken\nexit 1\n");
  fs::permissions(root_ / "python", fs::perms::owner_all);
  hooks_.reset();
  open(root_ / "python");
  prepare(1, function("hook.event"));
  choose(2, "hook.strategy");
  EXPECT_THAT(next_answer(), HasSubstr("1 failed the hooks process: `"));
  EXPECT_THAT(next_answer(), HasSubstr("does not start: broken"));
}

}  // namespace
}  // namespace smyth::runtime
