#include "live/server.h"

#include "front/http_server.h"
#include "live/banner.h"
#include "live/front_door.h"
#include "live/host.h"
#include "live/log_flusher.h"
#include "live/reload.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <utility>

#include <sys/resource.h>
#include <unistd.h>

namespace smyth::live {
namespace {

namespace asio = boost::asio;

constexpr auto quiet_poll = std::chrono::milliseconds(2);
// What is not gone so long after the grace is left to its parent-death signal.
constexpr Duration exit_margin = std::chrono::milliseconds(350);

// A descriptor for each connection and two for each environment: take what the system allows.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

class Server {
 public:
  explicit Server(ServeOptions options)
      : options_(std::move(options)),
        log_({.level = static_cast<observe::Level>(options_.config.log_level),
              .quiet = options_.quiet,
              .report = options_.report}),
        flusher_(loop_, log_),
        http_(loop_, door_),
        signals_(loop_),
        stdin_(loop_),
        quiet_timer_(loop_) {}

  Result<void> run() {
    // A reader that is gone and a log that has reached the limit of its size end no server.
    for (const int signal : {SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_IGN);
    raise_descriptor_limit();
    const auto port = http_.listen(options_.config.host, options_.config.port);
    if (!port) return std::unexpected(port.error());
    options_.config.port = *port;
    const std::string url = url_of(options_.config.host, *port);
    auto host = Host::open(loop_,
                           {.config = options_.config,
                            .configured = options_.configured,
                            .start_folder = options_.start_folder,
                            .record_file = options_.record_file,
                            .endpoint_url = options_.config.lambda_endpoint ? url : std::string{},
                            .no_timeout = options_.no_timeout},
                           door_, log_);
    if (!host) return std::unexpected(host.error());
    host_ = std::move(*host);
    connect();
    if (options_.config.reload) reload_->start();
    watch_signals();
    if (options_.with_parent) watch_stdin();
    announce(url);
    loop_.run();
    http_.close();
    auto recorded = host_->end_record();
    log_.flush();
    return recorded;
  }

 private:
  void connect() {
    const config::Config& config = options_.config;
    FrontDoor::Options door{.account = host_->account(),
                            .prefix = config.prefix,
                            .port = config.port,
                            .guard = {.bound_host = config.host,
                                      .allowed_hosts = config.allowed_hosts,
                                      .allowed_origins = config.allowed_origins}};
    host_->set_on_functions([this] { door_.set_routes(host_->config().functions); });
    reload_ = std::make_unique<Reload>(loop_, *host_, log_);
    std::function<void()> before_arrival = [] {};
    if (config.reload) before_arrival = [this] { reload_->take_notice(); };
    if (config.reload) {
      host_->driver().set_take_notice([this] { reload_->take_notice_of_unfinished(); });
    }
    door_.connect(std::move(door), {.driver = host_->driver(),
                                    .http = http_,
                                    .log = log_,
                                    .timer = host_->timer(),
                                    .before_arrival = std::move(before_arrival)});
    door_.set_routes(config.functions);
  }

  void announce(const std::string& url) {
    if (!options_.quiet) log_.say(observe::Level::info, banner(options_.config, url));
    if (!options_.json) return;
    std::printf("{\"url\": \"%s\", \"port\": %u, \"pid\": %d}\n", url.c_str(), options_.config.port,
                static_cast<int>(::getpid()));
    std::fflush(stdout);
  }

  void watch_signals() {
    for (const int signal : {SIGINT, SIGTERM}) signals_.add(signal);
    // `nohup` has it ignored: the server outlives its terminal then.
    struct sigaction hang_up{};
    ::sigaction(SIGHUP, nullptr, &hang_up);
    if (hang_up.sa_handler != SIG_IGN) signals_.add(SIGHUP);
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      // The terminal has shown `^C`; the shell's prompt shall not stand behind it.
      if (signal == SIGINT && ::isatty(STDERR_FILENO) == 1) log_.say(observe::Level::critical, "");
      stop();
      watch_signals();
    });
  }

  // A test runner that dies closes the pipe, and the server goes with it.
  void watch_stdin() {
    boost::system::error_code error;
    if (!stdin_.is_open()) stdin_.assign(::dup(STDIN_FILENO), error);
    if (error) {  // A file or /dev/null is at its end already.
      asio::post(loop_, [this] { stop(); });
      return;
    }
    stdin_.async_read_some(asio::buffer(stdin_bytes_),
                           [this](const boost::system::error_code& failed, std::size_t) {
                             if (failed == asio::error::operation_aborted) return;
                             if (failed) return stop();
                             watch_stdin();
                           });
  }

  // The first time: no more connections, running invocations may end. The second: all is killed.
  void stop() {
    const bool is_second = std::exchange(is_stopping_, true);
    const Duration grace = is_second ? Duration{0} : options_.config.shutdown_grace;
    http_.stop_accepting();
    const Duration extensions = is_second ? Duration{0} : host_->begin_shutdown();
    if (is_second) host_->end_shutdown();
    host_->driver().shutdown(grace);
    give_up_ = std::chrono::steady_clock::now() + std::max(grace, extensions) + exit_margin;
    wait_until_quiet();
  }

  void wait_until_quiet() {
    const bool is_late = std::chrono::steady_clock::now() >= give_up_;
    if (is_late || (host_->is_quiet() && http_.connection_count() == 0)) {
      loop_.stop();
      return;
    }
    // A client that keeps its connection open without a request is not waited for.
    if (host_->is_quiet() && ++quiet_polls_ > 5) http_.close();
    quiet_timer_.expires_after(quiet_poll);
    quiet_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) wait_until_quiet();
    });
  }

  ServeOptions options_;
  asio::io_context loop_{1};
  observe::Log log_;
  LogFlusher flusher_;
  FrontDoor door_;
  front::HttpServer http_;
  std::unique_ptr<Host> host_;
  std::unique_ptr<Reload> reload_;
  asio::signal_set signals_;
  asio::posix::stream_descriptor stdin_;
  char stdin_bytes_[512] = {};
  asio::steady_timer quiet_timer_;
  std::chrono::steady_clock::time_point give_up_;
  int quiet_polls_ = 0;
  bool is_stopping_ = false;
};

}  // namespace

Result<void> serve(ServeOptions options) { return Server(std::move(options)).run(); }

}  // namespace smyth::live
