#include "observe/log.h"

#include <fmt/format.h>

#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <iterator>
#include <utility>

namespace smyth::observe {

Log::Log(Options options) : options_(std::move(options)) { buffer_.reserve(1u << 16); }

Log::~Log() {
  held_ = false;
  flush();
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
  append(environment);
  if (!request_id.empty()) {
    append(" ");
    append(request_id);
  }
  append(" | ");
  append(line);
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
  if (held_) {
    if (buffer_.size() > held_bytes_max) {
      dropped_ += buffer_.size();
      buffer_.clear();
    }
    return;
  }
  if (buffer_.size() > (1u << 18)) flush();
  if (pending_ || buffer_.empty()) return;
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
  if (dropped_ > 0) {
    buffer_.insert(0, fmt::format("warning: {} bytes of output were dropped during debugging\n",
                                  std::exchange(dropped_, 0)));
  }
  flush();
}

void Log::flush() {
  pending_ = false;
  if (held_) return;
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = ::write(options_.fd, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;  // Nobody reads any more: the talk is lost, the work goes on.
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer_.clear();
}

}  // namespace smyth::observe
