#include "cli/commands.h"
#include "cli/project.h"
#include "live/server.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

namespace smyth::cli {

int run(const RunOptions& options) {
  auto config = load_config(options.config);
  if (!config) return config.error();
  config::Config configured = *config;
  if (options.host) config->host = *options.host;
  if (options.port) config->port = *options.port;
  if (options.no_reload) config->reload = false;
  if (options.log_level) {
    const auto level = config::parse_log_level(*options.log_level);
    if (!level) {
      return report({ErrorCode::misused, fmt::format("unknown log level `{}`", *options.log_level),
                     "use DEBUG, INFO, WARNING, ERROR or CRITICAL"});
    }
    config->log_level = *level;
  }
  std::error_code ignored;
  live::ServeOptions serve{.config = std::move(*config),
                           .configured = std::move(configured),
                           .start_folder = std::filesystem::current_path(ignored),
                           .record_file = options.record,
                           .quiet = options.quiet,
                           .report = options.report,
                           .json = options.json,
                           .with_parent = options.with_parent,
                           .no_timeout = options.no_timeout};
  const auto served = live::serve(std::move(serve));
  return served ? 0 : report(served.error());
}

}  // namespace smyth::cli
