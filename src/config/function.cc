#include "config/function.h"

#include "base/nearest.h"
#include "config/log_settings.h"
#include "config/runtime.h"
#include "core/aws_2020.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

namespace smyth::config {
namespace {

constexpr std::size_t name_bytes_max = 64;  // As AWS limits a function's name.
constexpr Duration queue_wait_without_timeout = std::chrono::seconds(30);

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= name_bytes_max &&
         std::ranges::all_of(name, is_name_character);
}

// Whether it names something in a module: "a.b", "a/b.c".
bool is_dotted(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot != std::string_view::npos && dot > 0 && dot + 1 < path.size() &&
         path[dot - 1] != '/' && path.find_first_of(" \t\r\n:") == std::string_view::npos &&
         !path.starts_with('.') && path.find("..") == std::string_view::npos;
}

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('.') + 1); }
std::string_view module_part(std::string_view path) {
  return path.substr(0, std::min(path.rfind('.'), path.size()));
}

// The built-in whose last part is nearest to that of `path`; empty if none is near.
std::string_view nearest_builtin(std::string_view path,
                                 std::span<const std::string_view> builtins) {
  std::vector<std::string_view> words;
  for (const std::string_view builtin : builtins) words.push_back(last_part(builtin));
  const std::string_view near = nearest(last_part(path), words);
  const auto found = std::ranges::find(words, near);
  return found == words.end() ? std::string_view{}
                              : builtins[static_cast<std::size_t>(found - words.begin())];
}

constexpr std::array<std::string_view, 2> strategies = {builtin_first_warm, builtin_round_robin};
constexpr std::array<std::string_view, 2> event_functions = {builtin_api_gateway_event,
                                                             builtin_invocation_event};
constexpr std::array<std::string_view, 1> context_functions = {builtin_context};

// A dotted path of the user's or one of ours; what stands in our modules must be one of ours.
std::optional<std::string> read_hook(const TableReader& reader, std::string_view key,
                                     std::string_view what, std::string_view function,
                                     std::span<const std::string_view> builtins) {
  auto path = reader.text(key);
  if (!path || std::ranges::find(builtins, *path) != builtins.end()) return path;
  const bool is_ours = module_part(*path) == module_part(builtins.front());
  if (is_dotted(*path) && !is_ours) return path;
  const std::string_view near = nearest_builtin(*path, builtins);
  reader.note(key, fmt::format("unknown {} `{}` for function `{}`", what, *path, function),
              near.empty() ? fmt::format("write `{}`, or `package.module.function` of your own",
                                         builtins.front())
                           : fmt::format("did you mean `{}`?", near));
  return std::nullopt;
}

void read_strategy(const TableReader& reader, Function& function) {
  constexpr std::string_view generator = "strategy_generator_path";
  constexpr std::string_view alias = "strategy_function_path";
  const auto first = read_hook(reader, generator, "dispatch strategy", function.name, strategies);
  const auto second = read_hook(reader, alias, "dispatch strategy", function.name, strategies);
  if (first && second && *first != *second) {
    reader.note(alias,
                fmt::format("{} says `{}`, but `{}` says `{}`", reader.called(alias), *second,
                            generator, *first),
                "both are names of one setting: keep one of them");
  }
  function.strategy = first ? *first : second.value_or(builtin_first_warm);
  function.spec.strategy = function.strategy == builtin_first_warm    ? core::Strategy::first_warm
                           : function.strategy == builtin_round_robin ? core::Strategy::round_robin
                                                                      : core::Strategy::user;
}

void read_hooks(const TableReader& reader, Function& function) {
  function.event_function = read_hook(reader, "event_data_function_path", "event function",
                                      function.name, event_functions)
                                .value_or(builtin_api_gateway_event);
  function.context_function = read_hook(reader, "context_data_function_path", "context function",
                                        function.name, context_functions)
                                  .value_or(builtin_context);
  function.spec.prepares =
      std::ranges::find(event_functions, function.event_function) == event_functions.end() ||
      function.context_function != builtin_context;
}

