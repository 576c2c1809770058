#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace smyth::observe {

enum class Level : unsigned char { debug, info, warning, error, critical };

// The server's talk on stderr: lines of the server itself, one a request, and what handlers write.
//
// Lines are gathered and written together once per turn of the loop, after the answers are out: the
// owner is told by `on_pending` that something stands here and calls flush(). All lines go through
// one buffer, so their order is the order of events.
class Log {
 public:
  struct Options {
    int fd = 2;
    Level level = Level::info;
    bool quiet = false;   // Request lines and start-up talk are left out.
    bool output = true;   // Show what handlers and hooks write.
    bool report = false;  // Show the platform's lines of functions' logs, whatever the level.
    std::function<void()> on_pending;
  };
  explicit Log(Options options);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void set_on_pending(std::function<void()> on_pending);
  bool enabled(Level level) const { return level >= options_.level; }
  bool quiet() const { return options_.quiet; }

  // A line of the server itself: `error: ...`, `hint: ...`, `warning: ...` or plain.
  void say(Level level, std::string_view text);

  // One finished request: `12:03:44.123 orders:0 warm 200 1.3 ms GET /orders/1`.
  struct RequestLine {
    std::string_view environment;  // Slot; empty if it reached none.
    bool cold = false;
    std::string_view status;
    double milliseconds = 0;
    std::string_view what;
  };
  void request(const RequestLine& line);

  // A line that a handler (or a hook) wrote.
  void output(std::string_view environment, std::string_view request_id, std::string_view line);

  // The platform's lines of a function's log, each with its end.
  void platform(std::string_view lines);
  bool shows_platform() const { return options_.report || enabled(Level::debug); }

  // While a debugger has the terminal, lines are kept back. Of lines that nobody takes, at most
  // held_bytes_max are kept; what is lost is told.
  void hold();
  void release();

  // Writes what stands here, as far as that goes without waiting for the reader; false: something
  // is left, call again later.
  bool flush();

  static constexpr std::size_t held_bytes_max = 8u << 20;

 private:
  void begin(bool with_time);
  void append(std::string_view text);
  void end();
  bool is_writable() const;

  Options options_;
  std::string buffer_;
  bool is_file_ = false;
  bool pending_ = false;
  bool held_ = false;
  std::size_t dropped_ = 0;
  long second_ = -1;
  char clock_[9] = {};
};

}  // namespace smyth::observe
