// First line: a path pattern; the rest: a path. No crash, and what is matched can be put back
// together.
#include "base/check.h"
#include "front/router.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace smyth;

namespace {

// The pattern with each parameter replaced by its value.
std::string filled(const PathSyntax& syntax, const front::PathParams& params) {
  std::string path;
  for (std::size_t i = 0; i < syntax.params.size(); ++i) {
    SMYTH_CHECK(syntax.params[i].name == params[i].first);
    path += syntax.params[i].before + params[i].second;
  }
  return path + syntax.after;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(text.find('\n'), text.size());
  const std::string path = front::percent_decode(text.substr(std::min(line + 1, text.size())));
  SMYTH_CHECK(path.size() <= size);

  const auto pattern = front::PathPattern::parse(text.substr(0, line));
  const auto syntax = parse_path_pattern(text.substr(0, line));
  SMYTH_CHECK(pattern.has_value() == syntax.has_value());
  if (!pattern) {
    SMYTH_CHECK(!pattern.error().message.empty() && !pattern.error().hint.empty());
    return 0;
  }
  SMYTH_CHECK(pattern->route_key().starts_with("ANY /"));
  if (const auto params = pattern->match(path)) {
    SMYTH_CHECK(params->size() == syntax->params.size());
    SMYTH_CHECK(filled(*syntax, *params) == path);
  }
  return 0;
}
