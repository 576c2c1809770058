#include "observe/log.h"

#include <fmt/format.h>

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <ctime>
#include <iterator>
#include <utility>

namespace smyth::observe {
namespace {

constexpr int last_wait_ms = 200;  // For a reader that takes nothing, at the end.

}  // namespace

Log::Log(Options options) : options_(std::move(options)) {
  buffer_.reserve(1u << 16);
  struct stat status{};
  is_file_ = ::fstat(options_.fd, &status) == 0 && S_ISREG(status.st_mode);
}

Log::~Log() {
  held_ = false;
  // A reader that is slow, but there, gets everything.
  while (!flush()) {
    pollfd writable{.fd = options_.fd, .events = POLLOUT, .revents = 0};
    if (::poll(&writable, 1, last_wait_ms) <= 0) return;
  }
}

void Log::set_on_pending(std::function<void()> on_pending) {
  options_.on_pending = std::move(on_pending);
}

void Log::say(Level level, std::string_view text) {
  if (!enabled(level)) return;
  append(text);
  end();
}

void Log::request(const RequestLine& line) {
  if (options_.quiet || !enabled(Level::info)) return;
  begin(true);
  fmt::format_to(std::back_inserter(buffer_), "{} {} {} {:.1f} ms {}",
                 line.environment.empty() ? "-" : line.environment,
                 line.environment.empty() ? "-" : (line.cold ? "cold" : "warm"), line.status,
                 line.milliseconds, line.what);
  end();
}

void Log::output(std::string_view environment, std::string_view request_id, std::string_view line) {
  if (!options_.output) return;
  append(environment);
  if (!request_id.empty()) {
    append(" ");
    append(request_id);
  }
  append(" | ");
  append(line);
  end();
}

void Log::platform(std::string_view lines) {
  if (!shows_platform() || lines.empty()) return;
  append(lines.substr(0, lines.size() - 1));
  end();
}

void Log::begin(bool with_time) {
  if (!with_time) return;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (now.tv_sec != second_) {
    second_ = now.tv_sec;
    tm parts{};
    localtime_r(&now.tv_sec, &parts);
    std::strftime(clock_, sizeof clock_, "%H:%M:%S", &parts);
  }
  const auto milliseconds = static_cast<unsigned>(now.tv_nsec / 1'000'000);
  const char fraction[] = {'.', static_cast<char>('0' + milliseconds / 100),
                           static_cast<char>('0' + milliseconds / 10 % 10),
                           static_cast<char>('0' + milliseconds % 10), ' '};
  append(std::string_view(clock_, 8));
  append(std::string_view(fraction, sizeof fraction));
}

void Log::append(std::string_view text) { buffer_.append(text); }

void Log::end() {
  buffer_.push_back('\n');
  if (buffer_.size() > held_bytes_max) {  // Nobody reads it, or a debugger holds it back.
    dropped_ += buffer_.size();
    buffer_.clear();
  }
  if (held_ || pending_) return;
  if (options_.on_pending) {
    pending_ = true;
    options_.on_pending();
  } else {
    flush();
  }
}

void Log::hold() {
  flush();
  held_ = true;
}

void Log::release() {
  held_ = false;
  flush();
}

bool Log::flush() {
  if (held_) {
    pending_ = false;
    return true;
  }
  if (dropped_ > 0) {
    buffer_.insert(0, fmt::format("warning: {} bytes of output were dropped: nobody read them\n",
                                  std::exchange(dropped_, 0)));
  }
  std::string_view rest = buffer_;
  while (!rest.empty() && is_writable()) {
    // A pipe that is writable takes PIPE_BUF bytes without blocking.
    const std::size_t size = is_file_ ? rest.size() : std::min<std::size_t>(rest.size(), PIPE_BUF);
    const ssize_t written = ::write(options_.fd, rest.data(), size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) break;
    if (written < 0) rest = {};  // The reader is gone: the talk is lost, the work goes on.
    if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer_.erase(0, buffer_.size() - rest.size());
  pending_ = !buffer_.empty();
  return !pending_;
}

bool Log::is_writable() const {
  if (is_file_) return true;
  pollfd writable{.fd = options_.fd, .events = POLLOUT, .revents = 0};
  return ::poll(&writable, 1, 0) > 0;
}

}  // namespace smyth::observe
