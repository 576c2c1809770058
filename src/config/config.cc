#include "config/config.h"

#include "config/env_file.h"
#include "config/function.h"
#include "config/read_file.h"
#include "config/reader.h"
#include "config/server.h"
#include "config/syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <system_error>
#include <utility>

namespace smyth::config {
namespace {

// The table that holds the settings; nullptr, with the mistake noted, if there is none.
const toml::table* settings_table(const toml::table& document, const Place& place,
                                  Mistakes& mistakes) {
  if (place.is_top_level) return &document;
  const toml::node_view found = document["tool"]["smyth"];
  if (found.is_table()) return found.as_table();
  if (found) {
    mistakes.add(found.node()->source(),
                 fmt::format("`tool.smyth` must be a table, not {}", noun(*found.node())),
                 "write `[tool.smyth]` and the settings below it");
    return nullptr;
  }
  mistakes.add(
      0u, "no `[tool.smyth]` table",
      document.contains("handlers")
          ? "put the keys in `[tool.smyth]`, or name the file `smyth.toml`"
          : "add `[tool.smyth.handlers.NAME]` with `handler_path = \"package.module.function\"`");
  return nullptr;
}

// The entries of a table as they follow each other in the file.
std::vector<std::pair<const toml::key*, const toml::node*>> in_file_order(
    const toml::table& table) {
  std::vector<std::pair<const toml::key*, const toml::node*>> entries;
  for (const auto& [key, node] : table) entries.emplace_back(&key, &node);
  std::ranges::sort(entries, {}, [](const auto& entry) {
    const toml::source_position begin = entry.first->source().begin;
    return std::pair(begin.line, begin.column);
  });
  return entries;
}

void read_functions(const TableReader& server, const toml::table& root, const Place& place,
                    Config& config, Mistakes& mistakes) {
  config.env = server.env();
  const toml::table* handlers = server.tables("handlers");
  if (!handlers && root.contains("handlers")) return;  // Noted: it is no table.
  // Noted as well: the functions stand in `tool.smyth`, as in a `pyproject.toml`.
  if (!handlers && place.is_top_level && root.contains("tool")) return;
  if (!handlers || handlers->empty()) {
    const unsigned line = handlers ? handlers->source().begin.line : 0;
    mistakes.add(line, "no function is configured",
                 fmt::format("add `[{}.NAME]` with `handler_path = \"package.module.function\"`",
                             place.handlers()));
    return;
  }
  FunctionReader reader(place.server(), config.env, config.log, mistakes);
  for (const auto& [key, node] : in_file_order(*handlers)) {
    if (const toml::table* table = node->as_table()) {
      config.functions.push_back(reader.read(*key, *table));
    } else {
      mistakes.add(
          node->source(),
          fmt::format("function `{}` must be a table, not {}", key->str(), noun(*node)),
          fmt::format("write `[{}.NAME]` and the function's settings below it", place.handlers()));
    }
  }
}

// So much of an account's concurrency must not be reserved, as Lambda has it.
constexpr std::uint64_t unreserved_min = 100;

void check_unreserved(const TableReader& account, const toml::table& table, const Config& config,
                      Mistakes& mistakes) {
  std::uint64_t taken = 0;
  for (const Function& function : config.functions) {
    const bool is_reserved = function.spec.reserved != core::unreserved;
    taken += is_reserved ? function.spec.reserved : function.spec.provisioned;
  }
  const std::uint64_t all = config.account.concurrency;
  if (taken == 0 || taken + unreserved_min <= all) return;
  std::string message = fmt::format(
      "the functions reserve or provision {} of the account's concurrency of {}", taken, all);
  std::string hint =
      fmt::format("{} have to stay unreserved: write `concurrency = {}`, or reserve less",
                  unreserved_min, taken + unreserved_min);
  if (table.contains("concurrency")) {
    account.note("concurrency", std::move(message), std::move(hint));
  } else {
    mistakes.add(table.source(), std::move(message), std::move(hint));
  }
}

// After the functions, which take their parts of it.
void read_account(const TableReader& server, const Place& place, Config& config,
                  Mistakes& mistakes) {
  const toml::table* table = server.tables("account");
  if (!table) return;
  const TableReader reader(*table, Where::account, " of the account", mistakes);
  const auto count = [&](std::string_view name, std::uint32_t otherwise) {
    const auto value = reader.integer(name);
    return value ? static_cast<std::uint32_t>(*value) : otherwise;
  };
  config.account.concurrency = count("concurrency", 1'000);
  config.account.scaling = count("scaling_rate", config.account.scaling);
  config.account.request_rate = count("request_rate", config.account.request_rate);
  reader.note_unknown(place.function());
  check_unreserved(reader, *table, config, mistakes);
}

}  // namespace

std::span<const std::string_view> log_level_words() {
  static constexpr std::array<std::string_view, 5> words = {"DEBUG", "INFO", "WARNING", "ERROR",
                                                            "CRITICAL"};
  return words;
}

std::optional<LogLevel> parse_log_level(std::string_view word) {
  std::string capitals(word);
  std::ranges::transform(capitals, capitals.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  const auto words = log_level_words();
  const auto found = std::ranges::find(words, capitals);
  if (found == words.end()) return std::nullopt;
  return static_cast<LogLevel>(found - words.begin());
}

std::string describe(const Mistake& mistake) {
  const std::string place = mistake.line == 0
                                ? mistake.file.string()
                                : fmt::format("{}:{}", mistake.file.string(), mistake.line);
  std::string lines = fmt::format("error: {} ({})\n", mistake.message, place);
  if (!mistake.hint.empty()) lines += fmt::format("hint: {}\n", mistake.hint);
  return lines;
}

namespace {

enum class Disk { ignored, read };

// The mistakes in the file of variables; that it cannot be read is one of the configuration.
std::vector<Mistake> check_env_file(const TableReader& server, const Config& config) {
  if (!config.env_file) return {};
  const std::filesystem::path file = config.root / *config.env_file;
  const auto text = read_file(file, fmt::format("the env file `{}`", *config.env_file));
  if (!text) {
    server.note("env_file", text.error().message, text.error().hint);
    return {};
  }
  auto variables = parse_env_file(*text, file);
  return variables ? std::vector<Mistake>{} : std::move(variables.error());
}

// Whether the interpreter is there. What else can be wrong with it shows when it starts.
void check_python(const TableReader& server, const Config& config) {
  if (!config.python || config.python->find('/') == std::string::npos) return;
  std::error_code error;
  const std::filesystem::path file = config.root / *config.python;
  if (std::filesystem::exists(file, error)) return;
  server.note("python", fmt::format("`python` is `{}`: no such file", file.string()),
              "name the program itself, as in `.venv/bin/python`");
}

std::expected<Config, std::vector<Mistake>> read(std::string_view text,
                                                 const std::filesystem::path& file, Disk disk) {
  Mistakes mistakes(file);
  std::vector<Mistake> of_env_file;
  const Place place(file);
  Config config{.file = file, .root = file.parent_path()};
  if (const auto document = parse_toml(text, place, mistakes)) {
    if (const toml::table* root = settings_table(*document, place, mistakes)) {
      const TableReader server(*root, Where::server, {}, mistakes);
      read_server(server, config);
      read_functions(server, *root, place, config, mistakes);
      read_account(server, place, config, mistakes);
      if (disk == Disk::read) {
        check_python(server, config);
        of_env_file = check_env_file(server, config);
      }
      server.note_unknown(place.function());
    }
  }
  if (mistakes.empty() && of_env_file.empty()) return config;
  std::vector<Mistake> all = mistakes.take();
  std::ranges::move(of_env_file, std::back_inserter(all));
  return std::unexpected(std::move(all));
}

}  // namespace

std::expected<Config, std::vector<Mistake>> parse(std::string_view text,
                                                  const std::filesystem::path& file) {
  return read(text, file, Disk::ignored);
}

std::expected<Config, std::vector<Mistake>> load(const std::filesystem::path& file) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(file, error).lexically_normal();
  const auto text = read_file(whole, "the configuration");
  if (!text)
    return std::unexpected(std::vector{Mistake{text.error().message, whole, 0, text.error().hint}});
  return read(*text, whole, Disk::read);
}

}  // namespace smyth::config
