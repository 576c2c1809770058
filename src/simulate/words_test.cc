#include "simulate/words.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <string>

namespace smyth::simulate {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Words, LengthsHaveUnitsAndAreSecondsWithout) {
  EXPECT_EQ(read_length("80ms", "--x"), milliseconds(80));
  EXPECT_EQ(read_length("1.5s", "--x"), milliseconds(1'500));
  EXPECT_EQ(read_length("200", "--x"), seconds(200));
  EXPECT_EQ(read_length("10m", "--x"), minutes(10));
  EXPECT_EQ(read_length("7d", "--x"), seconds(7 * 86'400));
  EXPECT_EQ(read_length("250us", "--x"), microseconds(250));
  EXPECT_EQ(read_length("0", "--x"), Duration{0});
}

TEST(Words, WhatIsNoLengthIsAnErrorThatNamesIt) {
  for (const char* text : {"", "ms", "-1s", "nan", "inf", "1 s", "1e400", "2 parsecs", "1sx"}) {
    const auto read = read_length(text, "--duration");
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::misused);
    EXPECT_NE(read.error().message.find("--duration"), std::string::npos);
    EXPECT_FALSE(read.error().hint.empty());
  }
  EXPECT_FALSE(read_length("367d", "--x"));
}

TEST(Words, LengthsAreWrittenAsAHumanReadsThem) {
  EXPECT_EQ(length_text(milliseconds(80)), "80 ms");
  EXPECT_EQ(length_text(milliseconds(1'500)), "1.50 s");
  EXPECT_EQ(length_text(seconds(86'400 * 7)), "7 d");
  EXPECT_EQ(length_text(seconds(640)), "640 s");
  EXPECT_EQ(length_text(Duration{0}), "0 ms");
}

double seconds_at(const sim::Law& law, int draws = 20'000) {
  Prng prng(1, 2);
  double sum = 0;
  for (int i = 0; i < draws; ++i) sum += static_cast<double>(law.draw(prng).count()) / 1e9;
  return sum / draws;
}

TEST(Words, LawsAreReadAsTheyAreWritten) {
  EXPECT_NEAR(seconds_at(read_law("80ms", "--x")->law), 0.08, 1e-9);
  EXPECT_NEAR(seconds_at(read_law("constant:2s", "--x")->law), 2, 1e-9);
  EXPECT_NEAR(seconds_at(read_law("exponential:2s", "--x")->law), 2, 0.06);
  EXPECT_NEAR(seconds_at(read_law("gamma:shape=4,mean=2s", "--x")->law), 2, 0.03);
  // exp(mu + sigma^2 / 2) with sigma = ln(9 / 3) / (2.3263 - 0).
  EXPECT_NEAR(seconds_at(read_law("lognormal:p50=3s,p99=9s", "--x")->law), 3.354, 0.05);
  EXPECT_EQ(read_law("exponential:2s", "--x")->text, "exponential:2s");
}

TEST(Words, ALawMayBeAFileOfLengths) {
  const std::string path = testing::TempDir() + "/lengths.txt";
  std::ofstream(path) << "100ms\n\n300ms\r\n";
  EXPECT_NEAR(seconds_at(read_law("file:" + path, "--x")->law), 0.2, 0.005);
  std::ofstream(path) << "100ms\nlong\n";
  EXPECT_EQ(read_law("file:" + path, "--x").error().message,
            path + ":2: `long` is no length of time");
  std::ofstream(path) << "";
  EXPECT_FALSE(read_law("file:" + path, "--x"));
  EXPECT_FALSE(read_law("file:/nowhere/at/all", "--x"));
}

TEST(Words, WhatIsNoLawIsAnError) {
  for (const char* text :
       {"", "normal:1s", "exponential", "lognormal:p50=1s", "lognormal:p50=2s,p99=1s",
        "lognormal:p50=1s,p50=2s", "lognormal:q=1s,p99=2s", "lognormal:p0=1s,p99=2s",
        "gamma:shape=0,mean=1s", "gamma:shape=2", "constant:soon"}) {
    EXPECT_FALSE(read_law(text, "--duration")) << text;
  }
}

TEST(Words, RatesAreCallsASecond) {
  EXPECT_EQ(read_rate("50", "--rate"), 50);
  EXPECT_EQ(read_rate("50/s", "--rate"), 50);
  EXPECT_EQ(read_rate("3000/min", "--rate"), 50);
  EXPECT_EQ(read_rate("1800/h", "--rate"), 0.5);
  EXPECT_EQ(read_rate("86400/d", "--rate"), 1);
  for (const char* text : {"", "-1", "5/week", "nan", "20000000", "many"}) {
    EXPECT_FALSE(read_rate(text, "--rate")) << text;
  }
}

TEST(Words, SharesAndCountsStayWithinTheirRange) {
  EXPECT_EQ(read_share("1%", "--errors"), 0.01);
  EXPECT_EQ(read_share("0.5", "--errors"), 0.5);
  for (const char* text : {"", "101%", "-1%", "2", "%"}) {
    EXPECT_FALSE(read_share(text, "--errors")) << text;
  }
  EXPECT_EQ(read_count("20", "--reserved", 0, 20), 20U);
  for (const char* text : {"", "21", "-1", "1.5", "0x1", "99999999999999999999"}) {
    EXPECT_FALSE(read_count(text, "--reserved", 0, 20)) << text;
  }
}

}  // namespace
}  // namespace smyth::simulate
