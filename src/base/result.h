#pragma once

#include <expected>
#include <string>
#include <utility>

namespace smyth {

enum class ErrorCode : unsigned char {
  failed,   // The world failed: exit code 1.
  misused,  // The user must change the configuration or the command: exit code 2.
};

// Why something could not be done, in the voice of the command line: `error: message`, `hint:
// hint`.
struct Error {
  ErrorCode code = ErrorCode::failed;
  std::string message;  // "cannot listen on 127.0.0.1:8080: address in use"
  std::string hint;     // What to do about it; may be empty.
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string message, std::string hint = {}) {
  return std::unexpected(Error{ErrorCode::failed, std::move(message), std::move(hint)});
}

inline std::unexpected<Error> misuse(std::string message, std::string hint = {}) {
  return std::unexpected(Error{ErrorCode::misused, std::move(message), std::move(hint)});
}

}  // namespace smyth
