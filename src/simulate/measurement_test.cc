#include "simulate/measurement.h"

#include <gtest/gtest.h>

namespace smyth::simulate {
namespace {

using std::chrono::milliseconds;

TEST(Measurement, IsToldWithItsPercentilesAndErrors) {
  Measurement measured;
  for (int i = 200; i > 0; --i) measured.warm.push_back(milliseconds(i));
  measured.invocations = 203;
  measured.inits = {milliseconds(300), milliseconds(90), milliseconds(120)};
  const Constant quiet = constant_of("api", measured, "");
  EXPECT_EQ(quiet.name, "api");
  EXPECT_EQ(quiet.value,
            "warm calls 200 (median 100 ms, p99 198 ms), inits 3 (median 120 ms, p99 300 ms), "
            "errors 0 of 203");
  EXPECT_EQ(quiet.source, "measured here with the event `{}`");
  measured.errors = 7;
  const Constant failing = constant_of("api", measured, "event.json");
  EXPECT_TRUE(failing.value.ends_with(", errors 7 of 203")) << failing.value;
  EXPECT_EQ(failing.source, "measured here with the event `event.json`");
  EXPECT_EQ(failing.origin, Origin::measured);
  measured.inits.clear();
  EXPECT_TRUE(constant_of("api", measured, "").value.ends_with(", inits 0, errors 7 of 203"));
}

}  // namespace
}  // namespace smyth::simulate
