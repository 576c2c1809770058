#include "cli/simulate_strategies.h"

#include "live/asked_strategies.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

namespace smyth::cli {
namespace {

// Asks in a process of its own; the functions are known by their numbers.
class PythonStrategies final : public simulate::Strategies {
 public:
  PythonStrategies(std::unique_ptr<live::AskedStrategies> asked, std::vector<std::string> names)
      : asked_(std::move(asked)), names_(std::move(names)) {}

  std::optional<Slot> choose(std::uint32_t function,
                             std::span<const core::SlotView> slots) override {
    if (error_) return std::nullopt;
    if (function >= names_.size()) {
      error_ = {ErrorCode::misused, "a function that only the traffic names has no strategy",
                "name the functions that are meant"};
      return std::nullopt;
    }
    auto chosen = asked_->choose(names_[function], slots);
    if (chosen) return *chosen;
    error_ = std::move(chosen.error());
    error_->message =
        fmt::format("the strategy of `{}` failed: {}", names_[function], error_->message);
    return std::nullopt;
  }

  const std::optional<Error>& error() const override { return error_; }

 private:
  std::unique_ptr<live::AskedStrategies> asked_;
  std::vector<std::string> names_;
  std::optional<Error> error_;
};

bool has_users_strategy(const simulate::Function& function) {
  return function.model.spec.strategy == core::Strategy::user;
}

// As it is written in the configuration.
std::string dotted(std::string path) {
  std::ranges::replace(path, ':', '.');
  return path;
}

}  // namespace

bool is_users_strategy(std::string_view name) {
  return name != config::builtin_first_warm && name != config::builtin_round_robin &&
         name.find_first_of(".:") != std::string_view::npos && name.front() != '.' &&
         name.back() != '.';
}

Result<void> add_strategies(const SimulateOptions& options, const config::Config* config,
                            simulate::Question& question) {
  if (std::ranges::none_of(question.functions, has_users_strategy)) return {};
  if (!config) {
    return misuse(fmt::format("`{}` is no strategy of smyth's, and there is no configuration",
                              options.strategy),
                  "one of your own is asked in the project's Python: name the configuration with "
                  "`--config`");
  }
  config::Config asked = *config;
  for (config::Function& function : asked.functions) {
    if (!is_users_strategy(options.strategy)) continue;
    function.strategy = dotted(options.strategy);
    function.spec.strategy = core::Strategy::user;
  }
  std::vector<std::string> names;
  names.reserve(question.functions.size());
  for (const simulate::Function& function : question.functions) names.push_back(function.name);
  question.threads = 1;
  question.constants.push_back({.name = "strategy",
                                .value = "of your own, asked in Python for each call",
                                .origin = simulate::Origin::given,
                                .source = is_users_strategy(options.strategy)
                                              ? options.strategy
                                              : config->file.filename().string()});
  question.strategies = [asked, names]() -> Result<std::unique_ptr<simulate::Strategies>> {
    std::error_code ignored;
    auto opened = live::AskedStrategies::open(asked, std::filesystem::current_path(ignored));
    if (!opened) return std::unexpected(opened.error());
    return std::make_unique<PythonStrategies>(*std::move(opened), names);
  };
  return {};
}

}  // namespace smyth::cli
