#include "config/reader.h"

#include "base/nearest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace smyth::config {
namespace {

using toml::node_type;

std::string_view noun(Kind kind) {
  switch (kind) {
    case Kind::text:
    case Kind::level:
      return "a string";
    case Kind::integer:
      return "an integer";
    case Kind::seconds:
      return "a number of seconds";
    case Kind::limit:
      return "a number of seconds or `\"none\"`";
    case Kind::span:
      return "a number of seconds or text like `\"1h30m\"`";
    case Kind::amount:
      return "a number or a string";
    case Kind::boolean:
      return "`true` or `false`";
    case Kind::texts:
      return "a list of strings";
    case Kind::env:
      return "a table of strings";
    case Kind::tables:
    case Kind::table:
      return "a table";
  }
  return {};
}

std::string like(const Setting& setting) {
  return fmt::format("write it like `{} = {}`", setting.name, setting.sample());
}

bool is_bare(std::string_view text) {
  return text == "true" || text == "false" ||
         (!text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos);
}

// The value of an environment variable as its author should have written it, in quotes.
std::string quoted(const toml::node& node) {
  if (const auto* value = node.as_boolean()) return value->get() ? "\"true\"" : "\"false\"";
  if (const auto* value = node.as_integer()) return fmt::format("\"{}\"", value->get());
  if (const auto* value = node.as_floating_point()) return fmt::format("\"{}\"", value->get());
  return "\"…\"";
}

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

}  // namespace

std::string_view noun(const toml::node& node) {
  switch (node.type()) {
    case node_type::none:
      return "nothing";
    case node_type::table:
      return "a table";
    case node_type::array:
      return "a list";
    case node_type::string:
      return "a string";
    case node_type::integer:
      return "an integer";
    case node_type::floating_point:
      return "a fraction";
    case node_type::boolean:
      return "a boolean";
    case node_type::date:
    case node_type::time:
    case node_type::date_time:
      return "a date or time";
  }
  return {};
}

std::vector<Mistake> Mistakes::take() {
  std::ranges::stable_sort(found_, {}, &Mistake::line);
  return std::move(found_);
}

std::string TableReader::called(std::string_view name) const {
  return fmt::format("`{}`{}", name, owner_);
}

void TableReader::note(std::string_view name, std::string message, std::string hint) const {
  mistakes_.add(table_.find(name)->second.source(), std::move(message), std::move(hint));
}

void TableReader::note_type(const Setting& setting, const toml::node& node) const {
  std::string hint = like(setting);
  const auto* text = node.as_string();
  if (text && setting.kind != Kind::text && is_bare(text->get())) {
    hint = fmt::format("write `{} = {}`, without quotes", setting.name, text->get());
  }
  mistakes_.add(
      node.source(),
      fmt::format("{} must be {}, not {}", called(setting.name), noun(setting.kind), noun(node)),
      std::move(hint));
}

const toml::node* TableReader::find(std::string_view name,
                                    std::initializer_list<node_type> types) const {
  const toml::node* node = table_.get(name);
  if (!node) return nullptr;
  if (std::ranges::find(types, node->type()) != types.end()) return node;
  note_type(setting(where_, name), *node);
  return nullptr;
}

bool TableReader::is_sound(std::string_view name, const toml::value<std::string>& value) const {
  if (value->empty()) {
    mistakes_.add(value.source(), fmt::format("{} is empty", called(name)),
                  like(setting(where_, name)) + ", or leave it out");
    return false;
  }
  if (has_nul(*value)) {
    mistakes_.add(value.source(), fmt::format("{} has a NUL character", called(name)),
                  "remove `\\u0000`");
    return false;
  }
  return true;
}

std::optional<std::string> TableReader::text(std::string_view name) const {
  const toml::node* node = find(name, {node_type::string});
  if (!node || !is_sound(name, *node->as_string())) return std::nullopt;
  return node->as_string()->get();
}

bool TableReader::is_in_range(const Setting& setting, double value) const {
  if (value >= setting.min && value <= setting.max) return true;
  note(setting.name,
       fmt::format("{} must be between {} and {}, not {}", called(setting.name), setting.min,
                   setting.max, value),
       setting.kind == Kind::limit || setting.kind == Kind::span ? "0 or `\"none\"` is no limit"
                                                                 : like(setting));
  return false;
}

std::optional<std::int64_t> TableReader::integer(std::string_view name) const {
  const toml::node* node = find(name, {node_type::integer});
  if (!node) return std::nullopt;
  const std::int64_t value = node->as_integer()->get();
  if (!is_in_range(setting(where_, name), static_cast<double>(value))) return std::nullopt;
  return value;
}

std::optional<Duration> TableReader::seconds(std::string_view name) const {
  const Setting& rule = setting(where_, name);
  const bool may_be_none = rule.kind == Kind::limit || rule.kind == Kind::span;
  const toml::node* node = table_.get(name);
  if (!node) return std::nullopt;
  if (may_be_none && node->value<std::string_view>() == "none") return Duration{0};
  if (rule.kind == Kind::span && node->is_string()) return span(rule, *node->as_string());
  node = find(name, {node_type::integer, node_type::floating_point});
  if (!node) return std::nullopt;
  // Not value<double>(): it gives nothing for an integer that no double can hold.
  const double value = node->is_integer() ? static_cast<double>(node->as_integer()->get())
                                          : node->as_floating_point()->get();
  if (may_be_none && value == 0) return Duration{0};
  if (!is_in_range(rule, value)) return std::nullopt;
  return Duration(static_cast<std::int64_t>(std::llround(value * 1e9)));
}

