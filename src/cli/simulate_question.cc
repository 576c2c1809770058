#include "cli/simulate_question.h"

#include "cli/simulate_functions.h"
#include "cli/simulate_reader.h"
#include "cli/simulate_strategies.h"
#include "cli/simulate_traffic.h"
#include "simulate/lives.h"
#include "simulate/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <thread>

namespace smyth::cli {
namespace {

using simulate::Question;

// `1000` in ten seconds for each function, `none`, or `legacy:3000,500`: a burst that all share,
// and what comes to it each minute.
void read_scaling(const SimulateOptions& options, SimulateReader& reader,
                  core::AccountSpec& account) {
  constexpr std::string_view legacy = "legacy:";
  if (!options.scaling.starts_with(legacy)) {
    if (const auto limit = reader.limit(options.scaling, "--scaling", 0, 1)) {
      account.scaling = *limit;
    }
    return;
  }
  const std::string both = options.scaling.substr(legacy.size());
  if (both.empty() || both.starts_with(',') || both.ends_with(',')) {
    reader.misused(fmt::format("`{}` is no value of --scaling", options.scaling),
                   "write `legacy:3000,500`");
    return;
  }
  const std::size_t comma = std::min(both.find(','), both.size());
  const auto burst =
      reader.count(both.substr(0, comma), "--scaling legacy:BURST,RATE", 1, 1'000'000);
  const std::string rate = comma < both.size() ? both.substr(comma + 1) : "500";
  const auto a_minute = reader.count(rate, "--scaling legacy:BURST,RATE", 1, 1'000'000);
  if (!burst || !a_minute) return;
  account.scaling_burst = static_cast<std::uint32_t>(*burst);
  account.scaling = static_cast<std::uint32_t>(*a_minute);
}

// What is configured counts; with --as-configured there is no account where none is.
core::AccountSpec account_of(const SimulateOptions& options, const config::Config* config) {
  if (config && config->account.concurrency > 0) return config->account;
  if (config && options.as_configured) return {};
  return {.concurrency = 1'000};
}

std::string scaling_text(const core::AccountSpec& account) {
  if (account.scaling_burst == 0) {
    if (account.scaling == 0) return "any number of new environments";
    return fmt::format("{} new environments in 10 s", account.scaling);
  }
  return fmt::format("a burst of {} new environments and {} more a minute", account.scaling_burst,
                     account.scaling);
}

std::string account_text(const core::AccountSpec& account, bool is_asked) {
  if (account.concurrency > 0) {
    const std::string rate = account.request_rate > 0
                                 ? fmt::format("{} requests/s each", account.request_rate)
                                 : "any number of requests";
    return fmt::format("account {}, {}, {}", account.concurrency, scaling_text(account), rate);
  }
  if (account.request_rate == 0 || !is_asked) return "none";
  return fmt::format("no account, {} requests/s for each reserved", account.request_rate);
}

void read_account(const SimulateOptions& options, const config::Config* config,
                  SimulateReader& reader, Question& question) {
  core::AccountSpec account = account_of(options, config);
  const core::AccountSpec lambdas{.concurrency = 1'000};
  if (const auto limit = reader.limit(options.account, "--account", 0, 1)) {
    account.concurrency = *limit;
    if (*limit == 0) account.request_rate = 0;  // Its rates go with it, of reserved ones, too.
  }
  read_scaling(options, reader, account);
  if (const auto limit = reader.limit(options.request_rate, "--request-rate", 0, 1)) {
    account.request_rate = *limit;
  }
  const bool is_asked = !options.account.empty() || !options.request_rate.empty();
  if (account.concurrency > 0 || is_asked) question.account = account;
  const bool is_given = account != lambdas;
  question.constants.push_back(
      {.name = "limits",
       .value = account_text(account, is_asked),
       .origin = is_given ? simulate::Origin::given : simulate::Origin::documented,
       .source = is_given ? "" : "Lambda's quotas"});
}

void read_life(const SimulateOptions& options, const config::Config* config, SimulateReader& reader,
               Question& question) {
  if (config && options.as_configured && options.life.empty()) {
    question.constants.push_back({.name = "life",
                                  .value = "each function's own",
                                  .origin = simulate::Origin::given,
                                  .source = config->file.filename().string()});
    return;
  }
  const std::string text = options.life.empty() ? "aws-2020" : options.life;
  const auto life = reader.read(text, "--life", [](std::string_view given, std::string_view) {
    return simulate::read_life(given);
  });
  if (!life) return;
  for (simulate::Function& function : question.functions) life->apply(function.model.spec);
  life->apply(question.prototype.model.spec);
  question.constants.push_back(life->constant);
}

void read_run(const SimulateOptions& options, SimulateReader& reader, Question& question) {
  constexpr auto any = std::numeric_limits<std::uint64_t>::max();
  question.seed = reader.count(options.seed, "--seed", 0, any).value_or(1);
  const auto replications = reader.count(options.replications, "--replications", 1, 100'000);
  question.replications = static_cast<std::uint32_t>(replications.value_or(1));
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  const auto threads = reader.count(options.threads, "--threads", 1, 1'024);
  question.threads = static_cast<std::uint32_t>(threads.value_or(cores));
  question.is_analytic = options.analytic;
  question.finds_warm_up = options.warm_up == "auto";
  if (question.finds_warm_up) {
    if (options.trace == "-" || options.logs == "-") {
      reader.misused("`-` can be read only once", "leave out `--warmup auto`");
    }
  } else if (const auto warm_up = reader.read(options.warm_up, "--warmup", simulate::read_length)) {
    question.warm_up = *warm_up;
  }
  question.free_tier = options.free_tier ? simulate::FreeTier::yes : simulate::FreeTier::no;
  question.length = reader.read(options.length, "--for", simulate::read_length);
  if (question.length == Duration{0})
    reader.misused("`--for` is no time at all", "write `--for 1d`");
}

void check_run(SimulateReader& reader, const Question& question) {
  if (question.length && question.warm_up >= *question.length) {
    reader.misused("`--warmup` is as long as all of the simulation", "make `--for` longer");
  }
}

}  // namespace

Result<Question> question_of(const SimulateOptions& options, const config::Config* config,
                             const Measurements& measured, simulate::Laws& laws) {
  if (options.as_configured && !config) {
    return misuse("`--as-configured`, but there is no configuration", "name it with `--config`");
  }
  SimulateReader reader(laws);
  Question question;
  read_functions(options, config, measured, reader, question);
  for (const auto& [function, seen] : measured) {
    question.constants.push_back(simulate::constant_of(function, seen, options.event));
  }
  read_run(options, reader, question);
  read_traffic(options, config, reader, question);
  read_account(options, config, reader, question);
  read_life(options, config, reader, question);
  check_run(reader, question);
  if (const std::optional<Error>& error = reader.error()) return std::unexpected(*error);
  if (auto added = add_strategies(options, config, question); !added) {
    return std::unexpected(std::move(added.error()));
  }
  return question;
}

}  // namespace smyth::cli
