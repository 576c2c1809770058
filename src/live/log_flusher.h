#pragma once

#include "observe/log.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace smyth::live {

// Writes the log once per turn of the loop, after the answers are out; when nobody reads it, tries
// again later instead of making everybody wait.
class LogFlusher {
 public:
  LogFlusher(boost::asio::io_context& loop, observe::Log& log) : log_(log), later_(loop) {
    log.set_on_pending([this, &loop] { boost::asio::post(loop, [this] { flush(); }); });
  }

 private:
  void flush() {
    if (log_.flush()) return;
    later_.expires_after(std::chrono::milliseconds(5));
    later_.async_wait([this](const boost::system::error_code& error) {
      if (!error) flush();
    });
  }

  observe::Log& log_;
  boost::asio::steady_timer later_;
};

}  // namespace smyth::live
