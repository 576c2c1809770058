#pragma once

#include "observe/log_event.h"
#include "observe/log_text.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

namespace smyth::observe {

// Whose log a record belongs to.
struct LogSource {
  std::string function;     // "orders"
  std::string environment;  // Slot: "orders:0"
  std::string stream;       // "2026/11/24/[$LATEST]0123..."
  LogFormat format;
};

// The logs of all functions since the server has started, as far as memory is granted: the records
// of the last invocations, as facts. The oldest give way.
class History {
 public:
  static constexpr std::size_t invocations_max = 10'000;
  // Of everything in it; handlers may print as much as they like.
  static constexpr std::size_t bytes_max = 32u << 20;

  struct Entry {
    std::uint64_t sequence = 0;  // From 1 on, without gaps.
    // Shared with the environment, which may be gone, and with all its entries.
    std::shared_ptr<const LogSource> source;
    LogEvent event;  // Its views are of `texts`.
    std::unique_ptr<char[]> texts;
    std::size_t bytes = 0;
  };

  // Keeps the record, which is in its function's log (is_in_log).
  void add(const LogEvent& event, const std::shared_ptr<const LogSource>& source);

  const std::deque<Entry>& entries() const { return entries_; }
  // Of the entry that was added last; 0: none was.
  std::uint64_t last() const { return last_; }
  std::size_t bytes() const { return bytes_; }

 private:
  void drop_oldest();

  std::deque<Entry> entries_;
  std::uint64_t last_ = 0;
  std::size_t invocations_ = 0;  // Reports among the entries.
  std::size_t bytes_ = 0;
};

}  // namespace smyth::observe
