#include "runtime/output_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace smyth::runtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Lines = std::vector<std::string>;

Lines cut(const std::vector<std::string>& pieces, bool flush = true) {
  Lines lines;
  OutputLines output([&](std::string_view line) { lines.emplace_back(line); });
  for (const std::string& piece : pieces) output.add(piece);
  if (flush) output.flush();
  return lines;
}

TEST(OutputLines, AreWithoutTheirEnds) {
  EXPECT_THAT(cut({"a\nb\r\n\nc\n"}), ElementsAre("a", "b", "", "c"));
}

TEST(OutputLines, ArePutTogetherFromPieces) {
  EXPECT_THAT(cut({"a", "b", "c\nd", "\n"}), ElementsAre("abc", "d"));
  EXPECT_THAT(cut({"a", "b"}, false), IsEmpty());
}

TEST(OutputLines, WithoutAnEndAreToldByFlushOnce) {
  Lines lines;
  OutputLines output([&](std::string_view line) { lines.emplace_back(line); });
  output.add("part");
  output.flush();
  output.flush();
  output.add("rest\n");
  EXPECT_THAT(lines, ElementsAre("part", "rest"));
}

TEST(OutputLines, AreToldInPartsWhereTheyAreLong) {
  const std::string line(1'000'000, 'x');
  for (const Lines& lines :
       {cut({line + "\nend\n"}), cut({line.substr(0, 999), line.substr(999), "\nend"})}) {
    ASSERT_EQ(lines.size(), 1'000'000 / line_bytes_max + 2);
    EXPECT_EQ(lines.front().size(), line_bytes_max);
    EXPECT_EQ(lines.back(), "end");
    std::string whole;
    for (const std::string& part : lines) whole += part;
    EXPECT_EQ(whole, line + "end");
  }
}

TEST(OutputLines, OfTheGreatestLengthAreOneLine) {
  const std::string line(line_bytes_max, 'x');
  EXPECT_THAT(cut({line + "\n"}), ElementsAre(line));
  EXPECT_THAT(cut({line, "\n"}), ElementsAre(line));
}

TEST(OutputLines, AreNotCutWithinACharacter) {
  for (const std::string character : {"ä", "€", "😀"}) {
    for (std::size_t shift = 0; shift < 4; ++shift) {
      std::string line(shift, 'x');
      while (line.size() < 3 * line_bytes_max) line += character;
      std::string whole;
      for (const std::string& part : cut({line + "\n"})) {
        EXPECT_LE(part.size(), line_bytes_max);
        whole += part;
      }
      EXPECT_EQ(whole, line);
    }
  }
}

TEST(OutputLines, HaveReplacementsForWhatIsNoUtf8) {
  EXPECT_THAT(cut({"a\xff"
                   "b\xc3\n"}),
              ElementsAre("a\uFFFDb\uFFFD"));
  EXPECT_THAT(cut({"\xe2\x82\n"}), ElementsAre("\uFFFD\uFFFD"));            // Cut off.
  EXPECT_THAT(cut({"\xed\xa0\x80\n"}), ElementsAre("\uFFFD\uFFFD\uFFFD"));  // A surrogate.
  EXPECT_THAT(cut({"\xc0\x80\n"}), ElementsAre("\uFFFD\uFFFD"));            // Longer than need be.
  EXPECT_THAT(cut({"\xf4\x90\x80\x80\n"}), ElementsAre("\uFFFD\uFFFD\uFFFD\uFFFD"));
  EXPECT_THAT(cut({"grüße \xe2\x82\xac \xf0\x9f\x98\x80\n"}), ElementsAre("grüße € 😀"));
}

TEST(OutputLines, SurviveBytesThatAreContinuationsAlone) {
  std::size_t bytes = 0;
  for (const std::string& part : cut({std::string(200'000, '\x80')})) bytes += part.size();
  EXPECT_EQ(bytes, 200'000u * 3);
}

}  // namespace
}  // namespace smyth::runtime