void read_overflow(const TableReader& reader, core::FunctionSpec& spec) {
  constexpr std::array<std::string_view, 2> words = {"queue", "throttle"};
  const auto word = reader.text("overflow");
  if (!word) return;
  const auto found = std::ranges::find(words, *word);
  if (found == words.end()) {
    const std::string_view near = nearest(*word, words);
    reader.note(
        "overflow",
        fmt::format("{} must be `queue` or `throttle`, not `{}`", reader.called("overflow"), *word),
        near.empty() ? "`queue` waits for an environment, `throttle` refuses as Lambda does"
                     : fmt::format("did you mean `{}`?", near));
    return;
  }
  spec.overflow = *word == "queue" ? core::Overflow::queue : core::Overflow::throttle;
}

// As Lambda: what is provisioned is a part of what is reserved.
void check_provisioned(const TableReader& reader, const core::FunctionSpec& spec) {
  constexpr std::string_view name = "provisioned_concurrency";
  if (spec.provisioned > spec.concurrency) {
    reader.note(name,
                fmt::format("{} is {}, but its `concurrency` is {}", reader.called(name),
                            spec.provisioned, spec.concurrency),
                fmt::format("write `concurrency = {}`, or provision less", spec.provisioned));
  } else if (spec.provisioned > spec.reserved) {
    reader.note(name,
                fmt::format("{} is {}, but its `reserved_concurrency` is {}", reader.called(name),
                            spec.provisioned, spec.reserved),
                "provision less, or reserve more");
  }
}

void read_life(const TableReader& reader, core::FunctionSpec& spec) {
  constexpr std::array<std::string_view, 2> words = {"aws-2020", "none"};
  if (const auto word = reader.text("life")) {
    if (*word == "aws-2020") {
      spec.function_idle_max = core::aws_2020::function_idle_max;
      spec.idle_max = core::aws_2020::idle_max;
      spec.life_max = core::aws_2020::life_max;
    } else if (*word != "none") {
      const std::string_view near = nearest(*word, words);
      reader.note(
          "life",
          fmt::format("{} must be `aws-2020` or `none`, not `{}`", reader.called("life"), *word),
          near.empty() ? "`max_idle` and `max_life` set lengths of your own"
                       : fmt::format("did you mean `{}`?", near));
    }
  }
  spec.idle_max = reader.seconds("max_idle").value_or(spec.idle_max);
  spec.life_max = reader.seconds("max_life").value_or(spec.life_max);
}

void read_tmp(const TableReader& reader, Function& function) {
  constexpr std::array<std::string_view, 2> words = {"own", "shared"};
  const auto word = reader.text("tmp");
  if (!word) return;
  if (std::ranges::find(words, *word) == words.end()) {
    const std::string_view near = nearest(*word, words);
    reader.note("tmp",
                fmt::format("{} must be `own` or `shared`, not `{}`", reader.called("tmp"), *word),
                near.empty() ? "`own` gives each environment its own, as Lambda; `shared` leaves "
                               "the system's"
                             : fmt::format("did you mean `{}`?", near));
    return;
  }
  function.own_tmp = *word == "own";
}

// Where nobody waits for an init, as Lambda has it: the function's timeout, within bounds.
Duration init_timeout_ahead(const core::FunctionSpec& spec) {
  using std::chrono::seconds;
  const Duration timeout = spec.timeout == Duration{0} ? seconds(900) : spec.timeout;
  return std::clamp<Duration>(timeout, seconds(130), seconds(900));
}

void read_cpu(const TableReader& reader, Function& function) {
  constexpr std::string_view name = "cpu";
  constexpr std::array<std::string_view, 2> words = {"all", "proportional"};
  const auto word = reader.text(name);
  if (!word) return;
  if (std::ranges::find(words, *word) == words.end()) {
    const std::string_view near = nearest(*word, words);
    reader.note(
        name,
        fmt::format("{} must be `all` or `proportional`, not `{}`", reader.called(name), *word),
        near.empty() ? "`proportional` gives it as much as its `memory_size` has on Lambda"
                     : fmt::format("did you mean `{}`?", near));
    return;
  }
  function.proportional_cpu = *word == "proportional";
}

