// Environments as they are: real interpreters through the real zygote.
#include "test/support/python_environments.h"

#include <gmock/gmock.h>

namespace smyth::runtime {
namespace {

namespace fs = std::filesystem;
using test::PythonEnvironments;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class PythonRuntimeTest : public PythonEnvironments {};

TEST_F(PythonRuntimeTest, ServesOneInvocationAfterAnother) {
  write("app.py",
        "count = 0\ndef handler(event, context):\n  global count\n  count += 1\n"
        "  return {'count': count, 'event': event, 'id': context.aws_request_id}\n");
  const auto id = start_ready();
  EXPECT_THAT(told(id).modules, ElementsAre((root_ / "app.py").string()));
  EXPECT_EQ(result_of(id, R"({"a":1})"), R"({"count": 1, "event": {"a": 1}, "id": "request-1"})");
  EXPECT_THAT(result_of(id), StartsWith(R"({"count": 2)"));
  runtime_->stop(id);
  until_all_reaped();
  EXPECT_FALSE(told(id).is_over);  // It was our wish: its end is not told.
}

TEST_F(PythonRuntimeTest, RunsEachEnvironmentOnItsOwn) {
  write("app.py",
        "count = 0\ndef handler(event, context):\n  global count\n  count += 1\n  return count\n");
  const auto first = start_ready();
  const auto second = start_ready();
  EXPECT_EQ(result_of(first), "1");
  EXPECT_EQ(result_of(first), "2");
  EXPECT_EQ(result_of(second), "1");
}

TEST_F(PythonRuntimeTest, TellsErrorsOfInitAndOfHandlers) {
  write("app.py", "def handler(event, context):\n  raise ValueError('no')\n");
  write("broken.py", "def (\n");
  const auto id = start_ready();
  deliver(id);
  EXPECT_THAT(await(id, "error "), HasSubstr(R"("errorType": "ValueError")"));
  const auto broken = start("broken.handler");
  EXPECT_THAT(await(broken, "failed "), HasSubstr("Runtime.UserCodeSyntaxError"));
  EXPECT_EQ(await(broken, "exit "), "1");
}

TEST_F(PythonRuntimeTest, DeliversTheLargestEventsWithoutBlocking) {
  write("app.py", "import os\ndef handler(event, context):\n  return event or os.getpid()\n");
  const auto id = start_ready();
  const pid_t pid = std::stoi(result_of(id, "0"));
  ::kill(pid, SIGSTOP);  // It reads nothing.
  const std::string event = '"' + std::string(6u << 20, 'x') + '"';
  deliver(id, event);
  run_for(Seconds(0.02));
  ::kill(pid, SIGCONT);
  EXPECT_EQ(await(id, "result "), event);
}

TEST_F(PythonRuntimeTest, StartsManyAtOnce) {
  write("app.py", "def handler(event, context):\n  return event\n");
  std::vector<EnvironmentId> ids;
  for (int i = 0; i < 50; ++i) ids.push_back(start());
  EXPECT_EQ(runtime_->process_count(), 50u);
  for (const auto id : ids) await(id, "ready");
  for (const auto id : ids) deliver(id, std::to_string(id.index));
  for (const auto id : ids) EXPECT_EQ(await(id, "result "), std::to_string(id.index));
  for (const auto id : ids) runtime_->kill(id);
  until_all_reaped();
}

TEST_F(PythonRuntimeTest, TellsHowAProcessEnded) {
  write("app.py",
        "import os, signal, sys\n"
        "def handler(event, context):\n"
        "  if event == 'exit': sys.exit(7)\n"
        "  if event == '_exit': os._exit(0)\n"
        "  if event == 'close': os.closerange(3, 100); import time; time.sleep(60)\n"
        "  os.kill(os.getpid(), signal.SIGSEGV)\n");
  for (const auto& [event, end] : {std::pair{"\"exit\"", "exit 7"},
                                   {"\"_exit\"", "exit 0"},
                                   {"\"close\"", "signal 9"},
                                   {"\"segv\"", "signal 11"}}) {
    const auto id = start_ready();
    deliver(id, event);
    await(id, end);
  }
  until_all_reaped();
}

TEST_F(PythonRuntimeTest, NoticesADeathAtOnce) {
  write("app.py", "import os\ndef handler(event, context):\n  os._exit(1)\n");
  Seconds fastest(1);  // Of a few: this machine may do other things.
  for (int i = 0; i < 5; ++i) {
    const auto id = start_ready();
    const auto before = std::chrono::steady_clock::now();
    deliver(id);
    await(id, "exit 1");
    fastest = std::min(fastest, Seconds(std::chrono::steady_clock::now() - before));
  }
  EXPECT_LT(fastest, Seconds(0.05));
}

TEST_F(PythonRuntimeTest, TellsAResultThatWasWrittenJustBeforeTheEnd) {
  write("app.py",
        "import os, threading\n"
        "def handler(event, context):\n"
        "  if event: threading.Timer(0.05, lambda: os._exit(3)).start()\n"
        "  return 'x' * 100000\n");
  const auto id = start_ready();
  deliver(id, "true");
  await(id, "exit 3");
  EXPECT_EQ(told(id).events.size(), 3u) << describe();
  EXPECT_THAT(told(id).events[1], StartsWith("result \"xxx"));
}

TEST_F(PythonRuntimeTest, StartsAgainUnderTheSameIndex) {
  write("app.py", "def handler(event, context):\n  return 1\n");
  auto id = start_ready();
  for (int i = 0; i < 5; ++i) {
    runtime_->kill(id);
    ++id.generation;
    runtime_->start(id, spec());
  }
  await(id, "ready");
  EXPECT_EQ(result_of(id), "1");
  run_until([&] { return runtime_->process_count() == 1; });
}

TEST_F(PythonRuntimeTest, HearsNothingOfAKilledEnvironment) {
  write("app.py", "def handler(event, context):\n  return 1\n");
  const auto id = start_ready();
  deliver(id);
  runtime_->kill(id);
  runtime_->kill(id);
  deliver(id);
  until_all_reaped();
  run_for(Seconds(0.05));
  EXPECT_THAT(told(id).events, ElementsAre("ready"));
}

TEST_F(PythonRuntimeTest, SaysWhyAnInterpreterDoesNotStart) {
  write("python", "#!/bin/sh\necho 'libfoo.so is missing' >&2; exit 127\n");
  fs::permissions(root_ / "python", fs::perms::owner_all);
  open(root_ / "python");
  const auto id = start();
  EXPECT_EQ(await(id, "spawn failed "),
            "`" + (root_ / "python").string() + "` does not start: libfoo.so is missing");
  EXPECT_EQ(runtime_->process_count(), 0u);
  const auto second = start();
  EXPECT_THAT(await(second, "spawn failed "), HasSubstr("libfoo.so is missing"));
}

TEST_F(PythonRuntimeTest, ThatCannotEvenBeRunIsAnErrorAtOnce) {
  const auto opened = PythonRuntime::open(loop_, {.python = root_ / "none", .package = "python"});
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("none`: No such file or directory"));
}

TEST_F(PythonRuntimeTest, RunsAScriptThatLooksForItsInterpreterOnce) {
  write("python", "#!/bin/sh\necho run >> " + (root_ / "runs").string() + "\nexec " +
                      python().string() + " \"$@\"\n");
  fs::permissions(root_ / "python", fs::perms::owner_all);
  write(
      "app.py",
      "import os, signal\ndef handler(event, context):\n  os.kill(os.getppid(), signal.SIGKILL)\n");
  open(root_ / "python");
  const auto id = start_ready();
  deliver(id);
  await(id, "signal 9");
  start_ready();
  EXPECT_EQ(fs::file_size(root_ / "runs"), 4u);
}

TEST_F(PythonRuntimeTest, PausesForADebugger) {
  write("app.py",
        "import os, struct\n"
        "def handler(event, context):\n"
        "  fd = max(int(n) for n in os.listdir('/proc/self/fd') if "
        "os.path.exists(f'/proc/self/fd/{n}') and "
        "os.readlink(f'/proc/self/fd/{n}').startswith('socket:'))\n"
        "  os.write(fd, struct.pack('<IBBH', 4, 1, ord('P'), 0))\n"
        "  granted = os.read(fd, 9)[-1:]\n"
        "  if granted == b'1': os.write(fd, struct.pack('<IBBH', 4, 1, ord('p'), 0))\n"
        "  return granted.decode()\n");
  const auto id = start_ready();
  deliver(id);
  await(id, "pause");
  runtime_->grant_terminal(id, true);
  await(id, "proceed");
  EXPECT_EQ(await(id, "result "), "\"1\"");
  deliver(id);
  await(id, "pause");
  runtime_->grant_terminal(id, false);
  EXPECT_EQ(await(id, "result "), "\"0\"");
}

}  // namespace
}  // namespace smyth::runtime
