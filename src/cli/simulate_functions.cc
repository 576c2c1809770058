#include "cli/simulate_functions.h"

#include "cli/project.h"
#include "cli/simulate_strategies.h"
#include "simulate/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace smyth::cli {
namespace {

constexpr std::uint32_t no_limit = std::numeric_limits<std::uint32_t>::max();

// Of AWS's SDKs in their standard mode (docs/reference/simulation.md).
constexpr std::uint32_t sdk_attempts = 3;

// Lambda knows no slots: a function has as many environments as it needs and is allowed.
core::FunctionSpec lambdas_spec() {
  return {.queue_limit = no_limit,
          .overflow = core::Overflow::throttle,
          .timeout = Duration{0},
          .queue_wait = Duration{0},
          .next_wait = Duration{0}};
}

// As Lambda would know it, or with --as-configured as the server does.
void apply_configuration(const SimulateOptions& options, const config::Function& configured,
                         simulate::Function& function) {
  const config::Simulated& simulated = configured.simulated;
  function.memory_mib = simulated.memory_mib.value_or(configured.memory_mib);
  function.architecture = simulated.architecture == "arm64" ? simulate::Architecture::arm64
                                                            : simulate::Architecture::x86_64;
  core::FunctionSpec& spec = function.model.spec;
  spec.reserved = configured.spec.reserved;
  spec.provisioned = configured.spec.provisioned;
  spec.concurrency = configured.spec.concurrency;  // For a strategy of the user's.
  if (!options.as_configured) return;
  spec = configured.spec;
  spec.prepares = false;
  spec.next_wait = Duration{0};
  function.model.without_slot_limit = false;
}

void read_laws(const SimulateOptions& options, const config::Config* config,
               const config::Function* configured, SimulateReader& reader,
               simulate::Function& function) {
  using config::Simulated;
  const auto of = [&](const std::string& text, const char* option,
                      config::Written Simulated::* written, const char* setting) {
    return given(text, option, config, configured, written, setting);
  };
  const auto duration =
      reader.law(of(options.duration, "--duration", &Simulated::duration, "duration"));
  if (duration) {
    function.model.duration = duration->law;
    function.duration_text = duration->text;
  }
  const Given whole =
      of(options.cold_duration, "--cold-duration", &Simulated::cold_duration, "cold_duration");
  const Given init = of(options.init, "--init", &Simulated::init, "init");
  if (!whole.text.empty() && !init.text.empty() && whole.place.empty() == init.place.empty()) {
    reader.note(
        {ErrorCode::misused,
         fmt::format("{} and {} both say how long a cold call takes", whole.name, init.name),
         "keep one: a cold call takes `init` and then its duration, or `cold_duration`"},
        whole.place);
  }
  // What is said on the command line wins over the other of the configuration.
  const bool is_whole = !whole.text.empty() && (whole.place.empty() || init.text.empty());
  if (is_whole) {
    if (auto law = reader.law(whole)) {
      function.model.cold_duration = std::move(law->law);
      function.init_text = "cold " + law->text;
    }
  } else if (auto law = reader.law(init)) {
    function.model.init = std::move(law->law);
    function.init_text = law->text;
  }
  const auto errors = reader.read(of(options.errors, "--errors", &Simulated::errors, "errors"),
                                  simulate::read_share);
  if (errors) function.model.errors = static_cast<std::uint32_t>(std::lround(*errors * 1e6));
}

// What was measured wins over the configuration's laws, and what is typed over both.
void apply_measurement(const SimulateOptions& options, const simulate::Measurement& measured,
                       simulate::Function& function) {
  sim::CallFunction& model = function.model;
  if (options.duration.empty()) {
    model.duration = sim::Law::empirical(measured.warm);
    function.duration_text = "measured";
  }
  if (options.init.empty() && options.cold_duration.empty() && !measured.inits.empty()) {
    model.init = sim::Law::empirical(measured.inits);
    model.cold_duration.reset();
    function.init_text = "measured";
  }
  if (options.errors.empty()) {
    const std::uint64_t millionths = std::uint64_t{1'000'000} * measured.errors;
    model.errors = static_cast<std::uint32_t>(millionths / measured.invocations);
  }
}

void read_strategy(const SimulateOptions& options, SimulateReader& reader,
                   simulate::Function& function) {
  core::FunctionSpec& spec = function.model.spec;
  if (is_users_strategy(options.strategy)) {
    spec.strategy = core::Strategy::user;
    // It chooses from slots, of which there are as many as the server would have.
    if (options.concurrency.empty()) function.model.without_slot_limit = false;
    if (options.concurrency == "none") {
      reader.misused(fmt::format("`--strategy {}` needs slots to choose from", options.strategy),
                     "say how many: `--concurrency 10`");
    }
    return;
  }
  constexpr std::array<std::pair<std::string_view, core::Strategy>, 6> strategies = {
      {{"first_warm", core::Strategy::first_warm},
       {"round_robin", core::Strategy::round_robin},
       {"lru", core::Strategy::least_recently_used},
       {"newest", core::Strategy::newest},
       {"oldest", core::Strategy::oldest},
       {"random", core::Strategy::random}}};
  // As the configuration writes it, too.
  const std::string name_given = options.strategy == config::builtin_first_warm ? "first_warm"
                                 : options.strategy == config::builtin_round_robin
                                     ? "round_robin"
                                     : options.strategy;
  if (const auto name =
          reader.word(name_given, "--strategy",
                      {"first_warm", "round_robin", "lru", "newest", "oldest", "random"})) {
    spec.strategy =
        std::ranges::find(strategies, *name, [](const auto& known) { return known.first; })->second;
  }
}

void read_limits(const SimulateOptions& options, SimulateReader& reader,
                 simulate::Function& function) {
  core::FunctionSpec& spec = function.model.spec;
  if (const auto mib = reader.count(options.memory, "--memory", 128, 32'768)) {
    function.memory_mib = static_cast<std::uint32_t>(*mib);
  }
  if (const auto name = reader.word(options.architecture, "--arch", {"x86_64", "arm64"})) {
    function.architecture =
        *name == "arm64" ? simulate::Architecture::arm64 : simulate::Architecture::x86_64;
  }
  if (options.timeout == "none") {
    spec.timeout = Duration{0};
  } else if (const auto limit = reader.read(options.timeout, "--timeout", simulate::read_length)) {
    spec.timeout = *limit;
    if (*limit == Duration{0}) {
      reader.misused("`--timeout` is no time at all", "write `--timeout 3s`, or `none`");
    }
  }
  if (options.concurrency == "none") function.model.without_slot_limit = true;
  if (options.concurrency != "none") {
    if (const auto slots = reader.count(options.concurrency, "--concurrency", 1, 1'000'000)) {
      spec.concurrency = static_cast<std::uint32_t>(*slots);
      function.model.without_slot_limit = false;
    }
  }
  if (const auto word = reader.word(options.retries, "--retries", {"none", "sdk"})) {
    function.model.attempts = *word == "sdk" ? sdk_attempts : 1;
  }
  if (const auto limit = reader.limit(options.queue_limit, "--queue-limit", no_limit)) {
    spec.queue_limit = *limit;
  }
  if (const auto limit = reader.limit(options.reserved, "--reserved", core::unreserved)) {
    spec.reserved = *limit;
  }
  function.schedule.otherwise = spec.provisioned;
  if (auto schedule = reader.read(options.provisioned, "--provisioned", simulate::read_schedule)) {
    function.schedule = *std::move(schedule);
  }
  read_strategy(options, reader, function);
  if (const auto name = reader.word(options.overflow, "--overflow", {"throttle", "queue"})) {
    spec.overflow = *name == "queue" ? core::Overflow::queue : core::Overflow::throttle;
  }
}
simulate::Function function_of(const SimulateOptions& options, const config::Config* config,
                               const std::string& name, const simulate::Measurement* measured,
                               SimulateReader& reader) {
  simulate::Function function;
  function.name = name;
  function.model.spec = lambdas_spec();
  function.model.without_slot_limit = true;
  const config::Function* known = configured(config, name);
  if (known) apply_configuration(options, *known, function);
  read_laws(options, config, known, reader, function);
  if (measured) apply_measurement(options, *measured, function);
  read_limits(options, reader, function);
  if (const std::uint32_t most = function.schedule.most(); most > function.model.spec.reserved) {
    reader.misused(fmt::format("function {} provisions {}, but reserves only {}",
                               name.empty() ? "of the traffic" : fmt::format("`{}`", name), most,
                               function.model.spec.reserved),
                   "what is provisioned is a part of what is reserved: reserve more");
  }
  return function;
}

}  // namespace

const config::Function* configured(const config::Config* config, const std::string& name) {
  if (!config) return nullptr;
  const auto found = std::ranges::find(config->functions, name, &config::Function::name);
  return found == config->functions.end() ? nullptr : &*found;
}

Given given(const std::string& option_text, const char* option, const config::Config* config,
            const config::Function* function, config::Written config::Simulated::* written,
            const char* setting) {
  if (!option_text.empty() || !function) return {option_text, option, {}};
  const config::Written& value = function->simulated.*written;
  return {value.text, fmt::format("`{}` of function `{}`", setting, function->name),
          fmt::format("{}:{}", config->file.string(), value.line)};
}

void read_functions(const SimulateOptions& options, const config::Config* config,
                    const Measurements& measured, SimulateReader& reader,
                    simulate::Question& question) {
  std::vector<std::string> names = options.functions;
  if (config && names.empty()) {
    for (const config::Function& function : config->functions) names.push_back(function.name);
  }
  for (const std::string& name : names) {
    if (config) {
      if (auto known = check_function(*config, name); !known) reader.note(known.error());
    }
    const auto same = std::ranges::find(question.functions, name, &simulate::Function::name);
    if (same != question.functions.end()) continue;
    const auto seen = measured.find(name);
    question.functions.push_back(function_of(
        options, config, name, seen == measured.end() ? nullptr : &seen->second, reader));
  }
  question.prototype = function_of(options, nullptr, {}, nullptr, reader);
  if (options.memory.empty()) question.prototype.memory_mib = 0;
  question.only_these = !options.functions.empty();
}

}  // namespace smyth::cli
