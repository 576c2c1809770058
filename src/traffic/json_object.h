#pragma once

#include "base/result.h"
#include "traffic/text_file.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smyth::traffic {

// The members of a JSON object without objects or arrays in it, one after the other, with the
// texts of numbers as they are written.
class FlatObject {
 public:
  enum class Kind : std::uint8_t { string, number, boolean, null };
  struct Member {
    std::string_view name;
    std::size_t name_column;
    Kind kind;
    std::string_view text;  // Of a string what it says, of others what is written.
    std::size_t column;
  };

  // `file` is where `line` comes from, for errors; both must outlive the object.
  FlatObject(const TextFile& file, std::string_view line) : file_(file), line_(line) {}

  // The next member; nullopt at the end. Valid until the next call.
  Result<std::optional<Member>> next();

 private:
  std::size_t column() const { return at_ + 1; }
  void skip_space();
  bool take(char c);
  Result<std::string_view> string(std::string& store);
  bool unescape(std::string& store);
  std::optional<std::uint32_t> code_unit();
  Result<std::optional<Member>> end();

  const TextFile& file_;
  std::string_view line_;
  std::size_t at_ = 0;
  bool has_begun_ = false;
  std::string name_;  // Where one has escapes.
  std::string value_;
};

}  // namespace smyth::traffic
