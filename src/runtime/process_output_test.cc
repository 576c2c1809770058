// What handlers write, and what they write where they should not.
#include "test/support/python_environments.h"

#include <gmock/gmock.h>

namespace smyth::runtime {
namespace {

using test::PythonEnvironments;
using testing::ElementsAre;
using testing::StartsWith;

class ProcessOutputTest : public PythonEnvironments {};

TEST_F(ProcessOutputTest, IsToldInOrderAndBeforeTheAnswer) {
  write("app.py",
        "import os, sys\nprint('import')\n"
        "def handler(event, context):\n"
        "  print('one')\n  os.write(1, b'two\\n')\n  print('three', file=sys.stderr)\n"
        "  os.system('echo four')\n  os.write(2, b'no end')\n  return 5\n");
  const auto id = start_ready();
  for (int i = 0; i < 20; ++i) result_of(id);
  EXPECT_EQ(told(id).events[0], "out: import");
  EXPECT_EQ(told(id).events[1], "ready");
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_THAT(
        std::vector(told(id).events.begin() + 2 + static_cast<std::ptrdiff_t>(i) * 6,
                    told(id).events.begin() + 8 + static_cast<std::ptrdiff_t>(i) * 6),
        ElementsAre("out: one", "out: two", "out: three", "out: four", "out: no end", "result 5"));
  }
}

TEST_F(ProcessOutputTest, IsToldWhileTheHandlerRuns) {
  write("app.py",
        "import time\ndef handler(event, context):\n"
        "  print('first')\n  time.sleep(0.3)\n  print('second')\n  time.sleep(60)\n");
  const auto id = start_ready();
  deliver(id);
  await(id, "out: first");
  await(id, "out: second");
}

TEST_F(ProcessOutputTest, IsToldBetweenInvocationsToo) {
  write("app.py",
        "import threading\ndef handler(event, context):\n"
        "  threading.Timer(0.1, print, ['later']).start()\n  return 1\n");
  const auto id = start_ready();
  EXPECT_EQ(result_of(id), "1");
  await(id, "out: later");
}

TEST_F(ProcessOutputTest, IsNotLostWhenTheProcessDies) {
  write("app.py",
        "import os, signal\ndef handler(event, context):\n"
        "  print('x' * 60000)\n  os.write(1, b'last words')\n  os.kill(os.getpid(), "
        "signal.SIGKILL)\n");
  const auto id = start_ready();
  deliver(id);
  await(id, "signal 9");
  EXPECT_EQ(told(id).output_bytes, 60'010u);
  EXPECT_EQ(told(id).events[2], "out: last words");
}

TEST_F(ProcessOutputTest, IsToldBeforeKillReturns) {
  write("app.py",
        "import os\nimport time\ndef handler(event, context):\n"
        "  print('before')\n  open(event, 'w').close()\n  time.sleep(60)\n");
  const auto id = start_ready();
  const auto mark = root_ / "mark";
  deliver(id, '"' + mark.string() + '"');
  while (!std::filesystem::exists(mark)) ::usleep(1'000);  // The loop does not run.
  EXPECT_THAT(told(id).events, ElementsAre("ready"));
  runtime_->kill(id);
  EXPECT_THAT(told(id).events, ElementsAre("ready", "out: before"));
}

TEST_F(ProcessOutputTest, OfOneWhoPrintsMuchDelaysNobodyElse) {
  write("app.py",
        "import os\ndef handler(event, context):\n  return 1\n"
        "def loud(event, context):\n"
        "  for _ in range(100): os.write(1, (b'y' * 1023 + b'\\n') * 1024)\n  return 1\n");
  const auto loud = start_ready("app.loud");
  const auto other = start_ready();
  deliver(loud);
  int served = 0;
  double slowest = 0;
  while (told(loud).events.back() != "result 1") {
    const auto before = std::chrono::steady_clock::now();
    ASSERT_EQ(result_of(other), "1");
    slowest = std::max(slowest, Seconds(std::chrono::steady_clock::now() - before).count());
    ++served;
  }
  EXPECT_EQ(told(loud).output_bytes, 100u * 1024 * 1023);
  EXPECT_GT(served, 100);
  EXPECT_LT(slowest, 1);
}

TEST_F(ProcessOutputTest, OfAnyBytesIsUtf8) {
  write("app.py",
        "import os\ndef handler(event, context):\n"
        "  os.write(1, b'a\\xff\\xc3\\xa4\\n')\n  os.write(1, b'z' * 1_000_000 + b'\\n')\n  return "
        "1\n");
  const auto id = start_ready();
  result_of(id);
  EXPECT_EQ(told(id).lines[0], "a\uFFFDä");
  EXPECT_EQ(told(id).output_bytes, 1'000'006u);
  EXPECT_EQ(told(id).lines.size(), 17u);
}

TEST_F(ProcessOutputTest, MayBeClosed) {
  write("app.py",
        "import os\ndef handler(event, context):\n  os.close(1)\n  os.close(2)\n  return 1\n");
  const auto id = start_ready();
  EXPECT_EQ(result_of(id), "1");
  runtime_->kill(id);
  until_all_reaped();
}

// --- Frames that are none ---

class BrokenFramesTest : public PythonEnvironments {
 protected:
  void SetUp() override {
    write("app.py",
          "import os, struct, time\n"
          "def socket():\n"
          "  for n in os.listdir('/proc/self/fd'):\n"
          "    try:\n"
          "      if os.readlink(f'/proc/self/fd/{n}').startswith('socket:'): return int(n)\n"
          "    except OSError: pass\n"
          "def frame(kind, body, version=1):\n"
          "  return struct.pack('<IBBH', len(body) + 4, version, ord(kind), 0) + body\n"
          "report = struct.pack('<II', 9999, 0) + b'7'\n"
          "what = {\n"
          "  'text': b'print to the wrong place\\n',\n"
          "  'unknown': frame('?', b''),\n"
          "  'version': frame('R', report, 2),\n"
          "  'short': frame('R', b'xx'),\n"
          "  'long text': frame('R', struct.pack('<II', 1, 1 << 31) + b'x'),\n"
          "  'modules': frame('R', struct.pack('<II', 1, 5) + b'1 2 3' + b'7'),\n"
          "  'huge': struct.pack('<IBBH', 1 << 31, 1, ord('R'), 0),\n"
          "  'ready': frame('Y', report),\n"
          "  'twice': frame('R', report) + frame('R', report),\n"
          "  'behind': frame('R', report) + b'x',\n"
          "  'proceed': frame('p', b''),\n"
          "  'server': frame('I', report),\n"
          "}\n"
          "def handler(event, context):\n"
          "  if event in what:\n"
          "    os.write(socket(), what[event])\n"
          "    time.sleep(60)\n"
          "  if event == 'flood':\n"
          "    while True: os.write(socket(), bytes(1 << 20))\n"
          "  return event\n");
  }
};

TEST_F(BrokenFramesTest, EndTheirEnvironmentAlone) {
  const auto other = start_ready();
  for (const char* what : {"text", "unknown", "version", "short", "long text", "modules", "huge",
                           "ready", "twice", "behind", "proceed", "server", "flood"}) {
    SCOPED_TRACE(what);
    const auto id = start_ready();
    deliver(id, '"' + std::string(what) + '"');
    EXPECT_EQ(await(id, "signal "), "9");
    EXPECT_THAT(told(id).events, ElementsAre("ready", "signal 9"));
    EXPECT_EQ(result_of(other, "1"), "1");
  }
  EXPECT_EQ(runtime_->process_count(), 1u);
}

TEST_F(BrokenFramesTest, OfAnIdleEnvironmentEndItToo) {
  write("app.py",
        "import os, threading, time\n"
        "def handler(event, context):\n"
        "  fds = [int(n) for n in os.listdir('/proc/self/fd') if "
        "os.path.exists(f'/proc/self/fd/{n}')]\n"
        "  fd = [n for n in fds if os.readlink(f'/proc/self/fd/{n}').startswith('socket:')][0]\n"
        "  threading.Timer(0.05, os.write, [fd, b'garbage']).start()\n  return 1\n");
  const auto id = start_ready();
  EXPECT_EQ(result_of(id), "1");
  await(id, "signal 9");
}

TEST_F(BrokenFramesTest, WithAnAnswerInPiecesAreNone) {
  write("app.py",
        "import os, struct, time\n"
        "def handler(event, context):\n"
        "  fds = [int(n) for n in os.listdir('/proc/self/fd') if "
        "os.path.exists(f'/proc/self/fd/{n}')]\n"
        "  fd = [n for n in fds if os.readlink(f'/proc/self/fd/{n}').startswith('socket:')][0]\n"
        "  for byte in struct.pack('<IBBHII', 13, 1, ord('R'), 0, 9999, 0) + b'7':\n"
        "    os.write(fd, bytes([byte]))\n    time.sleep(0.002)\n"
        "  time.sleep(60)\n");
  const auto id = start_ready();
  EXPECT_EQ(result_of(id), "7");
}

}  // namespace
}  // namespace smyth::runtime
