#pragma once

#include "base/result.h"
#include "base/time.h"
#include "traffic/call.h"
#include "traffic/column.h"
#include "traffic/names.h"
#include "traffic/text_file.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace smyth::traffic {

// Makes calls of rows of cells, and checks each cell and that time goes on.
class RowReader {
 public:
  static constexpr std::size_t functions_max = 1'000'000;
  static constexpr std::size_t environments_max = 100'000'000;
  static constexpr Duration time_max = std::chrono::hours(24 * 366 * 100);
  static constexpr Duration length_max = std::chrono::hours(24 * 366);
  static constexpr std::int64_t memory_mib_max = 1 << 20;

  // A cell of the present row, at a column of the file's latest line.
  Result<void> set(const TextFile& file, const Column& column, std::string_view text,
                   std::size_t at);

  // The call that the cells since the last one make.
  Result<Call> finish(const TextFile& file);

  std::span<const std::string> functions() const { return functions_.all(); }

 private:
  Result<void> set_time(const TextFile& file, Field field, std::int64_t unit, std::string_view text,
                        std::size_t at);
  Result<Duration> length(const TextFile& file, std::int64_t unit, std::string_view text,
                          std::size_t at, Duration max) const;
  Result<void> set_memory(const TextFile& file, std::int64_t unit, std::string_view text,
                          std::size_t at);
  Result<void> set_cold(const TextFile& file, std::string_view text, std::size_t at);

  Call call_;
  std::optional<Duration> time_;  // Of the present row, as the file counts.
  std::optional<Duration> end_;
  std::size_t time_at_ = 1;
  std::size_t end_at_ = 1;
  std::optional<bool> has_dates_;   // Whether times are dates or lengths: all are the same.
  std::optional<Duration> origin_;  // The file's time that is zero.
  TimePoint latest_{};
  Names functions_{functions_max};
  Names environments_{environments_max};
};

}  // namespace smyth::traffic
