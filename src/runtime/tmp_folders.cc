#include "runtime/tmp_folders.h"

#include "runtime/linux_private_folder.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace smyth::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view beginning = "smyth-tmp-";

void erase(const fs::path& folder) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

std::string as_tmp(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0) return {};
  ::chmod(folder.c_str(), 01777);  // As /tmp is; the folder above it lets nobody in.
  return folder.string();
}

void append_parts(std::vector<std::string>& parts, std::string_view text) {
  while (true) {
    const std::size_t end = text.find(':');
    if (text.starts_with("/tmp/")) parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

constexpr int entries_max = 1'000;  // That are looked at, of a folder.

// What a folder is, and what the links in it lead to.
void append_links(std::vector<std::string>& paths, const std::string& folder) {
  std::error_code error;
  const fs::path real = fs::canonical(folder, error);
  if (error) return;
  paths.push_back(real.string());
  int seen = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(real, error)) {
    if (++seen > entries_max) return;
    if (!entry.is_symlink(error)) continue;
    const fs::path target = fs::canonical(entry.path(), error);
    if (!error) paths.push_back(target.string());
  }
}

// What the function needs wherever it is: its code, and all that its variables and its command
// name.
std::vector<std::string> kept_by(const StartSpec& spec, const fs::path& package) {
  std::vector<std::string> paths{package.string(), spec.cwd, spec.project};
  append_links(paths, spec.project);
  if (spec.cwd != spec.project) append_links(paths, spec.cwd);
  paths.insert(paths.end(), spec.sys_path.begin(), spec.sys_path.end());
  for (const std::string& word : spec.command) append_parts(paths, word);
  for (const auto& [name, value] : spec.environ) {
    if (name != "TMPDIR") append_parts(paths, value);
  }
  return paths_below_tmp(std::move(paths));
}

Mounts without_tmp(const StartSpec& spec) {
  if (!can_mount()) return {};
  return {.tmp = {}, .kept = {}, .read_only = spec.read_only, .opt = spec.opt};
}

Mounts with_tmp(std::string folder, const StartSpec& spec, const fs::path& package) {
  return {.tmp = std::move(folder),
          .kept = kept_by(spec, package),
          .read_only = spec.read_only,
          .tmp_mib = spec.tmp_limit,
          .opt = spec.opt};
}

// It names a folder for the server and its like; the environment has a /tmp of its own.
void forget_servers_tmpdir(StartSpec& spec) {
  const auto found = spec.environ.find("TMPDIR");
  const char* servers = std::getenv("TMPDIR");
  if (found != spec.environ.end() && servers != nullptr && found->second == servers) {
    spec.environ.erase(found);
  }
}

}  // namespace

TmpFolders::~TmpFolders() {
  if (!root_.empty()) erase(root_);
}

fs::path TmpFolders::next_name() {
  if (is_failed_) return {};
  if (root_.empty()) {
    remove_left_tmp_folders(0);
    std::error_code error;
    auto root = make_temporary_folder(
        (fs::temp_directory_path(error) / fmt::format("{}{}-", beginning, ::getpid())).string());
    is_failed_ = !root;
    if (!root) return {};
    root_ = std::move(*root);
  }
  return root_ / std::to_string(++made_);
}

std::string TmpFolders::make() {
  const fs::path name = next_name();
  return name.empty() ? std::string{} : as_tmp(name);
}

Result<fs::path> TmpFolders::make_folder() {
  fs::path name = next_name();
  std::error_code error;
  if (!name.empty() && fs::create_directory(name, error)) return name;
  return fail(fmt::format("cannot make a folder in `{}`", fs::temp_directory_path(error).string()),
              "make room there, or name another folder in `TMPDIR`");
}

TmpFolders::Owned& TmpFolders::owned_by(EnvironmentId id, const StartSpec& spec) {
  if (owned_.size() <= id.index) owned_.resize(id.index + 1);
  Owned& owned = owned_[id.index];
  if (owned.log_stream != spec.log_stream) {
    remove(id);
    owned.log_stream = spec.log_stream;
  }
  return owned;
}

Mounts TmpFolders::mounts_of(EnvironmentId id, StartSpec& spec, const fs::path& package) {
  if (!spec.own_tmp) return without_tmp(spec);
  Owned& owned = owned_by(id, spec);
  if (owned.folder.empty()) owned.folder = make();
  if (owned.folder.empty()) return without_tmp(spec);
  if (!can_mount()) {
    spec.environ["TMPDIR"] = owned.folder;
    return {};
  }
  forget_servers_tmpdir(spec);
  owned.has_size = spec.tmp_limit != 0;
  if (owned.kept) {
    Mounts joined;
    joined.joined = owned.kept.file();
    joined.joined_user = owned.kept.user_file();
    return joined;
  }
  return with_tmp(owned.folder, spec, package);
}

Mounts TmpFolders::mounts_ahead(const StartSpec& spec, const fs::path& package) {
  if (!spec.own_tmp || !can_mount()) return without_tmp(spec);
  return with_tmp(make(), spec, package);
}

Mounts TmpFolders::mounts_of_snapshot(StartSpec& spec, const fs::path& package) {
  Mounts mounts = mounts_ahead(spec, package);
  if (!mounts.tmp.empty()) forget_servers_tmpdir(spec);
  return mounts;
}

void TmpFolders::adopt(EnvironmentId id, StartSpec& spec, const Mounts& mounts) {
  if (mounts.tmp.empty()) return;
  forget_servers_tmpdir(spec);
  Owned& owned = owned_by(id, spec);
  owned.has_size = spec.tmp_limit != 0;
  if (!owned.folder.empty()) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(owned.folder, ignored)) {
      fs::rename(entry.path(), fs::path(mounts.tmp) / entry.path().filename(), ignored);
    }
    erase(owned.folder);
  }
  owned.folder = mounts.tmp;
}

void TmpFolders::keep(EnvironmentId id, pid_t pid) {
  if (id.index >= owned_.size() || pid == 0) return;
  Owned& owned = owned_[id.index];
  if (owned.has_size && !owned.kept) owned.kept = KeptMounts::of(pid);
}

bool TmpFolders::is_kept(EnvironmentId id) const {
  return id.index < owned_.size() && static_cast<bool>(owned_[id.index].kept);
}

void TmpFolders::remove(EnvironmentId id) { remove(release(id)); }

std::string TmpFolders::release(EnvironmentId id) {
  if (id.index >= owned_.size()) return {};
  Owned& owned = owned_[id.index];
  owned.log_stream.clear();
  owned.has_size = false;
  owned.kept = {};
  return std::exchange(owned.folder, {});
}

void TmpFolders::remove(const std::string& folder) {
  if (!folder.empty()) erase(folder);
}

void TmpFolders::remove(const Mounts& mounts) { remove(mounts.tmp); }

void remove_left_tmp_folders(pid_t server) {
  std::error_code ignored;
  std::vector<fs::path> left;
  for (const auto& entry : fs::directory_iterator(fs::temp_directory_path(ignored), ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(beginning) || !is_private_folder(entry.path())) continue;
    pid_t owner = 0;
    std::from_chars(name.data() + beginning.size(), name.data() + name.size(), owner);
    const bool is_left =
        server != 0 ? owner == server : owner > 0 && ::kill(owner, 0) != 0 && errno == ESRCH;
    if (is_left) left.push_back(entry.path());
  }
  for (const fs::path& folder : left) erase(folder);
}

}  // namespace smyth::runtime
