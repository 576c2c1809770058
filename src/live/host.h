#pragma once

#include "config/config.h"
#include "front/invoke_api.h"
#include "live/driver.h"
#include "live/environ.h"
#include "live/loop_timer.h"
#include "live/runtimes.h"
#include "live/record_file.h"
#include "live/uuid.h"
#include "observe/log.h"
#include "package/packages.h"
#include "runtime/python_package.h"
#include "runtime/terminal.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::runtime {
class HooksProcess;
class PythonRuntime;
}  // namespace smyth::runtime

namespace smyth::runtime_api {
class ExtendedRuntime;
class ManagedRuntime;
class ProgramRuntime;
}  // namespace smyth::runtime_api

namespace smyth::telemetry {
class Telemetry;
}

namespace boost::asio {
class thread_pool;
}

namespace smyth::live {

struct HostOptions {
  config::Config config;               // With the command line's host, port and so on in it.
  config::Config configured;           // As the file says: what a changed file is compared with.
  std::filesystem::path start_folder;  // Working directory of handlers.
  std::filesystem::path record_file;   // Empty: nothing is recorded.
  std::string endpoint_url;            // What AWS_ENDPOINT_URL_LAMBDA says; empty: not set.
  bool no_timeout = false;             // For IDE debuggers.
};

// The functions of a configuration, ready to be invoked, without any HTTP: the driver with its
// runtime, hooks, clock and record on one event loop. A server stands in front of it, or a single
// invocation.
class Host {
 public:
  // The front must outlive the host, and the loop may not run any more when the host is gone.
  static Result<std::unique_ptr<Host>> open(boost::asio::io_context& loop, HostOptions options,
                                            Front& front, observe::Log& log);
  ~Host();

  Driver& driver() { return *driver_; }
  Timer& timer() { return *timer_; }
  runtime::HooksProcess& hooks() { return *hooks_; }
  const config::Config& config() const { return options_.config; }
  const std::filesystem::path& start_folder() const { return options_.start_folder; }
  const front::Account& account() const { return account_; }

  // The number of a configured function.
  std::optional<std::uint32_t> index_of(std::string_view name) const;

  // Called when there are functions that were not there before, or others are gone.
  void set_on_functions(std::function<void()> on_functions) {
    on_functions_ = std::move(on_functions);
  }

  // Adds, changes and removes functions so that they are as in `next`, and nothing else. What is
  // packed in layers and .zip files waits for those, and nobody else does.
  void apply(const config::Config& next);
  // The folders and .zip files that functions are packed in.
  std::vector<std::filesystem::path> packages() const;
  // What is in some of them may have changed, if it is at or below or above these paths:
  // environments that start from now on have it.
  void repack(const std::vector<std::string>& paths, bool everything);
  // Nothing happens any more: what is recorded is written to the end. The error: it is not whole.
  Result<void> end_record();
  // Before the driver is told to shut down: how long extensions may take for their end. What begins
  // to end later has what is left of it.
  Duration begin_shutdown();
  // Extensions that still take their time die at once.
  void end_shutdown();
  // Nothing runs any more and every process is reaped.
  bool is_quiet() const;

 private:
  // What a function's .zip file and its layers have become; empty: it has none.
  struct Packed {
    std::filesystem::path code;
    std::filesystem::path layers;
  };

  Host(boost::asio::io_context& loop, HostOptions options, observe::Log& log);
  Result<void> start(Front& front);
  Result<void> open_record();
  static Result<Packed> pack(package::Packages& packages, const config::Function& function,
                             const std::filesystem::path& root);
  // What was asked for and cannot be had on this system.
  void tell_limits();
  void stand_by();
  Result<void> need_packages();
  Result<void> add(const config::Function& function);
  // It is new, or may start otherwise than before.
  void renew(const config::Function& function);
  void configure(std::uint32_t index, const config::Function& function,
                 const Result<Packed>& packed);
  std::vector<std::string> sys_path() const;
  runtime::StartSpec start_spec(const config::Function& function, const Packed& packed);
  void add_packages(const config::Function& function, const Packed& packed,
                    runtime::StartSpec& spec);
  void tell_missing_program(const runtime::StartSpec& spec);
  void tell_once(const std::string& warning);
  // That a function is meant for another machine than this.
  void tell_architecture(const config::Function& function);
  void tell(const Error& error);
  runtime::StartSpec hooks_spec() const;
  config::Function with_flags(config::Function function) const;
  static Result<Environ> load_env_file(const config::Config& config);

  boost::asio::io_context& loop_;
  HostOptions options_;
  observe::Log& log_;
  front::Account account_;
  Environ shell_;
  Environ env_file_;
  UuidSource uuids_;
  runtime::Terminal terminal_;
  std::unique_ptr<RecordFile> record_;  // None: nothing is recorded.
  std::filesystem::path interpreter_;   // Our Python's; empty: it is not known.
  runtime::PythonPackage package_;
  std::map<std::string, std::uint32_t> repacked_;  // How often, by function.
  std::set<std::string> told_;
  std::function<void()> on_functions_ = [] {};
  std::unique_ptr<LoopTimer> timer_;
  std::unique_ptr<runtime::PythonRuntime> python_;
  std::unique_ptr<runtime_api::ProgramRuntime> program_;
  std::unique_ptr<runtime_api::ManagedRuntime> managed_;
  std::unique_ptr<Runtimes> runtimes_;
  std::unique_ptr<telemetry::Telemetry> telemetry_;
  std::unique_ptr<runtime_api::ExtendedRuntime> runtime_;
  std::unique_ptr<runtime::HooksProcess> hooks_;
  std::unique_ptr<Driver> driver_;
  std::unique_ptr<package::Packages> packages_;  // None: no function has had any.
  // Makes them while functions are served, in order; it is gone before they are.
  std::unique_ptr<boost::asio::thread_pool> packer_;
};

}  // namespace smyth::live
