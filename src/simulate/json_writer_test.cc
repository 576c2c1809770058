#include "simulate/json_writer.h"

#include <gtest/gtest.h>

#include <limits>

namespace smyth::simulate {
namespace {

TEST(JsonWriter, ValuesAreParted) {
  JsonWriter json;
  json.object().member("calls").count(7).member("of").array().text("a").boolean(true).end();
  json.member("none").object().end().member("share").object(JsonWriter::Layout::line);
  json.member("low").number(0.1).member("list").array().count(1).count(2).end().end().end();
  EXPECT_EQ(json.take(), R"({
  "calls": 7,
  "of": [
    "a",
    true
  ],
  "none": {},
  "share": {"low": 0.1, "list": [1, 2]}
}
)");
  EXPECT_EQ(json.take(), "");
}

TEST(JsonWriter, TextIsEscapedAndUtf8) {
  JsonWriter json;
  json.array(JsonWriter::Layout::line);
  json.text("a\"b\\c\n\x01").text("Zoë €😀").text("\xff\xc3(\xed\xa0\x80").end();
  EXPECT_EQ(json.take(),
            "[\"a\\\"b\\\\c\\u000a\\u0001\", \"Zoë €😀\", \"\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFD\"]\n");
}

TEST(JsonWriter, NumbersAreFiniteAndSecondsExact) {
  JsonWriter json;
  json.array(JsonWriter::Layout::line);
  json.number(0.1 + 0.2).number(std::numeric_limits<double>::infinity()).number(1e300);
  json.seconds(60'000'000'000).seconds(1'500'000'001).seconds(0);
  json.seconds(sim::Total{10'000} * 31'622'400'000'000'123).end();
  EXPECT_EQ(json.take(), "[0.3, null, 1e+300, 60, 1.500000001, 0, 316224000000.00123]\n");
}

}  // namespace
}  // namespace smyth::simulate
