#include "cli/simulate_question.h"

#include "base/nearest.h"
#include "simulate/lives.h"
#include "simulate/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

namespace smyth::cli {
namespace {

using simulate::Question;

constexpr std::uint64_t concurrency_max = 10'000'000;

// Reads options one after another and keeps the first error.
class Reader {
 public:
  // What an option that was given is read as, or nothing.
  template <class Read>
  auto read(const std::string& text, std::string_view name, Read read_text)
      -> std::optional<typename decltype(read_text(text, name))::value_type> {
    if (text.empty() || error_) return std::nullopt;
    auto value = read_text(text, name);
    if (value) return *std::move(value);
    error_ = value.error();
    return std::nullopt;
  }
  std::optional<std::uint64_t> count(const std::string& text, std::string_view name,
                                     std::uint64_t least = 0,
                                     std::uint64_t most = concurrency_max) {
    return read(text, name, [=](std::string_view given, std::string_view what) {
      return simulate::read_count(given, what, least, most);
    });
  }
  // A number, or nothing that limits: `none`.
  std::optional<std::uint32_t> limit(const std::string& text, std::string_view name,
                                     std::uint32_t none, std::uint64_t least = 0) {
    if (text == "none") return none;
    const auto number = count(text, name, least);
    return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
  }
  std::optional<std::string> word(const std::string& text, std::string_view name,
                                  std::initializer_list<std::string_view> known) {
    return read(
        text, name, [&](std::string_view given, std::string_view what) -> Result<std::string> {
          if (std::ranges::find(known, given) != known.end()) return std::string(given);
          const std::string_view near = nearest(given, std::vector<std::string_view>(known));
          return misuse(fmt::format("`{}` is no value of {}", given, what),
                        near.empty() ? fmt::format("write `{}`", fmt::join(known, "` or `"))
                                     : fmt::format("did you mean `{}`?", near));
        });
  }

