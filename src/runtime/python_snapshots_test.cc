// Snapshots as they are: real interpreters that go on from one init.
#include "test/support/python_environments.h"

#include <gmock/gmock.h>

namespace smyth::runtime {
namespace {

using test::PythonEnvironments;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PythonSnapshotsTest : public PythonEnvironments {
 protected:
  PythonSnapshotsTest() {
    write("snapshot_restore_py.py",
          "after = []\n"
          "def get_before_snapshot(): return []\n"
          "def get_after_restore(): return after\n");
  }

  StartSpec with_snapshot(const std::string& name = "orders/0") {
    StartSpec with = spec();
    with.snapshot = name;
    return with;
  }
  // What an environment says of its phases until it is ready.
  std::vector<std::string> phases(EnvironmentId id) {
    await(id, "ready");
    return told(id).events;
  }
  void write_pids() {
    write("app.py", "import os\ninit = os.getpid()\ndef handler(event, context): return init\n");
  }
};

TEST_F(PythonSnapshotsTest, RunOneInitForAllThatStartAtOnceAndForThoseThatFollow) {
  write_pids();
  const auto first = start(with_snapshot()), second = start(with_snapshot());
  EXPECT_THAT(phases(first), ElementsAre("initialising", "restoring", "ready"));
  EXPECT_THAT(phases(second), ElementsAre("restoring", "ready"));
  const auto third = start(with_snapshot());
  EXPECT_THAT(phases(third), ElementsAre("restoring", "ready"));
  const std::string init = result_of(first);
  EXPECT_EQ(result_of(second), init);
  EXPECT_EQ(result_of(third), init);
  EXPECT_THAT(told(third).modules, ElementsAre((root_ / "app.py").string()));
  for (const auto id : {first, second, third}) runtime_->stop(id);
  until_all_reaped();
  EXPECT_TRUE(test::is_alive(std::stoi(init)));
}

TEST_F(PythonSnapshotsTest, GoWithTheLastEnvironmentOnceTheyAreForgotten) {
  write_pids();
  const auto id = start(with_snapshot("orders/0"));
  phases(id);
  const std::string init = result_of(id);
  runtime_->forget_snapshot("orders/0");
  runtime_->forget_snapshot("of nobody");
  EXPECT_EQ(result_of(id), init);
  const auto next = start(with_snapshot("orders/1"));
  EXPECT_THAT(phases(next), ElementsAre("initialising", "restoring", "ready"));
  EXPECT_NE(result_of(next), init);
  EXPECT_TRUE(test::is_alive(std::stoi(init)));
  runtime_->stop(id);
  run_until([&] { return !test::is_alive(std::stoi(init)); });
}

TEST_F(PythonSnapshotsTest, HaveTheInitRunAgainForThoseThatWaitWhenItsOwnEnvironmentIsKilled) {
  write("app.py",
        "import os\nprint('init')\nopen('entered', 'a').write('x')\n"
        "while not os.path.exists('open'): pass\ndef handler(event, context): return 1\n");
  const auto first = start(with_snapshot()), second = start(with_snapshot()),
             third = start(with_snapshot());
  await(first, "out: init");
  runtime_->kill(second);
  runtime_->kill(first);
  await(third, "out: init");
  write("open", "");
  await(third, "ready");
  EXPECT_EQ(result_of(third), "1");
  EXPECT_THAT(told(second).events, IsEmpty());
  EXPECT_THAT(told(first).events, ElementsAre("initialising", "out: init"));
}

TEST_F(PythonSnapshotsTest, TellAllThatWaitOfAnInitThatFailsOrDies) {
  write("app.py", "1 / 0\n");
  const auto first = start(with_snapshot()), second = start(with_snapshot());
  EXPECT_THAT(await(first, "failed "), HasSubstr("ZeroDivisionError"));
  EXPECT_THAT(await(second, "failed "), HasSubstr("ZeroDivisionError"));
  write("app.py", "import os\nos._exit(3)\n");
  const auto third = start(with_snapshot()), fourth = start(with_snapshot());
  EXPECT_EQ(await(third, "exit "), "3");
  EXPECT_EQ(await(fourth, "exit "), "3");
  write_pids();
  const auto fifth = start(with_snapshot());
  EXPECT_THAT(phases(fifth), ElementsAre("initialising", "restoring", "ready"));
}

TEST_F(PythonSnapshotsTest, TakeTheirEnvironmentsWithThemAndAreMadeAnew) {
  write_pids();
  const auto first = start(with_snapshot()), second = start(with_snapshot());
  phases(first);
  phases(second);
  const pid_t init = std::stoi(result_of(first));
  ::kill(init, SIGKILL);
  EXPECT_EQ(await(first, "signal "), "9");
  EXPECT_EQ(await(second, "signal "), "9");
  const auto third = start(with_snapshot());
  phases(third);
  EXPECT_NE(std::stoi(result_of(third)), init);
}

TEST_F(PythonSnapshotsTest, EndWithTheZygoteAndAreMadeAnew) {
  write_pids();
  const auto first = start(with_snapshot());
  phases(first);
  const pid_t init = std::stoi(result_of(first));
  std::ifstream status("/proc/" + std::to_string(init) + "/stat");
  std::string word;
  for (int field = 0; field < 4; ++field) status >> word;  // The fourth: its parent.
  ::kill(std::stoi(word), SIGKILL);
  EXPECT_EQ(await(first, "signal "), "9");
  const auto second = start(with_snapshot());
  phases(second);
  EXPECT_NE(std::stoi(result_of(second)), init);
  EXPECT_FALSE(test::is_alive(init));
}

TEST_F(PythonSnapshotsTest, HaveALimitedTimeToBeRestored) {
  write("app.py",
        "import snapshot_restore_py, time\n"
        "snapshot_restore_py.after.append((time.sleep, (60,), {}))\n"
        "def handler(event, context): return 1\n");
  StartSpec impatient = with_snapshot();
  impatient.restore_timeout = 0.1;
  // The driver disposes of what has failed; here nobody does.
  const auto id = start(impatient);
  EXPECT_THAT(await(id, "failed "), HasSubstr("Runtime.RestoreHookUserTimeout"));
  until_all_reaped();
}

TEST_F(PythonSnapshotsTest, SayWhatMustNotBeShared) {
  write("app.py", "import random\nrandom.seed(1)\ndef handler(event, context): return 1\n");
  const auto id = start(with_snapshot());
  EXPECT_THAT(await(id, "shared "), HasSubstr("`random`"));
}

}  // namespace
}  // namespace smyth::runtime
