#pragma once

#include "base/result.h"
#include "observe/history.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// The control route of functions' logs, which `smyth logs` reads: docs/logs.md, "Over HTTP".
namespace smyth::live {

// Which records are asked for.
struct LogQuery {
  std::string function;     // Empty: of all.
  std::string request_id;   // Empty: of all.
  std::uint64_t after = 0;  // Only records with a greater sequence number.
  std::size_t tail = 0;     // Only so many, the latest; 0: all.

  bool operator==(const LogQuery&) const = default;
};

// Of a URL: "function=orders&tail=10". The error says what is wrong with it.
Result<LogQuery> parse_log_query(std::string_view text);

// One answer has no more than so many records, and ends after so many bytes: the reader asks for
// what comes after it.
inline constexpr std::size_t log_page_records_max = 1'000;
inline constexpr std::size_t log_page_bytes_max = 4u << 20;

// {"last": SEQUENCE, "more": BOOL, "records": [...]}; what comes later is asked for with
// `after=SEQUENCE`.
std::string log_page(const observe::History& history, const LogQuery& query);

}  // namespace smyth::live
