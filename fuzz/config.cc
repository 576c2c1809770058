// Any text as a configuration and as an env file: no crash, and either a configuration that can be
// used or mistakes that can be printed.
#include "base/check.h"
#include "base/path_pattern.h"
#include "config/config.h"
#include "config/diff.h"
#include "config/env_file.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace smyth;

namespace {

void check_usable(const config::Config& config) {
  SMYTH_CHECK(!config.functions.empty());
  SMYTH_CHECK(config.prefix.size() > 1 && config.prefix.front() == '/' &&
              config.prefix.back() != '/');
  for (const config::Function& function : config.functions) {
    SMYTH_CHECK(!function.name.empty() && !function.handler_path.empty());
    SMYTH_CHECK(function.spec.concurrency >= 1 && function.spec.queue_wait > Duration{0});
    SMYTH_CHECK(!function.url_path || parse_path_pattern(*function.url_path));
  }
  SMYTH_CHECK(config::diff(config, config) == config::Difference{});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const char* file : {"/p/smyth.toml", "/p/pyproject.toml"}) {
    const auto config = config::parse(text, file);
    if (config) {
      check_usable(*config);
    } else {
      SMYTH_CHECK(!config.error().empty());
      for (const config::Mistake& mistake : config.error()) {
        SMYTH_CHECK(!mistake.message.empty() && !mistake.hint.empty());
        SMYTH_CHECK(!config::describe(mistake).empty());
      }
    }
  }
  const auto variables = config::parse_env_file(text, "/p/.env");
  SMYTH_CHECK(variables || !variables.error().empty());
  return 0;
}
