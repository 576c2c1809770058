#include "simulate/grid_json.h"

#include "simulate/json_report.h"

namespace smyth::simulate {
namespace {

using Layout = JsonWriter::Layout;

void append(JsonWriter& json, const Condition& condition, const Findings& findings) {
  const Estimate value = condition.value_in(findings);
  json.object(Layout::line);
  json.member("text").text(condition.text);
  json.member("holds").boolean(condition.holds(value.value));
  json.member("is_sure").boolean(condition.holds(value.low) == condition.holds(value.high));
  json.end();
}

}  // namespace

std::string grid_json(const Grid& grid) {
  JsonWriter json;
  json.object();
  json.member("schema").text("smyth-simulate-grid-1");
  json.member("complete").boolean(grid.is_complete());
  json.member("asked").count(grid.asked);
  json.member("points").array();
  for (const GridPoint& point : grid.points) {
    json.object().member("values").object(Layout::line);
    for (std::size_t i = 0; i < grid.names.size(); ++i) {
      json.member(grid.names[i]).text(point.values[i]);
    }
    json.end().member("is_front").boolean(point.is_front).member("findings");
    append_findings(json, point.question, point.findings);
    json.end();
  }
  json.end().end();
  return json.take();
}

std::string found_json(const Found& found, const std::string& option,
                       const std::vector<Condition>& conditions, bool complete) {
  JsonWriter json;
  json.object();
  json.member("schema").text("smyth-simulate-find-1");
  json.member("complete").boolean(complete);
  json.member("option").text(option);
  json.member("is_enough").boolean(found.least.has_value());
  json.member("number").count(found.number);
  json.member("tried").array(Layout::line);
  for (const std::uint64_t number : found.tried) json.count(number);
  json.end().member("conditions").array();
  for (const Condition& condition : conditions) append(json, condition, found.findings);
  json.end().member("findings");
  append_findings(json, found.question, found.findings);
  json.end();
  return json.take();
}

}  // namespace smyth::simulate