  void note(Error error) {
    if (!error_) error_ = std::move(error);
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  std::optional<Error> error_;
};

// What Lambda would know of a function of the configuration.
simulate::Function configured(const config::Function& function) {
  simulate::Function made;
  made.name = function.name;
  made.memory_mib = function.memory_mib;
  made.model.spec.reserved = function.spec.reserved;
  made.model.spec.provisioned = function.spec.provisioned;
  return made;
}

// Lambda knows no slots: a function has as many environments as it needs and is allowed.
void set_defaults(core::FunctionSpec& spec) {
  spec.overflow = core::Overflow::throttle;
  spec.timeout = spec.queue_wait = Duration{0};
  spec.next_wait = Duration{0};
}

void read_function(const SimulateOptions& options, Reader& reader, simulate::Function& function) {
  core::FunctionSpec& spec = function.model.spec;
  function.model.without_slot_limit = true;
  set_defaults(spec);
  if (auto law = reader.read(options.duration, "--duration", simulate::read_law)) {
    function.model.duration = std::move(law->law);
    function.duration_text = law->text;
  }
  if (auto law = reader.read(options.init, "--init", simulate::read_law)) {
    function.model.init = std::move(law->law);
    function.init_text = law->text;
  }
  if (const auto mib = reader.count(options.memory, "--memory", 128, 32'768)) {
    function.memory_mib = static_cast<std::uint32_t>(*mib);
  }
  if (const auto name = reader.word(options.architecture, "--arch", {"x86_64", "arm64"})) {
    function.architecture =
        *name == "arm64" ? simulate::Architecture::arm64 : simulate::Architecture::x86_64;
  }
  if (const auto limit = reader.read(options.timeout, "--timeout", simulate::read_length)) {
    spec.timeout = *limit;
  }
  if (const auto share = reader.read(options.errors, "--errors", simulate::read_share)) {
    function.model.errors = static_cast<std::uint32_t>(*share * 1e6 + 0.5);
  }
  if (const auto limit = reader.limit(options.reserved, "--reserved", core::unreserved)) {
    spec.reserved = *limit;
  }
  if (const auto count = reader.limit(options.provisioned, "--provisioned", 0)) {
    spec.provisioned = *count;
  }
  constexpr std::array<std::pair<std::string_view, core::Strategy>, 6> strategies = {
      {{"first_warm", core::Strategy::first_warm},
       {"round_robin", core::Strategy::round_robin},
       {"lru", core::Strategy::least_recently_used},
       {"newest", core::Strategy::newest},
       {"oldest", core::Strategy::oldest},
       {"random", core::Strategy::random}}};
  if (const auto name =
          reader.word(options.strategy, "--strategy",
                      {"first_warm", "round_robin", "lru", "newest", "oldest", "random"})) {
    spec.strategy =
        std::ranges::find(strategies, *name, [](const auto& known) { return known.first; })->second;
  }
  if (const auto name = reader.word(options.overflow, "--overflow", {"throttle", "queue"})) {
    spec.overflow = *name == "queue" ? core::Overflow::queue : core::Overflow::throttle;
  }
}

std::string limit_text(std::uint64_t limit) {
  return limit == 0 ? std::string("none") : std::to_string(limit);
}

// `1000` in ten seconds for each function, `none`, or `legacy:3000,500`: a burst that all share,
// and what comes to it each minute.
void read_scaling(const SimulateOptions& options, Reader& reader, core::AccountSpec& account) {
  constexpr std::string_view legacy = "legacy:";
  if (!options.scaling.starts_with(legacy)) {
    if (const auto limit = reader.limit(options.scaling, "--scaling", 0, 1)) {
      account.scaling = *limit;
    }
    return;
  }
  const std::string both = options.scaling.substr(legacy.size());
  const std::size_t comma = std::min(both.find(','), both.size());
  const auto burst =
      reader.count(both.substr(0, comma), "--scaling legacy:BURST,RATE", 1, 1'000'000);
  const std::string rate = comma < both.size() ? both.substr(comma + 1) : "500";
  const auto a_minute = reader.count(rate, "--scaling legacy:BURST,RATE", 1, 1'000'000);
  if (!burst || !a_minute) return;
  account.scaling_burst = static_cast<std::uint32_t>(*burst);
  account.scaling = static_cast<std::uint32_t>(*a_minute);
}

void read_account(const SimulateOptions& options, Reader& reader, Question& question) {
  core::AccountSpec account{.concurrency = 1'000};
  if (const auto limit = reader.limit(options.account, "--account", 0, 1)) {
    account.concurrency = *limit;
  }
  read_scaling(options, reader, account);
  if (const auto limit = reader.limit(options.request_rate, "--request-rate", 0, 1)) {
    account.request_rate = *limit;
  }
  if (account.concurrency > 0) question.account = account;
  const bool is_given =
      !options.account.empty() || !options.scaling.empty() || !options.request_rate.empty();
  question.constants.push_back(
      {.name = "limits",
       .value = account.concurrency == 0
                    ? std::string("none")
                    : fmt::format("account {}, {} new environments in 10 s, {} requests/s each",
                                  account.concurrency, limit_text(account.scaling),
                                  limit_text(account.request_rate)),
       .origin = is_given ? simulate::Origin::given : simulate::Origin::documented,
       .source = is_given ? "" : "Lambda's quotas"});
}

void read_life(const SimulateOptions& options, Reader& reader, Question& question) {
  const std::string text = options.life.empty() ? "aws-2020" : options.life;
  const auto life = reader.read(text, "--life", [](std::string_view given, std::string_view) {
    return simulate::read_life(given);
  });
  if (!life) return;
  for (simulate::Function& function : question.functions) life->apply(function.model.spec);
  life->apply(question.prototype.model.spec);
  question.constants.push_back(life->constant);
}

void read_run(const SimulateOptions& options, Reader& reader, Question& question) {
  constexpr auto any = std::numeric_limits<std::uint64_t>::max();
  question.seed = reader.count(options.seed, "--seed", 0, any).value_or(1);
  const auto replications = reader.count(options.replications, "--replications", 1, 100'000);
  question.replications = static_cast<std::uint32_t>(replications.value_or(1));
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  const auto threads = reader.count(options.threads, "--threads", 1, 1'024);
  question.threads = static_cast<std::uint32_t>(threads.value_or(cores));
  if (const auto warm_up = reader.read(options.warm_up, "--warmup", simulate::read_length)) {
    question.warm_up = *warm_up;
  }
  question.free_tier = options.free_tier ? simulate::FreeTier::yes : simulate::FreeTier::no;
  question.length =
      reader.read(options.length, "--for", simulate::read_length).value_or(std::chrono::hours(24));
  if (question.warm_up >= *question.length) {
    reader.note({ErrorCode::misused, "`--warmup` is as long as all of the simulation",
                 "make `--for` longer"});
  }
}

void read_traffic(const SimulateOptions& options, Reader& reader, Question& question) {
  const auto rate = reader.read(options.rate, "--rate", simulate::read_rate);
  if (options.rate.empty()) {
    reader.note({ErrorCode::misused, "no traffic is said", "add `--rate 50`: calls a second"});
  }
  if (!rate) return;
  for (std::uint32_t i = 0; i < question.functions.size(); ++i) {
    question.streams.push_back({i, sim::PoissonArrivals{{{TimePoint{}, *rate}}}});
  }
  question.traffic_text = fmt::format("{} calls/s", *rate);
}

}  // namespace

Result<Question> question_of(const SimulateOptions& options, const config::Config* config) {
  Reader reader;
  Question question;
  const auto all = config ? std::span<const config::Function>(config->functions)
                          : std::span<const config::Function>();
  for (const config::Function& function : all) {
    const bool is_meant =
        options.functions.empty() ||
        std::ranges::find(options.functions, function.name) != options.functions.end();
    if (is_meant) question.functions.push_back(configured(function));
  }
  for (const std::string& name : options.functions) {
    if (std::ranges::find(question.functions, name, &simulate::Function::name) !=
        question.functions.end()) {
      continue;
    }
    // A name of one's own needs all that the configuration would say.
    if (options.duration.empty()) {
      reader.note({ErrorCode::misused, fmt::format("there is no function `{}`", name),
                   "say how long its calls take: `--duration 80ms`"});
    }
    question.functions.push_back({.name = name});
  }
  if (question.functions.empty()) question.functions.push_back({.name = "function"});
  for (simulate::Function& function : question.functions) {
    read_function(options, reader, function);
  }
  read_function(options, reader, question.prototype);
  read_account(options, reader, question);
  read_life(options, reader, question);
  read_run(options, reader, question);
  read_traffic(options, reader, question);
  if (reader.error()) return std::unexpected(*reader.error());
  return question;
}

}  // namespace smyth::cli
