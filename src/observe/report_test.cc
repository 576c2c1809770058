#include "observe/report.h"

#include <gtest/gtest.h>

namespace smyth::observe {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST(Report, IsTheLineThatLambdaWrites) {
  EXPECT_EQ(
      report_line({.request_id = "id",
                   .duration = microseconds(3'010),
                   .init = microseconds(110'100),
                   .memory_size_mib = 128,
                   .max_memory_used_mib = 36}),
      "REPORT RequestId: id\tDuration: 3.01 ms\tBilled Duration: 114 ms\tMemory Size: 128 MB\t"
      "Max Memory Used: 36 MB\tInit Duration: 110.10 ms\t\n");
}

TEST(Report, NamesATimeoutAndAnError) {
  EXPECT_TRUE(
      report_line(
          {.request_id = "id", .duration = milliseconds(1), .init = {}, .status = "timeout"})
          .ends_with("Max Memory Used: 0 MB\tStatus: timeout\n"));
  EXPECT_TRUE(report_line({.request_id = "id",
                           .duration = milliseconds(1),
                           .init = {},
                           .status = "error",
                           .error_type = "Runtime.ExitError"})
                  .ends_with("Status: error\tError Type: Runtime.ExitError\n"));
}

TEST(Tail, KeepsTheLastFourKibibytes) {
  Tail tail;
  for (int i = 0; i < 10'000; ++i) tail.add("0123456789\n");
  tail.add("last\n");
  EXPECT_EQ(tail.text().size(), Tail::bytes_max);
  EXPECT_TRUE(tail.text().ends_with("0123456789\nlast\n"));
}

}  // namespace
}  // namespace smyth::observe
