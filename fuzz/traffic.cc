// Any text as recorded traffic, in each of the formats: no crash, and calls in order of time with
// sensible values, or an error that can be printed.
//
// The first byte says which format; in that of two files, the text is cut in half.
#include "base/check.h"
#include "traffic/azure_2019.h"
#include "traffic/calls.h"
#include "traffic/rates.h"
#include "traffic/reports.h"
#include "traffic/row.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace smyth;
using namespace smyth::traffic;

namespace {

constexpr std::size_t calls_enough = 20'000;  // A few bytes may stand for billions.

void check_error(const Error& error) {
  SMYTH_CHECK(error.code == ErrorCode::misused && !error.message.empty());
}

void check_call(const Call& call) {
  SMYTH_CHECK(call.duration >= unsaid && call.duration <= RowReader::length_max);
  SMYTH_CHECK(call.init >= unsaid && call.init <= RowReader::length_max);
  SMYTH_CHECK(call.cold_duration >= unsaid && call.cold_duration <= RowReader::length_max);
  SMYTH_CHECK(call.memory_mib <= RowReader::memory_mib_max);
}

void check(Result<std::unique_ptr<CallSource>> source) {
  if (!source) return check_error(source.error());
  TimePoint latest{};
  for (std::size_t calls = 0; calls < calls_enough;) {
    const auto batch = (*source)->next_batch();
    if (!batch) return check_error(batch.error());
    if (batch->empty()) return;
    for (const Call& call : *batch) {
      SMYTH_CHECK(call.at >= latest && call.function < (*source)->functions().size());
      latest = call.at;
      check_call(call);
    }
    calls += batch->size();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      check(read_calls(TextFile::of(text, "calls")));
      break;
    case 1:
      check(read_reports(TextFile::of(text, "log")));
      break;
    case 2: {
      const std::size_t cut = text.find('\0');
      const std::string_view second = cut == std::string_view::npos ? "" : text.substr(cut + 1);
      check(read_azure_2019(TextFile::of(text.substr(0, cut), "calls"),
                            TextFile::of(second, "durations")));
      break;
    }
    case 3: {
      const auto rates = read_rates(TextFile::of(text, "rates"));
      if (!rates) check_error(rates.error());
      break;
    }
  }
  return 0;
}
