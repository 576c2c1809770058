#pragma once

#include "base/time.h"
#include "config/config.h"
#include "config/settings.h"

#include <toml++/toml.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::config {

// "a string", for messages.
std::string_view noun(const toml::node& node);

// The mistakes found so far in one file.
class Mistakes {
 public:
  explicit Mistakes(std::filesystem::path file) : file_(std::move(file)) {}

  void add(const toml::source_region& where, std::string message, std::string hint) {
    add(static_cast<unsigned>(where.begin.line), std::move(message), std::move(hint));
  }
  void add(unsigned line, std::string message, std::string hint) {
    found_.push_back({std::move(message), file_, line, std::move(hint)});
  }
  bool empty() const { return found_.empty(); }
  // In the order of the file's lines.
  std::vector<Mistake> take();

 private:
  std::filesystem::path file_;
  std::vector<Mistake> found_;
};

// Reads the keys of one table, the server's or a function's, by the names and rules of
// `settings()`. What is absent or wrong is nullopt; what is wrong is noted. It borrows all that it
// is given.
class TableReader {
 public:
  // `owner` is empty or " of function `orders`".
  TableReader(const toml::table& table, Where where, std::string owner, Mistakes& mistakes)
      : table_(table), where_(where), owner_(std::move(owner)), mistakes_(mistakes) {}

  std::optional<std::string> text(std::string_view name) const;
  std::optional<std::int64_t> integer(std::string_view name) const;
  std::optional<Duration> seconds(
      std::string_view name) const;  // Zero: no limit, where that is allowed.
  std::optional<Written> amount(std::string_view name) const;
  std::optional<bool> boolean(std::string_view name) const;
  std::optional<LogLevel> level(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;
  std::map<std::string, std::string> env() const;
  const toml::table* tables(std::string_view name) const;  // Of kind `table`, too.

  // Notes each key that is no setting, with the nearest that is. `home` says in which table a
  // setting of the other kind belongs.
  void note_unknown(std::string_view home) const;

  // Notes a mistake about the value of a key of this table.
  void note(std::string_view name, std::string message, std::string hint) const;
  // "`timeout` of function `orders`"
  std::string called(std::string_view name) const;

 private:
  const toml::node* find(std::string_view name, std::initializer_list<toml::node_type> types) const;
  bool is_sound(std::string_view name, const toml::value<std::string>& value) const;
  void note_type(const Setting& setting, const toml::node& node) const;
  bool is_in_range(const Setting& setting, double value) const;
  std::optional<Duration> span(const Setting& rule, const toml::value<std::string>& value) const;

  const toml::table& table_;
  Where where_;
  std::string owner_;
  Mistakes& mistakes_;
};

}  // namespace smyth::config
