#include "cli/simulate_measure.h"

#include "cli/event.h"
#include "cli/project.h"
#include "live/session.h"
#include "simulate/words.h"
#include "traffic/report_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>

namespace smyth::cli {
namespace {

constexpr std::uint64_t warm_default = 20;
constexpr std::uint64_t warm_max = 100'000;

// An environment that expires at once, so that the next invocation is cold.
constexpr Duration no_time = std::chrono::milliseconds(1);

// The configuration with this function alone, in one environment that ends when it is said.
config::Config alone(config::Config config, const std::string& name, Duration idle_max) {
  std::erase_if(config.functions,
                [&](const config::Function& function) { return function.name != name; });
  for (config::Function& function : config.functions) {
    core::FunctionSpec& spec = function.spec;
    spec.concurrency = function.capacity;
    spec.provisioned = 0;
    spec.reserved = core::unreserved;
    spec.idle_max = idle_max;
    spec.function_idle_max = spec.life_max = Duration{0};
  }
  config.account = {};
  return config;
}

// The REPORT line of an invocation's log: the last one.
traffic::Report report_of(std::string_view log) {
  traffic::Report last;
  const traffic::TextFile nowhere = traffic::TextFile::of({}, "log");
  for (std::size_t begin = 0; begin < log.size();) {
    const std::size_t end = std::min(log.find('\n', begin), log.size());
    const auto found = traffic::report_in(log.substr(begin, end - begin), nowhere, 1);
    const std::optional<traffic::Report> report = found ? *found : std::nullopt;
    if (report) last = *report;
    begin = end + 1;
  }
  return last;
}

// A function that is measured.
class Handler {
 public:
  Handler(const config::Config& config, std::string name, std::string event)
      : config_(config), name_(std::move(name)), event_(std::move(event)) {}

  // False: it was interrupted.
  Result<bool> run(std::uint64_t count, std::uint64_t cold_count) {
    if (auto cold = invoke(cold_count, no_time); !cold || !*cold) return cold;
    if (auto warm = invoke(count + 1, Duration{0}); !warm || !*warm) return warm;
    if (measured_.errors == measured_.invocations) {
      return fail(fmt::format("`{}` fails each time: {}", name_, first_error_),
                  "how long it takes to fail says nothing: give it an event that it can work with, "
                  "`--event FILE`");
    }
    if (!measured_.warm.empty()) return true;
    return fail(fmt::format("no environment of `{}` serves a second time: {}", name_, first_error_),
                "say how long it takes with `--duration`");
  }

  simulate::Measurement take() { return std::move(measured_); }

 private:
  // So many invocations, one after the other; the first is cold.
  Result<bool> invoke(std::uint64_t count, Duration idle_max) {
    std::error_code ignored;
    const auto session =
        live::Session::open({.config = alone(config_, name_, idle_max),
                             .start_folder = std::filesystem::current_path(ignored),
                             .level = observe::Level::critical,
                             .output = false});
    if (!session) return std::unexpected(session.error());
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto ended = (*session)->invoke(name_, event_);
      if (!ended) return std::unexpected(ended.error());
      const std::optional<live::Session::Outcome>& outcome = *ended;
      if (!outcome) return false;
      note(*outcome);
      if (idle_max > Duration{0}) (*session)->wait_until_cold(name_);
    }
    return true;
  }

  void note(const live::Session::Outcome& outcome) {
    const traffic::Report report = report_of(outcome.log);
    ++measured_.invocations;
    if (report.init >= Duration{0}) measured_.inits.push_back(report.init);
    // After a crash or a timeout, init is a part of the duration: it tells of neither.
    if (!outcome.cold) measured_.warm.push_back(report.duration);
    if (!outcome.is_error) return;
    if (++measured_.errors == 1) first_error_ = outcome.payload;
  }

  const config::Config& config_;
  std::string name_;
  std::string event_;
  simulate::Measurement measured_;
  std::string first_error_;  // What its first invocation that failed answered.
};

std::vector<std::string> names_of(const SimulateOptions& options, const config::Config& config) {
  if (!options.functions.empty()) return options.functions;
  std::vector<std::string> names;
  names.reserve(config.functions.size());
  for (const config::Function& function : config.functions) names.push_back(function.name);
  return names;
}

}  // namespace

Result<std::optional<Measurements>> measure(const SimulateOptions& options,
                                            const config::Config* config) {
  Measurements measurements;
  if (!options.is_measured) {
    if (options.event.empty()) return measurements;
    return misuse("`--event` is of `--measure`", "add `--measure`");
  }
  if (!config) {
    return misuse("`--measure`, but there is no configuration",
                  "name it with `--config`: its handlers are run");
  }
  const auto warm = options.measure.empty()
                        ? Result<std::uint64_t>(warm_default)
                        : simulate::read_count(options.measure, "--measure", 1, warm_max);
  if (!warm) return std::unexpected(warm.error());
  const std::uint64_t cold = std::max<std::uint64_t>(*warm / 4, 1);
  auto event = read_event(options.event);
  if (!event) return std::unexpected(event.error());
  for (const std::string& name : names_of(options, *config)) {
    if (auto known = check_function(*config, name); !known) return std::unexpected(known.error());
    if (::isatty(STDERR_FILENO) == 1) fmt::print(stderr, "measuring `{}`\n", name);
    Handler handler(*config, name, *event);
    const auto done = handler.run(*warm, cold);
    if (!done) return std::unexpected(done.error());
    if (!*done) return std::nullopt;
    measurements.emplace(name, handler.take());
  }
  return measurements;
}

}  // namespace smyth::cli
