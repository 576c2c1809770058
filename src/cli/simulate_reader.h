#pragma once

#include "base/result.h"
#include "simulate/words.h"

#include <fmt/format.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace smyth::cli {

// A value that somebody wrote: as an option, or in the configuration.
struct Given {
  std::string text;   // Empty: it was not.
  std::string name;   // "--rate", "`rate` of function `api`"
  std::string place;  // "pyproject.toml:12"; empty: an option.
};

// Reads values one after another and keeps the first error.
class SimulateReader {
 public:
  explicit SimulateReader(simulate::Laws& laws) : laws_(laws) {}

  // What a value that was given is read as, or nothing.
  template <class Read>
  auto read(const Given& given, Read read_text)
      -> std::optional<typename decltype(read_text(std::string_view{},
                                                   std::string_view{}))::value_type> {
    if (given.text.empty() || error_) return std::nullopt;
    auto value = read_text(given.text, given.name);
    if (value) return *std::move(value);
    note(value.error(), given.place);
    return std::nullopt;
  }
  template <class Read>
  auto read(const std::string& text, const char* option, Read read_text) {
    return read(Given{text, option, {}}, read_text);
  }
  std::optional<simulate::WrittenLaw> law(const Given& given);
  std::optional<std::uint64_t> count(const std::string& text, const char* option,
                                     std::uint64_t least = 0, std::uint64_t most = concurrency_max);
  // A number, or nothing that limits: `none`.
  std::optional<std::uint32_t> limit(const std::string& text, const char* option,
                                     std::uint32_t none, std::uint64_t least = 0);
  std::optional<std::string> word(const std::string& text, const char* option,
                                  std::initializer_list<std::string_view> known);

  void note(Error error, const std::string& place = {}) {
    if (error_) return;
    error_ = std::move(error);
    if (!place.empty()) error_->message += fmt::format(" ({})", place);
  }
  void misused(std::string message, std::string hint) {
    note({ErrorCode::misused, std::move(message), std::move(hint)});
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  static constexpr std::uint64_t concurrency_max = 10'000'000;

  simulate::Laws& laws_;  // Of all that is asked together.
  std::optional<Error> error_;
};

}  // namespace smyth::cli
