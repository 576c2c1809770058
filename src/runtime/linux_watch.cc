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

bool concerns(std::string_view path, std::string_view file) {
  return file.starts_with(path) && (file.size() == path.size() || file[path.size()] == '/');
}

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
  roots_[root.string()] = Depth::deep;
  if (!add_folder(root.string(), root_events, nullptr)) {
    return limit(fmt::format("not all folders below `{}` can be watched", root.string()),
                 "max_user_watches=524288");
  }
  return {};
}

void Watch::add_shallow(const fs::path& folder) {
  roots_.emplace(folder.string(), Depth::shallow);
  if (inotify_.is_open()) add_if_new(folder);
}

bool Watch::add_if_new(const fs::path& folder) {
  return folders_.contains(folder.string()) ||
         add_one(folder.string(), root_events, Depth::shallow);
}

// The folders between it and one that is watched are watched with it: another may take the place of
// each.
void Watch::add_file(std::string_view file) {
  if (!inotify_.is_open() || files_.contains(file)) return;
  const std::string name(file);
  const auto is_below_a_root = [&](const std::string& folder) {
    return std::ranges::any_of(roots_, [&](const auto& root) {
      return folder != root.first && concerns(root.first, folder);
    });
  };
  fs::path folder = fs::path(name).parent_path();
  if (add_if_new(folder)) files_.insert(name);
  for (; is_below_a_root(folder.string()); folder = folder.parent_path()) add_if_new(folder);
  add_if_new(folder);
  add_link(name);
}

void Watch::add_link(const std::string& file) {
  links_.erase(file);
  std::error_code error;
  if (!fs::is_symlink(file, error)) return;
  const fs::path target = fs::canonical(file, error);
  if (error) return;
  links_[file] = target.string();
  add_if_new(target.parent_path());
}

bool Watch::add_one(const std::string& folder, std::uint32_t events, Depth depth) {
  const int watch = ::inotify_add_watch(inotify_.native_handle(), folder.c_str(), events);
  if (watch < 0) return false;
  const auto before = folders_.find(folder);
  if (before != folders_.end() && before->second.watch != watch) drop(before);
  folders_[folder] = {.watch = watch, .depth = depth};
  auto& names = names_[watch];
  if (std::ranges::find(names, folder) == names.end()) names.push_back(folder);
  return true;
}

// Whether it and all below it could be watched. `found`: its files count as changed.
bool Watch::add_folder(const std::string& folder, std::uint32_t events, Changes* found) {
  // It may have gone by itself.
  if (!add_one(folder, events, Depth::deep)) return errno != ENOSPC && errno != ENOMEM;
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
    add_other_names(*paths);
    std::ranges::sort(*paths);
    const auto twice = std::ranges::unique(*paths);
    paths->erase(twice.begin(), twice.end());
  }
  // What they are links to, and whether their folders are watched, is open again.
  if (changes.everything) files_.clear();
  for (const std::string& path : changes.paths) {
    files_.erase(path);
    const auto below = files_.lower_bound(path + '/');
    files_.erase(below, std::find_if_not(below, files_.end(), [&](const std::string& file) {
                   return concerns(path, file);
                 }));
  }
  return changes;
}

// Those of links to what stands there.
void Watch::add_other_names(std::vector<std::string>& paths) const {
  if (links_.empty()) return;
  const std::size_t count = paths.size();
  for (std::size_t index = 0; index < count; ++index) {
    for (const auto& [link, target] : links_) {
      if (concerns(paths[index], target)) paths.push_back(link);
    }
  }
}

void Watch::take(const inotify_event& event, Changes& changes) {
  if (event.mask & IN_Q_OVERFLOW) {
    changes.everything = true;
    begin_anew();
    return;
  }
  const auto found = names_.find(event.wd);
  if (found == names_.end()) return;
  const std::vector<std::string> names = found->second;
  if (event.mask & IN_IGNORED) names_.erase(found);
  for (const std::string& name : names) {
    if (!(event.mask & IN_IGNORED)) {
      take_in(name, event, changes);
      continue;
    }
    const auto folder = folders_.find(name);
    if (folder == folders_.end() || folder->second.watch != event.wd) continue;
    folders_.erase(folder);
    changes.paths.push_back(name);
  }
}

void Watch::take_in(const std::string& folder, const inotify_event& event, Changes& changes) {
  const auto known = folders_.find(folder);
  if (known == folders_.end()) return;
  const Depth depth = known->second.depth;
  const std::string_view name = event.len > 0 ? event.name : "";
  const std::string path = folder + '/' + std::string(name);
  if (event.mask & IN_ISDIR) return take_folder(path, depth, event.mask, changes);
  if (name == "pyvenv.cfg" && depth == Depth::deep && !roots_.contains(folder)) {
    return forget(folder);  // It has become a virtual environment.
  }
  if (is_editors_file(name)) return;
  const bool is_made = (event.mask & IN_CREATE) != 0 && is_being_made(path);
  if (is_made || (event.mask & IN_MODIFY) != 0) {
    changes.writing.push_back(path);
    return;
  }
  std::erase(changes.writing, path);  // Unless it is written to again.
  changes.paths.push_back(path);
  forget(path);  // Where it was a link to a folder.
}

// Among what was lost may be folders that are new, and others that have gone.
void Watch::begin_anew() {
  for (auto folder = folders_.begin(); folder != folders_.end();) {
    folder = folder->second.depth == Depth::shallow ? drop(folder) : std::next(folder);
  }
  for (const auto& [root, depth] : roots_) {
    if (depth == Depth::deep) {
      add_folder(root, root_events, nullptr);
    } else {
      add_if_new(root);
    }
  }
}

void Watch::take_folder(const std::string& folder, Depth depth, std::uint32_t events,
                        Changes& changes) {
  if (events & (IN_MOVED_FROM | IN_DELETE)) {
    if (depth == Depth::shallow || folders_.contains(folder)) changes.paths.push_back(folder);
    forget(folder);
  } else if (is_tools_folder(folder)) {
    return;
  } else if (depth == Depth::shallow) {
    changes.paths.push_back(folder);
    forget(folder);  // What was watched under that name is another one.
  } else {
    const bool is_whole = add_folder(folder, folder_events, &changes);
    changes.everything = changes.everything || !is_whole;
  }
}

Watch::Folders::iterator Watch::drop(Folders::iterator folder) {
  const auto names = names_.find(folder->second.watch);
  if (names != names_.end()) {
    std::erase(names->second, folder->first);
    if (names->second.empty()) {
      ::inotify_rm_watch(inotify_.native_handle(), names->first);
      names_.erase(names);
    }
  }
  return folders_.erase(folder);
}

void Watch::forget(const std::string& folder) {
  if (const auto found = folders_.find(folder); found != folders_.end()) drop(found);
  const std::string below = folder + '/';
  for (auto found = folders_.lower_bound(below);
       found != folders_.end() && found->first.starts_with(below);) {
    found = drop(found);
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
