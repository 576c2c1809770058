#include "observe/log.h"

#include "base/unique_fd.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string>

namespace smyth::observe {
namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    reader = UniqueFd(ends[0]);
    writer = UniqueFd(ends[1]);
    ::fcntl(reader.get(), F_SETFL, O_NONBLOCK);
  }
  std::string read() const {
    std::string text;
    char bytes[65'536];
    for (ssize_t size = 0; (size = ::read(reader.get(), bytes, sizeof bytes)) > 0;) {
      text.append(bytes, static_cast<std::size_t>(size));
    }
    return text;
  }
  UniqueFd reader;
  UniqueFd writer;
};

TEST(Log, ShowsOutputWithSlotAndRequest) {
  const Pipe pipe;
  Log log({.fd = pipe.writer.get()});
  log.output("orders:0", "id-1", "hello");
  log.output("orders:1", {}, "loading");
  EXPECT_EQ(pipe.read(), "orders:0 id-1 | hello\norders:1 | loading\n");
}

TEST(Log, KeepsLinesBackWhileItIsHeld) {
  const Pipe pipe;
  Log log({.fd = pipe.writer.get()});
  log.hold();
  log.output("orders:0", {}, "one");
  EXPECT_EQ(pipe.read(), "");
  log.release();
  EXPECT_EQ(pipe.read(), "orders:0 | one\n");
}

TEST(Log, DoesNotWaitForAReaderThatReadsNothing) {
  const Pipe pipe;
  std::string seen;
  {
    Log log({.fd = pipe.writer.get()});
    for (int i = 0; i < 10'000; ++i) log.output("orders:0", {}, "a line that fills the pipe");
    EXPECT_FALSE(log.flush());
    while (!log.flush()) seen += pipe.read();
    seen += pipe.read();
  }
  EXPECT_EQ(std::count(seen.begin(), seen.end(), '\n'), 10'000);
}

TEST(Log, TellsWhatItHadToDrop) {
  const Pipe pipe;
  Log log({.fd = pipe.writer.get()});
  log.hold();
  const std::string line(1u << 20, 'x');
  for (int i = 0; i < 9; ++i) log.output("orders:0", {}, line);
  log.release();
  EXPECT_TRUE(pipe.read().starts_with("warning: "));
}

}  // namespace
}  // namespace smyth::observe