// "1h30m": numbers with units, the longest unit first.
std::optional<Duration> TableReader::span(const Setting& rule,
                                          const toml::value<std::string>& value) const {
  constexpr std::array<std::pair<char, std::int64_t>, 4> units = {
      {{'d', 86'400}, {'h', 3'600}, {'m', 60}, {'s', 1}}};
  if (!is_sound(rule.name, value)) return std::nullopt;
  std::string_view rest = value.get();
  std::int64_t total = 0;
  for (const auto& [unit, length] : units) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    const auto digits = static_cast<std::size_t>(end - rest.data());
    const bool is_next = error == std::errc{} && count >= 0 && count < 100'000'000 &&
                         digits < rest.size() && rest[digits] == unit;
    if (!is_next) continue;
    total += count * length;
    rest.remove_prefix(digits + 1);
  }
  if (!rest.empty()) {
    note(rule.name, fmt::format("{} is no length of time: `{}`", called(rule.name), value.get()),
         "write it like `\"90s\"`, `\"10m\"` or `\"1h30m\"`, or as a number of seconds");
    return std::nullopt;
  }
  if (!is_in_range(rule, static_cast<double>(total))) return std::nullopt;
  return std::chrono::seconds(total);
}

std::optional<Written> TableReader::amount(std::string_view name) const {
  const toml::node* node =
      find(name, {node_type::string, node_type::integer, node_type::floating_point});
  if (!node) return std::nullopt;
  const auto line = static_cast<unsigned>(node->source().begin.line);
  if (const auto* number = node->as_integer()) return Written{fmt::to_string(number->get()), line};
  if (const auto* number = node->as_floating_point()) {
    return Written{fmt::to_string(number->get()), line};
  }
  if (!is_sound(name, *node->as_string())) return std::nullopt;
  return Written{node->as_string()->get(), line};
}

std::optional<bool> TableReader::boolean(std::string_view name) const {
  const toml::node* node = find(name, {node_type::boolean});
  if (!node) return std::nullopt;
  return node->as_boolean()->get();
}

std::optional<LogLevel> TableReader::level(std::string_view name) const {
  const auto word = text(name);
  if (!word) return std::nullopt;
  if (const auto level = parse_log_level(*word)) return level;
  const std::string_view near = nearest(*word, log_level_words());
  note(name, fmt::format("unknown log level `{}`{}", *word, owner_),
       near.empty() ? fmt::format("use {}", type_text(setting(where_, name)))
                    : fmt::format("did you mean `{}`?", near));
  return std::nullopt;
}

std::vector<std::string> TableReader::texts(std::string_view name) const {
  std::vector<std::string> texts;
  const toml::node* node = find(name, {node_type::array});
  if (!node) return texts;
  for (const toml::node& element : *node->as_array()) {
    const auto* value = element.as_string();
    if (!value) {
      note_type(setting(where_, name), element);
    } else if (is_sound(name, *value)) {
      texts.push_back(value->get());
    }
  }
  return texts;
}

std::map<std::string, std::string> TableReader::env() const {
  std::map<std::string, std::string> env;
  const toml::node* node = find("env", {node_type::table});
  if (!node) return env;
  for (const auto& [key, value] : *node->as_table()) {
    const std::string_view name = key.str();
    if (name.empty() || name.find('=') != std::string_view::npos || has_nul(name)) {
      mistakes_.add(key.source(),
                    fmt::format("`{}` in {} cannot name a variable", name, called("env")),
                    "use letters, digits and `_`");
      continue;
    }
    const auto* text = value.as_string();
    if (!text) {
      mistakes_.add(
          value.source(),
          fmt::format("`{}` in {} must be a string, not {}", name, called("env"), noun(value)),
          fmt::format("quote it: `{} = {}`", name, quoted(value)));
    } else if (has_nul(text->get())) {
      mistakes_.add(value.source(),
                    fmt::format("`{}` in {} has a NUL character", name, called("env")),
                    "remove `\\u0000`");
    } else {
      env.emplace(name, text->get());
    }
  }
  return env;
}

const toml::table* TableReader::tables(std::string_view name) const {
  const toml::node* node = find(name, {node_type::table});
  return node ? node->as_table() : nullptr;
}

void TableReader::note_unknown(std::string_view home) const {
  std::vector<std::string_view> known, elsewhere, of_account, of_simulate;
  for (const Setting& s : settings()) {
    (s.where == where_            ? known
     : s.where == Where::account  ? of_account
     : s.where == Where::simulate ? of_simulate
                                  : elsewhere)
        .push_back(s.name);
  }
  for (const auto& [key, value] : table_) {
    const std::string_view name = key.str();
    if (std::ranges::find(known, name) != known.end()) continue;
    std::string hint = fmt::format("the settings here are `{}`", fmt::join(known, "`, `"));
    if (std::ranges::find(elsewhere, name) != elsewhere.end()) {
      hint = fmt::format("`{}` is a setting of {}", name, home);
    } else if (std::ranges::find(of_account, name) != of_account.end()) {
      hint = fmt::format("`{}` is a setting of the table `account`", name);
    } else if (std::ranges::find(of_simulate, name) != of_simulate.end()) {
      hint = fmt::format("`{}` is a setting of a function's table `simulate`", name);
    } else if (where_ == Where::server && name == "tool") {
      hint =
          "in `smyth.toml` the settings stand at top level: leave `tool.smyth.` out of its tables";
    } else if (const std::string_view near = nearest(name, known); !near.empty()) {
      hint = fmt::format("did you mean `{}`?", near);
    }
    mistakes_.add(key.source(), fmt::format("unknown setting {}", called(name)), std::move(hint));
  }
}

}  // namespace smyth::config
