#include "live/reload.h"

#include "config/config.h"

#include <algorithm>

namespace smyth::live {

Reload::Reload(boost::asio::io_context& loop, Host& host, observe::Log& log)
    : host_(host), log_(log), watch_(loop) {
  watch_.set_on_change([this] { take_notice(); });
}

void Reload::start() {
  host_.driver().set_on_loaded([this](std::string_view path) { watch_.add_file(path); });
  watch_.add_shallow(host_.start_folder());
  watch_configuration();
  watch_packages();
  const auto watched = watch_.add(host_.config().root);
  if (watched) return;
  log_.say(observe::Level::warning, "warning: " + watched.error().message);
  if (!watched.error().hint.empty()) {
    log_.say(observe::Level::warning, "hint: " + watched.error().hint);
  }
}

void Reload::take_notice() {
  const runtime::Changes changes = watch_.drain();
  // A file may have been saved and be written to again already: then it stands in both.
  for (const std::string& path : changes.paths) unfinished_.erase(path);
  for (const std::string& path : changes.writing) {
    if (path.ends_with(".py")) unfinished_.insert(path);
  }
  if (changes.paths.empty() && !changes.everything) return;
  const auto is_changed = [&](const std::filesystem::path& file) {
    return changes.everything || std::ranges::any_of(changes.paths, [&](const std::string& path) {
             return runtime::concerns(path, file.string());
           });
  };
  const auto env_file = this->env_file();
  const bool is_env_file = env_file && is_changed(*env_file);
  if (is_env_file || is_changed(host_.config().file)) configure();
  watch_configuration();
  host_.repack(changes.paths, changes.everything);
  watch_packages();
  host_.driver().changed(changes.paths, changes.everything);
}

std::optional<std::filesystem::path> Reload::env_file() const {
  const config::Config& config = host_.config();
  if (!config.env_file) return std::nullopt;
  return (config.root / *config.env_file).lexically_normal();
}

void Reload::watch_configuration() {
  watch_.add_file(host_.config().file.string());
  if (const auto file = env_file()) watch_.add_file(file->string());
}

void Reload::watch_packages() {
  std::error_code unknown;
  for (const std::filesystem::path& source : host_.packages()) {
    if (!std::filesystem::is_directory(source, unknown)) {
      watch_.add_file(source.string());
    } else if (folders_.insert(source.string()).second) {
      // That the rest of it cannot be watched is said of the project already.
      [[maybe_unused]] const auto watched = watch_.add(source);
    }
  }
}

void Reload::take_notice_of_unfinished() {
  take_notice();
  if (!unfinished_.empty()) host_.driver().changed({unfinished_.begin(), unfinished_.end()}, false);
}

void Reload::configure() {
  auto next = config::load(host_.config().file);
  if (!next) {
    for (const config::Mistake& mistake : next.error()) {
      std::string lines = config::describe(mistake);
      lines.pop_back();  // The log ends it.
      log_.say(observe::Level::error, lines);
    }
    log_.say(observe::Level::error,
             "hint: the configuration of before serves on until the file changes");
    return;
  }
  host_.apply(*next);
}

}  // namespace smyth::live
