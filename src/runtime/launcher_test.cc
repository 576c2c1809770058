#include "runtime/launch.h"

#include "base/unique_fd.h"
#include "runtime/linux_process.h"
#include "runtime/processes.h"
#include "runtime/linux_private_folder.h"
#include "test/support/python_environments.h"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

namespace smyth::runtime {
namespace {

using testing::ElementsAre;
namespace fs = std::filesystem;
using testing::IsEmpty;

TEST(Launch, IsPackedAndUnpacked) {
  const Launch launch{.words = {"node", "a b", ""},
                      .environ = {"A=1\n2"},
                      .cwd = "/tmp",
                      .mounts = {.tmp = "/a",
                                 .kept = {"/tmp/b"},
                                 .read_only = "/c",
                                 .tmp_mib = 7,
                                 .opt = "/d",
                                 .joined = "/f",
                                 .joined_user = "/g"},
                      .group = "/e"};
  EXPECT_EQ(unpack(pack(launch)), launch);
  EXPECT_EQ(unpack(""), std::nullopt);
  EXPECT_EQ(unpack(pack(launch).substr(0, 20)), std::nullopt);
}

class LauncherTest : public testing::Test, protected ProcessEvents {
 protected:
  LauncherTest()
      : root_(fs::canonical(*make_temporary_folder(testing::TempDir() + "launcher-"))),
        processes_(*Processes::open(
            loop_, {.python = "/usr/bin/python3", .package = fs::absolute("python")})) {}
  ~LauncherTest() override {
    processes_.reset();
    EXPECT_THAT(children_of(::getpid()), IsEmpty());
    fs::remove_all(root_);
  }

  std::shared_ptr<Process> launch(const std::string& script, Role role = Role::program) {
    return start({.words = {"/bin/sh", "-c", script},
                  .environ = {"PATH=/usr/bin:/bin", "A=b c"},
                  .cwd = root_},
                 role);
  }
  std::shared_ptr<Process> start(const Launch& launch, Role role = Role::program) {
    end_.clear();
    return processes_->launch(role, launch, {}, *this);
  }

  void run_until(const std::function<bool()>& is_so) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!is_so() && std::chrono::steady_clock::now() < end) {
      loop_.restart();
      loop_.run_one_for(std::chrono::milliseconds(20));
    }
    ASSERT_TRUE(is_so());
  }
  void await_line() {
    run_until([this] { return !lines_.empty(); });
  }
  void await_end() {
    run_until([this] { return !end_.empty(); });
  }

  void on_frame(Process&, const Frame& frame) override {
    frames_ += static_cast<char>(frame.type) + std::string(frame.body);
  }
  void on_line(Process&, std::string_view line) override { lines_.emplace_back(line); }
  void on_end(Process&, ExitStatus status) override {
    max_rss_kib_ = status.max_rss_kib;
    end_ = (status.signalled ? "signal " : "exit ") + std::to_string(status.code);
  }
  void on_spawn_failed(Process&, const Error& error) override { end_ = error.message; }

  boost::asio::io_context loop_{1};
  fs::path root_;
  std::unique_ptr<Processes> processes_;
  std::vector<std::string> lines_;
  std::string frames_;
  std::string end_;
  std::uint32_t max_rss_kib_ = 0;
};

// Python that says `ready` and waits, beside threads that wait, too.
std::string python_with_threads(const std::string& init, const std::string& thread) {
  return "exec /usr/bin/python3 -uc '\nimport os, signal, threading, time\n" + init +
         "\nfor _ in range(20):\n  threading.Thread(target=lambda: " + thread +
         ", daemon=True).start()\nprint(\"ready\")\ntime.sleep(60)\n'";
}

TEST_F(LauncherTest, WaitsForAProgramThatIsBeingWritten) {
  fs::copy_file("/bin/true", root_ / "program");
  UniqueFd writer(::open((root_ / "program").c_str(), O_WRONLY | O_CLOEXEC));
  const auto process = start({.words = {root_ / "program"}, .environ = {}, .cwd = root_});
  for (int turn = 0; turn < 20 && end_.empty(); ++turn) {
    loop_.restart();
    loop_.run_one_for(std::chrono::milliseconds(2));
  }
  writer.reset();
  await_end();
  EXPECT_EQ(end_, "exit 0");
}

TEST_F(LauncherTest, FailsWhereAProgramIsWrittenForLong) {
  fs::copy_file("/bin/true", root_ / "program");
  const UniqueFd writer(::open((root_ / "program").c_str(), O_WRONLY | O_CLOEXEC));
  const auto process = start({.words = {root_ / "program"}, .environ = {}, .cwd = root_});
  await_end();
  EXPECT_THAT(end_, testing::EndsWith("program: text file busy"));
}

TEST_F(LauncherTest, AProgramRunsWithItsWordsVariablesAndFolder) {
  launch("echo $A; pwd; echo to stderr >&2; printf 'no end'; ls /proc/self/fd | wc -l; exit 3");
  await_end();
  // ls has a descriptor of its own on the listing.
  EXPECT_THAT(lines_, ElementsAre("b c", root_.string(), "to stderr", "no end4"));
  EXPECT_EQ(end_, "exit 3");
  EXPECT_EQ(processes_->count(Role::program), 0U);
}

