#include "test/support/scenario.h"

#include "test/support/words.h"

#include <fmt/format.h>

#include <sstream>

namespace smyth::test {
namespace {

Result<Scenario::Line> parse_line(const std::string& text, int number) {
  Scenario::Line line{.number = number};
  std::istringstream words(text);
  std::string word;
  words >> word;
  if (word == "at") {
    words >> word;
    const std::optional<Duration> at = parse_duration(word);
    if (!at) return fail(fmt::format("line {}: no time: `{}`", number, word));
    line.at = TimePoint(*at);
  } else {
    line.words.push_back(word);
  }
  while (words >> word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) {
      line.words.push_back(word);
    } else {
      line.options[word.substr(0, equals)] = word.substr(equals + 1);
    }
  }
  if (line.words.empty()) return fail(fmt::format("line {}: says nothing", number));
  return line;
}

}  // namespace

Result<Scenario> parse_scenario(std::string_view text) {
  Scenario scenario;
  std::istringstream lines{std::string(text)};
  std::string text_line;
  int number = 0;
  bool after = false;
  while (std::getline(lines, text_line)) {
    ++number;
    (after ? scenario.expected : scenario.script) += text_line + "\n";
    if (text_line == "----") {
      after = true;
      continue;
    }
    if (after || text_line.empty() || text_line.starts_with('#')) continue;
    Result<Scenario::Line> line = parse_line(text_line, number);
    if (!line) return std::unexpected(line.error());
    scenario.lines.push_back(std::move(*line));
  }
  if (!after) scenario.script += "----\n";
  return scenario;
}

}  // namespace smyth::test
