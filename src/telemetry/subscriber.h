#pragma once

#include "telemetry/buffer.h"
#include "telemetry/sender.h"
#include "telemetry/subscription.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string>

namespace smyth::telemetry {

// One extension that has subscribed: its events gather and are sent, batch by batch, while its
// processes run.
class Subscriber {
 public:
  Subscriber(boost::asio::io_context& loop, std::string name, Subscription subscription,
             Buffer::Note note);

  const std::string& name() const { return name_; }
  const Subscription& subscription() const { return subscription_; }

  void add(std::string event);
  void drop(const Dropped& dropped) { buffer_.drop(dropped); }

  // Its processes stand still: nothing is sent until they go on.
  void hold();
  void go_on();
  // Events are not gathered any more: what there is and what comes is sent at once.
  void hurry();
  // Nothing waits or is on its way.
  bool is_done() const { return !is_sending_ && buffer_.is_empty(); }
  // Called, from the loop, when a batch has arrived or is lost.
  void set_on_sent(std::function<void()> on_sent) { on_sent_ = std::move(on_sent); }

 private:
  void send_what_is_due();
  void send();

  const std::string name_;
  const Subscription subscription_;
  Buffer buffer_;
  boost::asio::steady_timer timer_;
  bool is_sending_ = false;
  bool is_held_ = false;
  bool is_in_a_hurry_ = false;
  std::function<void()> on_sent_ = [] {};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // Owned here alone.
  Sender sender_;                                               // Goes first: it calls back.
};

}  // namespace smyth::telemetry
