#pragma once

#include "base/result.h"
#include "base/time.h"
#include "core/account.h"
#include "sim/call_driver.h"
#include "sim/generated_calls.h"
#include "simulate/prices.h"
#include "simulate/schedule.h"
#include "traffic/call.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smyth::simulate {

// Of a function that nobody says the memory of.
inline constexpr std::uint32_t memory_mib_default = 128;

// A function of a question.
struct Function {
  std::string name;
  sim::CallFunction model;
  std::uint32_t memory_mib = memory_mib_default;  // Of the prototype also 0: the traffic says it.
  Architecture architecture = Architecture::x86_64;
  Schedule schedule;          // Of the provisioned concurrency.
  std::string duration_text;  // The laws as they were written; empty: the traffic says it.
  std::string init_text;
};

// Where a figure of a report comes from.
enum class Origin : std::uint8_t { documented, measured, assumed, given };

struct Constant {
  std::string name;   // "life aws-2020"
  std::string value;  // "function_idle 640 s, surplus_idle 1,100 s, max_life 6,500 s"
  Origin origin = Origin::assumed;
  std::string source;  // "measured in April-June 2020"
};

// The user's strategies in one replication.
class Strategies : public sim::Chooser {
 public:
  // Why one failed; after that all fail.
  virtual const std::optional<Error>& error() const = 0;
};

// What `smyth simulate` is asked: functions, their limits, their traffic, and how well it is to
// know.
struct Question {
  std::vector<Function> functions;
  Function prototype;       // Of functions that only the traffic names.
  bool only_these = false;  // Calls of functions that only the traffic names are left out.
  // Calls of which neither the record nor the function says how long they take are an error.
  bool record_needs_durations = false;
  std::optional<core::AccountSpec> account;
  // Traffic: generated streams, of functions by their place above...
  std::vector<sim::GeneratedCalls::Stream> streams;
  // ...clients in a closed loop...
  std::vector<sim::Clients> clients;
  // ...or a record, opened anew for each replication.
  std::function<Result<std::unique_ptr<traffic::CallSource>>()> record;
  std::string traffic_text;
  // Those that are asked, opened anew for each replication; none: no function has one of the
  // user's.
  std::function<Result<std::unique_ptr<Strategies>>()> strategies;

  // How long traffic comes; of a record until its end, if that is not said.
  std::optional<Duration> length;
  Duration warm_up{0};         // That is no part of the figures.
  bool finds_warm_up = false;  // Instead it is looked for: see warm_up.h.
  std::uint64_t seed = 1;
  std::uint32_t replications = 1;
  std::uint32_t threads = 1;
  FreeTier free_tier = FreeTier::no;
  std::vector<Constant> constants;
  bool is_analytic = false;  // The report has what is known exactly beside it: see closed_form.h.
};

// Of virtual time that all replications take; zero, if only the record knows.
inline double nanoseconds_of(const Question& question) {
  const Duration each = question.length.value_or(Duration{0});
  const double runs = question.replications + (question.finds_warm_up ? 1.0 : 0.0);
  return static_cast<double>(each.count()) * runs;
}

}  // namespace smyth::simulate
