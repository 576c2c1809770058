// What people write for `smyth simulate`. The first byte chooses the reader, the rest is the text.
// No crash; what is no value has an error to act on.
#include "base/check.h"
#include "simulate/conditions.h"
#include "simulate/lives.h"
#include "simulate/ranges.h"
#include "simulate/schedule.h"
#include "simulate/words.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace smyth;

namespace {

template <class T>
void check(const Result<T>& read) {
  if (!read) SMYTH_CHECK(read.error().code == ErrorCode::misused && !read.error().message.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  // A law, a life or a list may name a file: nothing of the machine is read.
  if (text.find("file:") != text.npos || text.find(".toml") != text.npos) return 0;
  switch (data[0] % 10) {
    case 0:
      return check(simulate::read_length(text, "x")), 0;
    case 1: {
      const auto law = simulate::read_law(text, "x");
      check(law);
      Prng prng(1);
      if (law) SMYTH_CHECK(law->law.draw(prng) >= Duration{0});
      return 0;
    }
    case 2:
      return check(simulate::read_rate(text, "x")), 0;
    case 3:
      return check(simulate::read_share(text, "x")), 0;
    case 4:
      return check(simulate::read_states(text, "x")), 0;
    case 5:
      return check(simulate::read_burst(text, "x")), 0;
    case 6: {
      const auto schedule = simulate::read_schedule(text, "x");
      check(schedule);
      if (schedule) SMYTH_CHECK(schedule->next_change(TimePoint{}) > TimePoint{});
      return 0;
    }
    case 7:
      return check(simulate::read_conditions(text, "x")), 0;
    case 8: {
      const auto values = simulate::read_list(text, "x");
      check(values);
      if (values) SMYTH_CHECK(!values->empty());
      return 0;
    }
    default:
      return check(simulate::read_life(text)), 0;
  }
}
