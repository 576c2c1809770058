#include "traffic/json_object.h"

#include <array>
#include <charconv>
#include <utility>

namespace smyth::traffic {
namespace {

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&out](std::uint32_t bits) { out += static_cast<char>(bits); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xc0 | (code >> 6));
    byte(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    byte(0xe0 | (code >> 12));
    byte(0x80 | ((code >> 6) & 0x3f));
    byte(0x80 | (code & 0x3f));
  } else {
    byte(0xf0 | (code >> 18));
    byte(0x80 | ((code >> 12) & 0x3f));
    byte(0x80 | ((code >> 6) & 0x3f));
    byte(0x80 | (code & 0x3f));
  }
}

}  // namespace

void FlatObject::skip_space() {
  while (at_ < line_.size() && (line_[at_] == ' ' || line_[at_] == '\t')) ++at_;
}

bool FlatObject::take(char c) {
  skip_space();
  if (at_ >= line_.size() || line_[at_] != c) return false;
  ++at_;
  return true;
}

Result<std::optional<FlatObject::Member>> FlatObject::next() {
  if (!has_begun_) {
    has_begun_ = true;
    if (!take('{')) return file_.malformed(column(), "the line is no JSON object");
    if (take('}')) return end();
  } else if (take('}')) {
    return end();
  } else if (!take(',')) {
    return file_.malformed(column(), "a `,` or `}` is missing");
  }
  Member member{};
  skip_space();
  member.name_column = column();
  const auto name = string(name_);
  if (!name) return std::unexpected(name.error());
  member.name = *name;
  if (!take(':')) return file_.malformed(column(), "a `:` is missing");
  skip_space();
  member.column = column();
  if (at_ < line_.size() && line_[at_] == '"') {
    const auto text = string(value_);
    if (!text) return std::unexpected(text.error());
    member.kind = Kind::string;
    member.text = *text;
    return member;
  }
  const std::size_t end = line_.find_first_of(",} \t", at_);
  member.text = line_.substr(at_, end == std::string_view::npos ? end : end - at_);
  at_ += member.text.size();
  if (member.text == "null") {
    member.kind = Kind::null;
  } else if (member.text == "true" || member.text == "false") {
    member.kind = Kind::boolean;
  } else if (!member.text.empty() &&
             (member.text[0] == '-' || (member.text[0] >= '0' && member.text[0] <= '9'))) {
    member.kind = Kind::number;
  } else {
    return file_.malformed(member.column, "a member is no number, string, true, false or null");
  }
  return member;
}

Result<std::optional<FlatObject::Member>> FlatObject::end() {
  skip_space();
  if (at_ < line_.size()) return file_.malformed(column(), "there is text after the object");
  return std::nullopt;
}

Result<std::string_view> FlatObject::string(std::string& store) {
  if (at_ >= line_.size() || line_[at_] != '"') {
    return file_.malformed(column(), "a string is missing");
  }
  const std::size_t start = ++at_;
  bool is_plain = true;
  for (; at_ < line_.size() && line_[at_] != '"'; ++at_) {
    if (line_[at_] != '\\') {
      if (!is_plain) store += line_[at_];
      continue;
    }
    if (is_plain) store = line_.substr(start, at_ - start);
    is_plain = false;
    if (!unescape(store)) return file_.malformed(column(), "this escape is none of JSON's");
  }
  if (at_ >= line_.size()) return file_.malformed(start, "a string does not end");
  ++at_;
  return is_plain ? line_.substr(start, at_ - 1 - start) : std::string_view(store);
}

// At a backslash; leaves the position at the escape's last character.
bool FlatObject::unescape(std::string& store) {
  if (++at_ >= line_.size()) return false;
  constexpr std::string_view short_forms = "\"\\/bfnrt";
  constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
  if (const std::size_t which = short_forms.find(line_[at_]); which != std::string_view::npos) {
    store += meanings[which];
    return true;
  }
  std::optional<std::uint32_t> code = line_[at_] == 'u' ? code_unit() : std::nullopt;
  if (!code || (*code >= 0xdc00 && *code < 0xe000)) return false;
  if (*code >= 0xd800 && *code < 0xdc00) {  // The first half of a pair.
    if (line_.substr(at_ + 1, 2) != "\\u") return false;
    at_ += 2;
    const std::optional<std::uint32_t> low = code_unit();
    if (!low || *low < 0xdc00 || *low >= 0xe000) return false;
    code = 0x10000 + ((*code - 0xd800) << 10) + (*low - 0xdc00);
  }
  append_utf8(store, *code);
  return true;
}

std::optional<std::uint32_t> FlatObject::code_unit() {
  const std::string_view digits = line_.substr(at_ + 1, 4);
  std::uint32_t code = 0;
  const char* const first = digits.data();
  const char* const past = first + digits.size();
  const auto [end, error] = std::from_chars(first, past, code, 16);
  if (digits.size() != 4 || error != std::errc{} || end != past) return std::nullopt;
  at_ += 4;
  return code;
}

}  // namespace smyth::traffic
