#include "live/log_page.h"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>

namespace smyth::live {
namespace {

using observe::History;
using observe::LogEventType;
using testing::ElementsAre;

std::shared_ptr<const observe::LogSource> source_of(const std::string& function) {
  return std::make_shared<const observe::LogSource>(observe::LogSource{
      .function = function, .environment = function + ":0", .stream = "s/[$LATEST]1"});
}

// `count` invocations, of one function and of another in turn, each with a START and a line.
void fill(History& history, int count) {
  const auto one = source_of("one");
  const auto other = source_of("other");
  for (int n = 0; n < count; ++n) {
    const std::string id = fmt::format("id-{}", n);
    const auto& source = n % 2 == 0 ? one : other;
    history.add({.type = LogEventType::start, .unix_ms = n, .request_id = id}, source);
    history.add({.unix_ms = n, .request_id = id, .text = "line of " + id}, source);
  }
}

std::vector<std::string> texts(const History& history, const LogQuery& query) {
  const auto page = boost::json::parse(log_page(history, query));
  std::vector<std::string> found;
  for (const auto& record : page.at("records").as_array()) {
    found.emplace_back(record.at("text").as_string());
  }
  return found;
}

TEST(LogPage, TellsAllThatThereIsOfARecord) {
  History history;
  history.add({.type = LogEventType::start, .unix_ms = 1'767'323'045'678, .request_id = "id"},
              source_of("one"));
  EXPECT_EQ(log_page(history, {}),
            R"({"last":1,"more":false,"records":[{"sequence":1,"time":"2026-01-02T03:04:05.678Z",)"
            R"("type":"platform.start","function":"one","environment":"one:0",)"
            R"("stream":"s/[$LATEST]1","request_id":"id",)"
            R"("text":"START RequestId: id Version: $LATEST",)"
            R"("record":{"requestId":"id","version":"$LATEST"}}]})");
  EXPECT_EQ(log_page({}, {}), R"({"last":0,"more":false,"records":[]})");
}

TEST(LogPage, HasWhatIsAskedFor) {
  History history;
  fill(history, 4);
  EXPECT_THAT(
      texts(history, {.function = "other", .tail = 3}),
      ElementsAre("line of id-1", "START RequestId: id-3 Version: $LATEST", "line of id-3"));
  EXPECT_THAT(texts(history, {.request_id = "id-2"}),
              ElementsAre("START RequestId: id-2 Version: $LATEST", "line of id-2"));
  EXPECT_THAT(texts(history, {.after = 6}),
              ElementsAre("START RequestId: id-3 Version: $LATEST", "line of id-3"));
  EXPECT_THAT(texts(history, {.after = 8}), ElementsAre());
  EXPECT_THAT(texts(history, {.after = 800}), ElementsAre());
  EXPECT_EQ(texts(history, {.tail = 100}).size(), 8u);
}

TEST(LogPage, IsReadOnWhereTheLastOneEnded) {
  History history;
  fill(history, 1'100);
  std::vector<std::int64_t> sequences;
  std::uint64_t after = 0;
  for (bool has_more = true; has_more;) {
    const auto page = boost::json::parse(log_page(history, {.function = "one", .after = after}));
    for (const auto& record : page.at("records").as_array()) {
      sequences.push_back(record.at("sequence").as_int64());
    }
    after = page.at("last").to_number<std::uint64_t>();
    has_more = page.at("more").as_bool();
    ASSERT_LE(page.at("records").as_array().size(), log_page_records_max);
  }
  EXPECT_EQ(sequences.size(), 1'100u);
  EXPECT_TRUE(std::ranges::is_sorted(sequences));
  EXPECT_EQ(std::ranges::adjacent_find(sequences), sequences.end());
  EXPECT_EQ(after, 2'200u);
}

TEST(LogPage, TakesNoMoreThanItsBytes) {
  History history;
  const std::string line(64u << 10, 'x');
  for (int n = 0; n < 200; ++n) history.add({.text = line}, source_of("one"));
  EXPECT_LT(log_page(history, {}).size(), log_page_bytes_max + 4 * line.size());
}

TEST(LogQuery, IsReadFromAUrl) {
  EXPECT_EQ(parse_log_query("").value(), LogQuery{});
  EXPECT_EQ(parse_log_query("function=a%2Db&request_id=id&after=7&tail=3").value(),
            (LogQuery{.function = "a-b", .request_id = "id", .after = 7, .tail = 3}));
  EXPECT_EQ(parse_log_query("tail=x").error().message, "`tail` is no number: `x`");
  EXPECT_EQ(parse_log_query("after=-1").error().message, "`after` is no number: `-1`");
  EXPECT_EQ(parse_log_query("funktion=a").error().message, "unknown parameter `funktion`");
}

}  // namespace
}  // namespace smyth::live
