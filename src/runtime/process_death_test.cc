// What dies, and what may not live on.
#include "runtime/linux_process.h"
#include "test/support/python_environments.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

namespace smyth::runtime {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// Leaves behind: a child, one in a session of its own, a daemon (forked twice), one that ignores
// signals and goes on forking. Their pids are the result.
constexpr const char* family = R"(
import os, signal, subprocess, sys, time

def run(*words, **more):
  return subprocess.Popen(words, **more).pid

def daemon():
  read, write = os.pipe()
  if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
      os.write(write, str(os.getpid()).encode())
      os.execvp('sleep', ['sleep', '60'])
    os._exit(0)
  os.wait()
  return int(os.read(read, 20))

def stubborn():
  pid = os.fork()
  if pid == 0:
    for number in range(1, 32):
      try: signal.signal(number, signal.SIG_IGN)
      except (OSError, ValueError): pass
    os.setsid()
    while True:
      if os.fork() == 0: os.execvp('sleep', ['sleep', '60'])
      time.sleep(0.002)
  return pid

def leave():
  return [os.getpid(), run('sleep', '60'), run('sleep', '60', start_new_session=True), daemon(), stubborn()]

def handler(event, context):
  if event == 'exit':
    print(*leave(), flush=True)
    os._exit(1)
  if event == 'zygote':
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)
  if event == 'hang':
    time.sleep(60)
  return leave()
)";

class ProcessDeathTest : public test::PythonEnvironments {
 protected:
  ~ProcessDeathTest() override {
    runtime_.reset();
    EXPECT_THAT(children_of(::getpid()), IsEmpty());
  }

  static std::vector<pid_t> pids(std::string text) {
    std::ranges::replace_if(text, [](char c) { return c < '0' || c > '9'; }, ' ');
    std::istringstream words(text);
    return {std::istream_iterator<pid_t>(words), {}};
  }

  static bool is_any_alive(const std::vector<pid_t>& processes) {
    return std::ranges::any_of(processes, test::is_alive);
  }

  // Processes of this machine whose parent it is, and theirs, without dead ones.
  static std::vector<pid_t> all_below(pid_t pid) {
    std::vector<pid_t> tree;
    for (const pid_t child : children_of(pid)) {
      if (test::is_alive(child)) tree.push_back(child);
      const auto below = all_below(child);
      tree.insert(tree.end(), below.begin(), below.end());
    }
    return tree;
  }
};

TEST_F(ProcessDeathTest, TakesWholeFamiliesWhenKilled) {
  write("app.py", family);
  const auto id = start_ready();
  const auto processes = pids(result_of(id));
  ASSERT_EQ(processes.size(), 5u);
  for (const pid_t pid : processes) EXPECT_TRUE(test::is_alive(pid));
  runtime_->kill(id);
  run_until([&] { return !is_any_alive(processes); }, Seconds(3));
  until_all_reaped();
  // The zygote is all that is left.
  run_until([&] { return all_below(::getpid()).size() == 1; }, Seconds(3));
}

TEST_F(ProcessDeathTest, TakesWhatAnEnvironmentThatEndedHasLeft) {
  write("app.py", family);
  const auto id = start_ready();
  deliver(id, "\"exit\"");
  const auto processes = pids(await(id, "out: "));
  await(id, "exit 1");
  ASSERT_EQ(processes.size(), 5u);
  run_until([&] { return !is_any_alive(processes); }, Seconds(3));
  run_until([&] { return all_below(::getpid()).size() == 1; }, Seconds(3));
}

TEST_F(ProcessDeathTest, IsFollowedByANewZygoteWhenAHandlerKillsIt) {
  write("app.py", family);
  write("plain.py", "def handler(event, context):\n  return 1\n");
  const auto other = start_ready();
  const auto processes = pids(result_of(other));
  const auto id = start_ready();
  deliver(id, "\"zygote\"");
  await(id, "signal 9");
  await(other, "signal 9");
  EXPECT_EQ(runtime_->process_count(), 0u);
  const auto next = start_ready("plain.handler");
  EXPECT_EQ(result_of(next), "1");
  run_until([&] { return !is_any_alive(processes); }, Seconds(3));
  run_until([&] { return all_below(::getpid()).size() == 2; }, Seconds(3));
}

