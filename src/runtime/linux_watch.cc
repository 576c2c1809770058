#include "runtime/linux_watch.h"

#include "base/check.h"

#include <fmt/format.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace smyth::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t root_events = IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE | IN_DELETE |
                                      IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR | IN_EXCL_UNLINK;
constexpr std::uint32_t folder_events = root_events | IN_DONT_FOLLOW;
constexpr std::size_t buffer_bytes = 64u << 10;

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// A file that is just being made is told when it has been written. Links are never written to.
bool is_being_made(const std::string& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) != 0 || (S_ISREG(status.st_mode) && status.st_nlink == 1);
}

}  // namespace

bool is_editors_file(std::string_view name) {
  if (name.ends_with('~') || name.ends_with(".tmp") || name.ends_with(".pyc")) return true;
  if (name.starts_with(".#") || (name.starts_with('#') && name.ends_with('#')))
    return true;  // Emacs
  if (name.starts_with(".goutputstream-") || name.starts_with(".fuse_hidden")) return true;
  if (name.ends_with("___jb_tmp___") || name.ends_with("___jb_old___")) return true;  // JetBrains
  // Vim's swap files (.app.py.swp, .swo, .swx) and the number it tries whether it may write with.
  const std::size_t dot = name.rfind('.');
  if (name.starts_with('.') && dot > 0 && name.substr(dot).starts_with(".sw") &&
      name.size() == dot + 4) {
    return true;
  }
  return is_digits(name);
}

bool is_tools_folder(const fs::path& folder) {
  static constexpr auto names = std::to_array<std::string_view>(
      {".git", ".hg", ".svn", "node_modules", "__pycache__", "site-packages", ".venv", ".tox",
       ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache"});
  const std::string name = folder.filename().string();
  std::error_code ignored;
  return std::ranges::find(names, name) != names.end() ||
         fs::exists(folder / "pyvenv.cfg", ignored);
}

Watch::Watch(boost::asio::io_context& loop) : inotify_(loop) {
  const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  // Without instances left nothing is watched: add() says so.
  if (fd >= 0) inotify_.assign(fd);
}

Watch::~Watch() = default;

Result<void> Watch::add(const fs::path& root) {
  const auto limit = [](std::string_view what, std::string_view setting) {
    return fail(fmt::format("{}; what changes is not noticed everywhere", what),
                fmt::format("raise the limit: `sudo sysctl fs.inotify.{}`", setting));
  };
  if (!inotify_.is_open()) {
    return limit("no more files can be watched (inotify instances)", "max_user_instances=1024");
  }
  roots_.push_back(root.string());
  if (!add_folder(root.string(), root_events, nullptr)) {
    return limit(fmt::format("not all folders below `{}` can be watched", root.string()),
                 "max_user_watches=524288");
  }
  return {};
}

// Whether it and all below it could be watched. `found`: its files count as changed.
bool Watch::add_folder(const std::string& folder, std::uint32_t events, Changes* found) {
  const int watch = ::inotify_add_watch(inotify_.native_handle(), folder.c_str(), events);
  if (watch < 0) return errno != ENOSPC && errno != ENOMEM;  // It may have gone by itself.
  folders_[watch] = folder;
  watches_[folder] = watch;
  bool is_whole = true;
  std::error_code error;
  // Looked through after it is watched: what appears meanwhile is seen twice rather than never.
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code unknown;
    const fs::path& path = entry->path();
    if (entry->symlink_status(unknown).type() == fs::file_type::directory) {
      if (!is_tools_folder(path) && !add_folder(path.string(), folder_events, found)) {
        is_whole = false;
      }
    } else if (found && !is_editors_file(path.filename().string())) {
      found->paths.push_back(path.string());
    }
  }
  return is_whole;
}

Changes Watch::drain() {
  Changes changes;
  if (!inotify_.is_open()) return changes;
  alignas(inotify_event) std::array<char, buffer_bytes> buffer;
  for (ssize_t count;
       (count = ::read(inotify_.native_handle(), buffer.data(), buffer.size())) > 0;) {
    for (const char* at = buffer.data(); at < buffer.data() + count;) {
      const auto& event = *reinterpret_cast<const inotify_event*>(at);
      take(event, changes);
      at += sizeof(inotify_event) + event.len;
    }
    if (static_cast<std::size_t>(count) < buffer.size() / 2) break;  // That was all.
  }
  for (auto* paths : {&changes.paths, &changes.writing}) {
    std::ranges::sort(*paths);
    const auto twice = std::ranges::unique(*paths);
    paths->erase(twice.begin(), twice.end());
  }
  return changes;
}

void Watch::take(const inotify_event& event, Changes& changes) {
  if (event.mask & IN_Q_OVERFLOW) {
    changes.everything = true;
    // New folders may be among what was lost.
    for (const std::string& root : roots_) add_folder(root, root_events, nullptr);
    return;
  }
  const auto found = folders_.find(event.wd);
  if (found == folders_.end()) return;
  const std::string folder = found->second;
  if (event.mask & IN_IGNORED) {
    folders_.erase(found);
    const auto watch = watches_.find(folder);
    if (watch != watches_.end() && watch->second == event.wd) watches_.erase(watch);
    return;
  }
  const std::string_view name = event.len > 0 ? event.name : "";
  const std::string path = folder + '/' + std::string(name);
  if (event.mask & IN_ISDIR) return take_folder(path, event.mask, changes);
  if (name == "pyvenv.cfg" && std::ranges::find(roots_, folder) == roots_.end()) {
    return forget(folder);  // It has become a virtual environment.
  }
  if (is_editors_file(name)) return;
  const bool is_made = (event.mask & IN_CREATE) != 0 && is_being_made(path);
  if (is_made || (event.mask & IN_MODIFY) != 0) {
    changes.writing.push_back(path);
  } else {
    std::erase(changes.writing, path);  // Unless it is written to again.
    changes.paths.push_back(path);
  }
}

void Watch::take_folder(const std::string& folder, std::uint32_t events, Changes& changes) {
  if (events & (IN_MOVED_FROM | IN_DELETE)) {
    changes.everything = changes.everything || watches_.contains(folder);
    forget(folder);
  } else if (!is_tools_folder(folder)) {
    const bool is_whole = add_folder(folder, folder_events, &changes);
    changes.everything = changes.everything || !is_whole;
  }
}

void Watch::forget(const std::string& folder) {
  const auto drop = [this](auto watch) {
    ::inotify_rm_watch(inotify_.native_handle(), watch->second);
    folders_.erase(watch->second);
    return watches_.erase(watch);
  };
  if (const auto watch = watches_.find(folder); watch != watches_.end()) drop(watch);
  const std::string below = folder + '/';
  for (auto watch = watches_.lower_bound(below);
       watch != watches_.end() && watch->first.starts_with(below);) {
    watch = drop(watch);
  }
}

void Watch::set_on_change(std::function<void()> on_change) {
  const bool is_first = !on_change_;
  on_change_ = std::move(on_change);
  if (is_first && inotify_.is_open()) wait();
}

void Watch::wait() {
  inotify_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [this](const boost::system::error_code& error) {
                        if (error) return;
                        on_change_();
                        wait();
                      });
}

}  // namespace smyth::runtime