TEST_F(LauncherTest, ItIsFoundOnThePathOfItsVariables) {
  std::ofstream(root_ / "tool") << "#!/bin/sh\necho found\n";
  fs::permissions(root_ / "tool", fs::perms::owner_all);
  start({.words = {"tool"}, .environ = {"PATH=/nowhere:" + root_.string() + ":/bin"}, .cwd = "/"});
  await_end();
  EXPECT_THAT(lines_, ElementsAre("found"));
}

TEST_F(LauncherTest, WhatDoesNotStartSaysWhy) {
  start({.words = {"./missing"}, .environ = {}, .cwd = root_});
  await_end();
  EXPECT_EQ(end_, "fork/exec ./missing: no such file or directory");
  std::ofstream(root_ / "plain") << "#!/bin/sh\n";
  start({.words = {"./plain"}, .environ = {}, .cwd = root_});
  await_end();
  EXPECT_EQ(end_, "fork/exec ./plain: permission denied");
  start({.words = {"/bin/true"}, .environ = {}, .cwd = "/missing"});
  await_end();
  EXPECT_EQ(end_, "chdir /missing: no such file or directory");
}

TEST_F(LauncherTest, ASignalIsToldAsOne) {
  launch("kill -SEGV $$");
  await_end();
  EXPECT_EQ(end_, "signal 11");
}

TEST_F(LauncherTest, FramesGoOverTheThirdDescriptor) {
  launch(R"(printf '\006\000\000\000\001Y\000\000hi' >&3; cat <&3 >/dev/null)", Role::framed);
  run_until([this] { return !frames_.empty(); });
  EXPECT_EQ(frames_, "Yhi");
  launch("printf '12345678' >&3; sleep 60", Role::framed);
  await_end();
  EXPECT_EQ(end_, "signal 9");  // That was no frame.
}

TEST_F(LauncherTest, SigtermIsForTheMainThreadOfWhatWasFrozen) {
  for (int turn = 0; turn < 5; ++turn) {
    lines_.clear();
    const auto process = launch(python_with_threads(
        "signal.signal(signal.SIGTERM, lambda *_: os._exit(7))", "time.sleep(60)"));
    await_line();
    ASSERT_TRUE(process->freeze());
    process->terminate();
    await_end();
    ASSERT_EQ(end_, "exit 7") << turn;
  }
}

TEST_F(LauncherTest, SigtermIsForTheThreadThatWaitsForItIfTheMainOneDoesNotTakeIt) {
  const auto process = launch(
      python_with_threads("term = [signal.SIGTERM]\nsignal.pthread_sigmask(signal.SIG_BLOCK, term)",
                          "(signal.sigwait(term), os._exit(8))"));
  await_line();
  process->freeze();
  process->terminate();
  await_end();
  EXPECT_EQ(end_, "exit 8");
}

TEST_F(LauncherTest, SigtermIsForAllOfTheGroup) {
  const auto process = launch("trap 'wait $child; exit $?' TERM\n" +
                              python_with_threads("signal.signal(signal.SIGTERM, lambda *_: "
                                                  "os._exit(9))",
                                                  "time.sleep(60)")
                                  .substr(5) +
                              " & child=$!; wait $child");
  await_line();
  process->freeze();
  process->terminate();
  await_end();
  EXPECT_EQ(end_, "exit 9");
}

TEST_F(LauncherTest, TheEndTellsTheMostMemoryThatThereWas) {
  launch("exec /usr/bin/python3 -c 'b\"x\" * (100 << 20)'");
  await_end();
  EXPECT_GT(max_rss_kib_, 100u << 10);
  EXPECT_LT(max_rss_kib_, 150u << 10);
}

TEST_F(LauncherTest, NothingIsLeftOfAProgramThatIsKilledOrEnds) {
  const auto process = launch(
      "sleep 60 & setsid sleep 60 & (setsid sh -c 'sleep 60 & sleep 60' &) ; sleep 0.1; echo "
      "ready; wait");
  await_line();
  const std::vector<pid_t> below = children_of(process->pid());
  EXPECT_EQ(below.size(), 3U);
  process->kill();
  run_until([&] { return processes_->count(Role::program) == 0; });
  run_until([&] { return std::ranges::none_of(below, test::is_alive); });

  launch("setsid sleep 60 & echo $!; sleep 0.1; exit 0");
  await_end();
  run_until([&] { return !test::is_alive(std::stoi(lines_.back())); });
}

TEST_F(LauncherTest, WhatWasWrittenBeforeAKillIsTold) {
  const auto process = launch(R"(printf 'one\ntwo'; sleep 60)");
  await_line();
  process->kill();
  EXPECT_THAT(lines_, ElementsAre("one", "two"));
  EXPECT_EQ(end_, "");  // Nothing is told after a kill.
}

TEST_F(LauncherTest, AKilledLauncherTakesItsProgramsAlongAndIsBegunAgain) {
  const auto process = launch("echo $PPID; sleep 60");
  await_line();
  run_until([&] { return process->pid() != 0; });  // Else it would be started once more.
  const pid_t launcher = std::stoi(lines_.back());
  ::kill(launcher, SIGKILL);
  await_end();
  EXPECT_EQ(end_, "signal 9");
  launch("echo again");
  await_end();
  EXPECT_EQ(lines_.back(), "again");
  EXPECT_EQ(end_, "exit 0");
}

}  // namespace
}  // namespace smyth::runtime