TEST_F(ProcessDeathTest, OfTheZygoteDoesNotFailAStartThatItHadNotServed) {
  write("app.py", "import os\ndef handler(event, context):\n  return os.getppid()\n");
  const auto first = start_ready();
  const pid_t zygote = std::stoi(result_of(first));
  ::kill(zygote, SIGSTOP);  // It does not come to what follows.
  std::vector<EnvironmentId> ids;
  for (int i = 0; i < 30; ++i) ids.push_back(start());
  ::kill(zygote, SIGKILL);
  await(first, "signal 9");
  for (const auto id : ids) await(id, "ready");
  EXPECT_NE(std::stoi(result_of(ids.back())), zygote);
}

TEST_F(ProcessDeathTest, IsToldOfAndStartsGoOnWhenTheZygoteWasStopped) {
  write("app.py",
        "import os, signal\ndef handler(event, context):\n"
        "  os.kill(os.getppid(), signal.SIGSTOP)\n  os._exit(3)\n");
  write("plain.py",
        "import os, signal\ndef handler(event, context):\n"
        "  os.kill(os.getppid(), signal.SIGSTOP)\n  return os.getppid()\n");
  const auto crashing = start_ready();
  deliver(crashing);
  EXPECT_EQ(await(crashing, "exit "), "3");
  const auto stopping = start_ready("plain.handler");
  const std::string zygote = result_of(stopping);
  const auto next = start_ready("plain.handler");
  EXPECT_EQ(result_of(next), zygote);
  runtime_->kill(stopping);
  runtime_->kill(next);
  until_all_reaped();
}

TEST_F(ProcessDeathTest, ReachesAnEnvironmentThatIsNotForkedYet) {
  write("app.py", "import time\ntime.sleep(60)\n");
  open();
  for (int i = 0; i < 20; ++i) runtime_->kill(start());
  until_all_reaped();
  EXPECT_EQ(all_below(::getpid()).size(), 1u);
}

TEST_F(ProcessDeathTest, ComesToOneThatIsStoppedOrStopsTheZygotesChildren) {
  write(
      "app.py",
      "import os, signal\ndef handler(event, context):\n  os.kill(os.getpid(), signal.SIGSTOP)\n");
  const auto id = start_ready();
  deliver(id);
  run_for(Seconds(0.05));
  runtime_->kill(id);
  until_all_reaped();
}

TEST_F(ProcessDeathTest, EndsAForkedChildThatReturnsFromTheHandler) {
  write("app.py", "import os\ndef handler(event, context):\n  return [os.getpid(), os.fork()]\n");
  const auto id = start_ready();
  const auto processes = pids(result_of(id));
  EXPECT_NE(processes[1], 0);
  run_until([&] { return !test::is_alive(processes[1]); });
  EXPECT_THAT(result_of(id), HasSubstr(std::to_string(processes[0])));  // The parent serves on.
}

// A server of its own, which is killed by SIGKILL while its environments do what they do.
TEST_F(ProcessDeathTest, OfTheServerLeavesNothingForASecond) {
  write("app.py", family);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t server = ::fork();
  if (server == 0) {
    const auto left_behind = start_ready();
    std::string told = result_of(left_behind);
    const auto busy = start_ready();
    deliver(busy, "\"hang\"");
    start();
    run_for(Seconds(0.1));
    for (const pid_t pid : all_below(::getpid())) told += ' ' + std::to_string(pid);
    told += '\n';
    if (::write(ends[1], told.data(), told.size()) > 0) ::pause();
    ::_exit(1);
  }
  ::close(ends[1]);
  std::string text;
  for (char c; text.find('\n') == std::string::npos && ::read(ends[0], &c, 1) == 1;) text += c;
  const auto processes = pids(text);
  EXPECT_GT(processes.size(), 10u) << text;
  EXPECT_TRUE(std::ranges::all_of(processes, [](pid_t pid) { return ::kill(pid, 0) == 0; }));
  ::kill(server, SIGKILL);
  run_until([&] { return !is_any_alive(processes); }, Seconds(1));
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
  run_until([&] { return ::waitpid(-1, nullptr, WNOHANG) <= 0 && all_below(::getpid()).empty(); },
            Seconds(3));
  ::close(ends[0]);
}

}  // namespace
}  // namespace smyth::runtime
