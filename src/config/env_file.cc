#include "config/env_file.h"

#include "config/read_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace smyth::config {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

bool is_variable_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

// Reads the text from its beginning to its end, one assignment after another.
class EnvReader {
 public:
  EnvReader(std::string_view text, const std::filesystem::path& file) : text_(text), file_(file) {}

  std::expected<Variables, std::vector<Mistake>> read() {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text_.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
    while (at_ < text_.size()) {
      read_assignment();
      skip_line();
    }
    if (!mistakes_.empty()) return std::unexpected(std::move(mistakes_));
    return std::move(variables_);
  }

 private:
  bool is_line_end() const { return at_ >= text_.size() || text_[at_] == '\n'; }
  std::string_view rest_of_line() const { return text_.substr(at_, text_.find('\n', at_) - at_); }
  void skip_blanks() {
    while (!is_line_end() && is_blank(text_[at_])) ++at_;
  }
  void skip_line() {
    at_ = std::min(text_.find('\n', at_), text_.size() - 1) + 1;
    ++line_;
  }
  void note(unsigned line, std::string message, std::string hint) {
    mistakes_.push_back({std::move(message), file_, line, std::move(hint)});
  }

  void read_assignment() {
    skip_blanks();
    if (is_line_end() || text_[at_] == '#') return;
    constexpr std::string_view keyword = "export";
    if (rest_of_line().starts_with(keyword) && at_ + keyword.size() < text_.size() &&
        is_blank(text_[at_ + keyword.size()])) {
      at_ += keyword.size();
      skip_blanks();
    }
    const std::size_t equals = rest_of_line().find('=');
    if (equals == std::string_view::npos) {
      return note(line_, fmt::format("`{}` sets no variable", trimmed(rest_of_line())),
                  "write `NAME=VALUE`; a comment begins with `#`");
    }
    const std::string_view name = trimmed(text_.substr(at_, equals));
    const bool is_name = !name.empty() && std::ranges::all_of(name, is_variable_character) &&
                         !(name.front() >= '0' && name.front() <= '9');
    if (!is_name) {
      return note(line_, fmt::format("`{}` cannot name a variable", name),
                  "use letters, digits and `_`, a letter first");
    }
    at_ += equals + 1;
    if (auto value = read_value(name))
      variables_.insert_or_assign(std::string(name), std::move(*value));
  }

  std::optional<std::string> read_value(std::string_view name) {
    skip_blanks();
    const unsigned line = line_;
    const bool is_quoted = !is_line_end() && (text_[at_] == '"' || text_[at_] == '\'');
    auto value = is_quoted ? read_quoted(name) : read_plain();
    if (value && value->find('\0') != std::string::npos) {
      note(line, fmt::format("`{}` has a NUL character", name), "remove it");
      return std::nullopt;
    }
    return value;
  }

  std::optional<std::string> read_plain() {
    std::string_view value = rest_of_line();
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (value[i] == '#' && (i == 0 || is_blank(value[i - 1]))) value = value.substr(0, i);
    }
    return std::string(trimmed(value));
  }

  std::optional<std::string> read_quoted(std::string_view name) {
    const unsigned first_line = line_;
    const std::size_t begin = at_;
    const char quote = text_[at_++];
    std::string value;
    for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\n') ++line_;
      const bool is_escape =
          quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size() &&
          std::string_view("nrt\"\\$").find(text_[at_ + 1]) != std::string_view::npos;
      value += is_escape ? unescaped(text_[++at_]) : text_[at_];
    }
    if (at_ >= text_.size()) {
      // Go on behind the line that the quote stands in, so that the other mistakes are found too.
      at_ = begin;
      line_ = first_line;
      note(first_line, fmt::format("the value of `{}` is not closed", name),
           fmt::format("add the missing `{}`", quote));
      return std::nullopt;
    }
    ++at_;
    skip_blanks();
    if (!is_line_end() && text_[at_] != '#') {
      note(line_,
           fmt::format("`{}` stands after the quoted value of `{}`", trimmed(rest_of_line()), name),
           "put the quotes around the whole value");
      return std::nullopt;
    }
    return value;
  }

  std::string_view text_;
  const std::filesystem::path& file_;
  std::size_t at_ = 0;
  unsigned line_ = 1;
  Variables variables_;
  std::vector<Mistake> mistakes_;
};

}  // namespace

std::expected<Variables, std::vector<Mistake>> parse_env_file(std::string_view text,
                                                              const std::filesystem::path& file) {
  return EnvReader(text, file).read();
}

std::expected<Variables, std::vector<Mistake>> load_env_file(const std::filesystem::path& file) {
  const auto text = read_file(file, "the env file");
  if (!text)
    return std::unexpected(std::vector{Mistake{text.error().message, file, 0, text.error().hint}});
  return parse_env_file(*text, file);
}

}  // namespace smyth::config
