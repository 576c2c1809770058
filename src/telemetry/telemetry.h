#pragma once

#include "base/ids.h"
#include "front/http.h"
#include "observe/log_event.h"
#include "telemetry/subscriber.h"

#include <boost/asio/io_context.hpp>

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
class Telemetry final : public observe::LogListener {
 public:
  // How much of an init is kept for those who subscribe late.
  static constexpr std::size_t init_bytes_max = 262'144;

  explicit Telemetry(boost::asio::io_context& loop) : loop_(loop) {}

  // Where the records go that tell of subscriptions: Driver::log(). It is called by on_request().
  void set_log(std::function<void(EnvironmentId, const observe::LogEvent&)> log) {
    log_ = std::move(log);
  }

  // Whether the path belongs to this API, or to the older one for logs.
  static bool owns(std::string_view path);
  // The answer to a request of an extension that is registered by this name.
  front::HttpResponse on_request(EnvironmentId environment, std::string_view extension,
                                 const front::HttpRequest& request);

  void on_log_event(const observe::LogEvent& event) override;

  // The environment's processes stand still between invocations: what is not delivered waits.
  void rest(EnvironmentId environment);
  void wake(EnvironmentId environment);
  // It is about to end: what there is and what comes is sent at once. `done` is called as soon as
  // all has arrived or is lost: from within where nobody has subscribed, never where end() comes
  // first. This object outlives what the loop does.
  void flush(EnvironmentId environment, std::function<void()> done);
  // Its processes are gone.
  void end(EnvironmentId environment);

 private:
  // A record of an init.
  struct Kept {
    Category category;
    std::string json;
    std::string plain;  // In the oldest schema, where that is something else.
  };
  struct Entry {
    EnvironmentId id;
    bool is_init = true;
    std::vector<Kept> kept;
    std::size_t kept_bytes = 0;
    Dropped dropped;  // Of what should have been kept.
    std::vector<std::unique_ptr<Subscriber>> subscribers;
    std::function<void()> on_flushed;  // None: nobody waits.
  };

  Entry* find(EnvironmentId id);
  Entry* entry_of(const observe::LogEvent& event);
  void keep(Entry& entry, const observe::LogEvent& event);
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