void read_ephemeral(const TableReader& reader, Function& function) {
  constexpr std::string_view name = "ephemeral_storage";
  function.ephemeral_mib = static_cast<std::uint32_t>(reader.integer(name).value_or(0));
  if (function.ephemeral_mib > 512 && function.snap_start) {
    reader.note(name, fmt::format("{} is more than SnapStart allows: 512", reader.called(name)),
                "leave it or `snap_start` out");
  }
  // What Lambda gives anyway needs no mount, which a snapshot's forks could not share.
  if (function.snap_start) function.ephemeral_mib = 0;
  if (function.ephemeral_mib == 0 || function.own_tmp) return;
  reader.note(
      name,
      fmt::format("{} is the size of its own `/tmp`, but `tmp` is `shared`", reader.called(name)),
      "leave one of them out");
}

void read_limits(const TableReader& reader, Function& function) {
  core::FunctionSpec& spec = function.spec;
  const auto count = [&](std::string_view name, std::uint32_t otherwise) {
    const auto value = reader.integer(name);
    return value ? static_cast<std::uint32_t>(*value) : otherwise;
  };
  spec.concurrency = count("concurrency", spec.concurrency);
  spec.queue_limit = count("queue_limit", spec.queue_limit);
  read_tmp(reader, function);
  read_ephemeral(reader, function);
  function.isolate = reader.boolean("isolate").value_or(false);
  const auto memory = reader.integer("memory_size");
  function.keeps_memory = memory.has_value();
  function.memory_mib = static_cast<std::uint32_t>(memory.value_or(function.memory_mib));
  read_cpu(reader, function);
  spec.timeout = reader.seconds("timeout").value_or(spec.timeout);
  const Duration wait = spec.timeout == Duration{0} ? queue_wait_without_timeout : spec.timeout;
  spec.queue_wait = reader.seconds("queue_wait").value_or(wait);
  read_overflow(reader, spec);
  spec.reserved = count("reserved_concurrency", spec.reserved);
  spec.provisioned = count("provisioned_concurrency", spec.provisioned);
  check_provisioned(reader, spec);
  read_life(reader, spec);
  if (function.snap_start) spec.init_timeout = init_timeout_ahead(spec);
}

void read_simulated(const TableReader& of_function, Mistakes& mistakes, Function& function) {
  constexpr std::array<std::string_view, 2> architectures = {"x86_64", "arm64"};
  const toml::table* table = of_function.tables("simulate");
  if (!table) return;
  const TableReader reader(*table, Where::simulate,
                           fmt::format(" of function `{}` simulated", function.name), mistakes);
  Simulated& simulated = function.simulated;
  simulated.rate = reader.amount("rate").value_or(Written{});
  simulated.duration = reader.amount("duration").value_or(Written{});
  simulated.init = reader.amount("init").value_or(Written{});
  simulated.cold_duration = reader.amount("cold_duration").value_or(Written{});
  simulated.errors = reader.amount("errors").value_or(Written{});
  if (const auto memory = reader.integer("memory")) {
    simulated.memory_mib = static_cast<std::uint32_t>(*memory);
  }
  if (const auto word = reader.text("architecture")) {
    simulated.architecture = *word;
    if (std::ranges::find(architectures, *word) == architectures.end()) {
      const std::string_view near = nearest(*word, architectures);
      reader.note("architecture",
                  fmt::format("{} must be `x86_64` or `arm64`, not `{}`",
                              reader.called("architecture"), *word),
                  near.empty() ? std::string("they differ in price")
                               : fmt::format("did you mean `{}`?", near));
    }
  }
  reader.note_unknown("the function itself");
}

