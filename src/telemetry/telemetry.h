#pragma once

#include "base/ids.h"
#include "front/http.h"
#include "observe/log_event.h"
#include "runtime_api/telemetry_host.h"
#include "telemetry/subscriber.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::telemetry {

// Lambda's Telemetry API for all environments. It hears of every record of the functions' logs;
// those of an environment go to the extensions in it that have subscribed, and to nobody else.
//
// An environment is known from the beginning of its init, and its records are kept until its init
// is over, since an extension that subscribes meanwhile gets them too; afterwards nobody can. Ids
// of environments that are gone are recognised and ignored.
class Telemetry final : public observe::LogListener, public runtime_api::TelemetryHost {
 public:
  // How much of an init is kept for those who subscribe late.
  static constexpr std::size_t init_bytes_max = 262'144;
  // So long an environment's end waits for its subscribers.
  static constexpr Duration flush_wait_max = std::chrono::milliseconds(500);

  explicit Telemetry(boost::asio::io_context& loop) : loop_(loop) {}

  // Where the records go that tell of subscriptions: Driver::log(). It is called by on_request().
  void set_log(std::function<void(EnvironmentId, const observe::LogEvent&)> log) {
    log_ = std::move(log);
  }

  // By PUT to the path of this API, or of the older one for logs.
  front::HttpResponse on_request(EnvironmentId environment, std::string_view extension,
                                 const front::HttpRequest& request) override;

  void on_log_event(const observe::LogEvent& event) override;

  // What is not delivered waits.
  void rest(EnvironmentId environment) override;
  void wake(EnvironmentId environment) override;
  // What comes yet is sent at once, too. `done` is called as soon as all has arrived or is lost, or
  // after flush_wait_max; from within where nobody has subscribed. This object outlives what the
  // loop does.
  void flush(EnvironmentId environment, std::function<void()> done) override;
  void end(EnvironmentId environment) override;

 private:
  // A record of an init.
  struct Kept {
    Category category;
    std::string json;
    std::string plain;  // In the oldest schema, where that is something else.
  };
  struct Entry {
    Entry(boost::asio::io_context& loop, EnvironmentId environment)
        : id(environment), flush_timer(loop) {}
    EnvironmentId id;
    bool is_init = true;
    std::vector<Kept> kept;
    std::size_t kept_bytes = 0;
    Dropped dropped;  // Of what should have been kept.
    std::vector<std::unique_ptr<Subscriber>> subscribers;
    std::function<void()> on_flushed;  // None: nobody waits.
    boost::asio::steady_timer flush_timer;
  };

  Entry* find(EnvironmentId id);
  Entry* entry_of(const observe::LogEvent& event);
  void keep(Entry& entry, const observe::LogEvent& event);
  void tell_if_flushed(EnvironmentId id);
  void tell_flushed(EnvironmentId id);
  front::HttpResponse subscribe(Entry& entry, std::string_view extension, std::string_view body);

  boost::asio::io_context& loop_;
  std::function<void(EnvironmentId, const observe::LogEvent&)> log_ =
      [](EnvironmentId, const observe::LogEvent&) {};
  std::vector<std::unique_ptr<Entry>> entries_;  // By EnvironmentId::index; none: nobody listens.
  // A reset environment begins again while its extensions of before are still there.
  std::vector<std::unique_ptr<Entry>> leaving_;
};

}  // namespace smyth::telemetry
