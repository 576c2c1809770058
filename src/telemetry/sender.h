#pragma once

#include "base/time.h"
#include "telemetry/buffer.h"
#include "telemetry/subscription.h"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>

namespace smyth::telemetry {

// How long one batch may take. Where it has taken longer, it is lost and the connection is closed.
inline constexpr Duration send_deadline = std::chrono::seconds(5);

// The connection to a subscriber: a POST with a JSON array for each batch, or a line for each event
// over TCP. It is opened for the first batch and kept; one that the other end has closed is opened
// anew, once a batch.
class Sender {
 public:
  using Done = std::function<void(bool is_delivered)>;

  Sender(boost::asio::io_context& loop, Destination destination, Duration deadline = send_deadline);
  ~Sender();  // What is on its way is given up, and nobody is told.

  // One batch at a time; `done` is called from the loop, never from within.
  void send(const Batch& batch, Done done);

  // The other end stands still, and goes on: its time does not run meanwhile.
  void hold();
  void go_on();

 private:
  class Connection;
  std::shared_ptr<Connection> connection_;  // Owned here, and by what waits in the loop.
};

}  // namespace smyth::telemetry