// For the scheduler, which knows environments that serve one invocation, each is as many.
void share_environments(const TableReader& reader, Function& function) {
  constexpr std::string_view name = "per_environment_concurrency";
  constexpr std::uint32_t slot_count_max = 1'000;
  function.capacity = static_cast<std::uint32_t>(reader.integer(name).value_or(1));
  if (function.capacity == 1) return;
  core::FunctionSpec& spec = function.spec;
  if (spec.concurrency * function.capacity > slot_count_max) {
    reader.note(
        name,
        fmt::format("{} times `concurrency` is {}: at most {} invocations run at a time",
                    reader.called(name), spec.concurrency * function.capacity, slot_count_max),
        "lower one of them");
    return;
  }
  spec.concurrency *= function.capacity;
  spec.provisioned *= function.capacity;
  spec.init_timeout = init_timeout_ahead(spec);
}

}  // namespace

void FunctionReader::check_name(const toml::key& key) {
  const std::string_view name = key.str();
  if (is_name(name)) return;
  std::string better(name.substr(0, name_bytes_max));
  std::ranges::replace_if(better, [](char c) { return !is_name_character(c); }, '_');
  mistakes_.add(key.source(), fmt::format("`{}` cannot name a function", name),
                fmt::format("use 1 to 64 letters, digits, `-` and `_`{}",
                            better.empty() ? "" : fmt::format(": `{}`", better)));
}

void FunctionReader::read_handler_path(const TableReader& reader, Function& function) {
  constexpr std::string_view name = "handler_path";
  const auto path = reader.text(name);
  if (!path) return;
  if (!is_dotted(*path) && is_python(function)) {
    reader.note(name,
                fmt::format("{} names no function in a module: `{}`", reader.called(name), *path),
                "write `package.module.function`");
    return;
  }
  function.handler_path = *path;
}

void FunctionReader::read_url_path(const TableReader& reader, const toml::node* node,
                                   Function& function) {
  constexpr std::string_view name = "url_path";
  function.url_path = reader.text(name);
  if (!function.url_path) return;
  auto syntax = parse_path_pattern(*function.url_path);
  if (!syntax) {
    reader.note(name,
                fmt::format("{}: {}: `{}`", reader.called(name), syntax.error().message,
                            *function.url_path),
                syntax.error().hint);
    return;
  }
  const auto same = std::ranges::find_if(
      routes_, [&](const Route& route) { return route.syntax.matches_like(*syntax); });
  if (same != routes_.end()) {
    reader.note(
        name,
        fmt::format("{} matches what function `{}` matches: `{}`", reader.called(name),
                    same->function, *function.url_path),
        fmt::format("the other is in line {}: change one, or leave it out where Invoke is enough",
                    same->line));
  }
  routes_.push_back(
      {function.name, std::move(*syntax), static_cast<unsigned>(node->source().begin.line)});
}

Function FunctionReader::read(const toml::key& key, const toml::table& table) {
  Function function;
  function.name = key.str();
  check_name(key);
  const TableReader reader(table, Where::function, fmt::format(" of function `{}`", function.name),
                           mistakes_);
  read_runtime(reader, table, function);
  const bool has_handler = is_python(function) || function.runtime.starts_with("nodejs");
  if (!table.contains("handler_path") && has_handler && function.command.empty()) {
    mistakes_.add(key.source(), fmt::format("function `{}` has no `handler_path`", function.name),
                  "add `handler_path = \"package.module.function\"`");
  }
  read_handler_path(reader, function);
  read_url_path(reader, table.get("url_path"), function);
  read_strategy(reader, function);
  read_hooks(reader, function);
  read_limits(reader, function);
  read_simulated(reader, mistakes_, function);
  share_environments(reader, function);
  function.log_level = reader.level("log_level").value_or(function.log_level);
  function.log = log_;
  read_log_settings(reader, function.log);
  function.env = reader.env();
  function.env.insert(env_.begin(), env_.end());
  reader.note_unknown(home_);
  return function;
}

}  // namespace smyth::config
