#include "runtime/freezer.h"
#include "test/support/python_environments.h"

#include <gmock/gmock.h>

#include <fstream>

namespace smyth::runtime {
namespace {

// A thread, a child and one in a session of its own, each of which goes on counting in a file.
constexpr const char* counting = R"py(
import os, subprocess, sys, threading, time
COUNT = "import time\nwhile True:\n  open('{}', 'a').write('.')\n  time.sleep(0.001)"

def count():
  while True:
    open('thread', 'a').write('.')
    time.sleep(0.001)

def handler(event, context):
  if event == 'start':
    threading.Thread(target=count, daemon=True).start()
    subprocess.Popen([sys.executable, '-c', COUNT.format('child')])
    subprocess.Popen([sys.executable, '-c', COUNT.format('session')], start_new_session=True)
  time.sleep(0.3)
  return os.getpid()
)py";

class FreezerTest : public test::PythonEnvironments {
 protected:
  FreezerTest() { freezes_ = true; }

  std::uintmax_t count(const char* name) {
    std::error_code none;
    const auto size = test::fs::file_size(root_ / name, none);
    return none ? 0 : size;
  }
  std::vector<std::uintmax_t> counts() {
    return {count("thread"), count("child"), count("session")};
  }
  // The letter of /proc that says how a process is: R, S, T (stopped).
  static char state_of(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    std::getline(file, text);
    return text.at(text.rfind(')') + 2);
  }
};

TEST_F(FreezerTest, StopsAllOfAnEnvironmentBetweenInvocations) {
  write("app.py", counting);
  const EnvironmentId id = start_ready();
  deliver(id, "\"start\"");
  const pid_t pid = std::stoi(await(id, "result "));
  run_until([&] { return state_of(pid) == 'T'; });
  const auto before = counts();
  EXPECT_THAT(before, testing::Each(testing::Gt(0u)));
  run_for(Seconds(0.2));
  EXPECT_EQ(counts(), before);

  deliver(id, "\"go on\"");
  await(id, "result ");
  const auto after = counts();
  for (std::size_t each = 0; each < before.size(); ++each) {
    EXPECT_GT(after[each], before[each]) << each;
  }
}

TEST_F(FreezerTest, LeavesOneAloneThatShallNotFreeze) {
  freezes_ = false;
  write("app.py", counting);
  const EnvironmentId id = start_ready();
  deliver(id, "\"start\"");
  await(id, "result ");
  const auto before = counts();
  run_until([&] { return counts() != before; });
}

TEST_F(FreezerTest, AFrozenEnvironmentIsKilledWithAllThatIsBelowIt) {
  write("app.py", counting);
  const EnvironmentId id = start_ready();
  deliver(id, "\"start\"");
  const pid_t pid = std::stoi(await(id, "result "));
  run_until([&] { return state_of(pid) == 'T'; });
  runtime_->kill(id);
  until_all_reaped();
  EXPECT_FALSE(test::is_alive(pid));
}

TEST_F(FreezerTest, AnEnvironmentThatIsKilledFromOutsideIsTold) {
  write("app.py", counting);
  const EnvironmentId id = start_ready();
  deliver(id, "\"look\"");
  const pid_t pid = std::stoi(await(id, "result "));
  run_until([&] { return state_of(pid) == 'T'; });
  ::kill(pid, SIGKILL);
  await(id, "signal 9");
}

}  // namespace
}  // namespace smyth::runtime
