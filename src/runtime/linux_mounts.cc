#include "runtime/linux_mounts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <string_view>
#include <utility>

namespace smyth::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view tmp_folder = "/tmp";

bool write_text(const char* file, std::string_view text) {
  const UniqueFd opened(::open(file, O_WRONLY | O_CLOEXEC));
  return opened &&
         ::write(opened.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

constexpr rlim_t processes_max = 742;  // docs/reference/lambda-environments.md

// As many as Lambda allows a user, in a user namespace of its own: that has a count of its own
// since Linux 5.14. Elsewhere all that the user runs would count.
void limit_processes() {
  struct utsname system{};
  if (::uname(&system) != 0) return;
  int major = 0;
  int minor = 0;
  const char* const end = std::end(system.release);
  const char* const point = std::from_chars(std::begin(system.release), end, major).ptr;
  if (point != end) std::from_chars(point + 1, end, minor);
  if (std::pair(major, minor) < std::pair(5, 14)) return;
  const rlimit limit{processes_max, processes_max};
  ::setrlimit(RLIMIT_NPROC, &limit);
}

// Who may mount as it is, does; anybody else may in a user namespace, where nothing but that
// changes.
bool leave_mounts() {
  if (::unshare(CLONE_NEWNS) == 0) {
    // What is mounted here is seen nowhere else; what the system mounts is seen here.
    return ::mount("none", "/", nullptr, MS_REC | MS_SLAVE, nullptr) == 0;
  }
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  limit_processes();
  return write_text("/proc/self/uid_map", fmt::format("{0} {0} 1", user)) &&
         write_text("/proc/self/setgroups", "deny") &&
         write_text("/proc/self/gid_map", fmt::format("{0} {0} 1", group));
}

bool join(const std::string& file, int kind) {
  if (file.empty()) return true;
  const UniqueFd joined(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  return joined && ::setns(joined.get(), kind) == 0;
}

std::string own_file(const UniqueFd& fd) {
  return fd ? fmt::format("/proc/{}/fd/{}", ::getpid(), fd.get()) : std::string{};
}

// A namespace of a process, unless it is that of this one.
UniqueFd other_namespace(pid_t pid, const char* kind) {
  UniqueFd its(::open(fmt::format("/proc/{}/ns/{}", pid, kind).c_str(), O_RDONLY | O_CLOEXEC));
  struct stat one{};
  struct stat other{};
  const std::string own = fmt::format("/proc/self/ns/{}", kind);
  if (!its || ::fstat(its.get(), &one) != 0 || ::stat(own.c_str(), &other) != 0) return {};
  return one.st_ino == other.st_ino ? UniqueFd() : std::move(its);
}

bool bind(const std::string& from, const std::string& to) {
  return ::mount(from.c_str(), to.c_str(), nullptr, MS_BIND | MS_REC, nullptr) == 0;
}

// A file system of a size: nothing else can be had without being root.
bool mount_memory(const std::string& folder, std::uint32_t mib) {
  const std::string options = fmt::format("size={}m,mode=1777", mib);
  return ::mount("tmpfs", folder.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) == 0;
}

// In the place of a path below /tmp something that it can be mounted on.
bool make_room(const std::string& path, const std::string& place) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    fs::create_directories(place, error);
    return !error;
  }
  fs::create_directories(fs::path(place).parent_path(), error);
  return static_cast<bool>(UniqueFd(::open(place.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)));
}

bool mount_read_only(const std::string& from, const std::string& folder) {
  if (!bind(from, folder)) return false;
  // Flags that the system has locked have to stay.
  struct statvfs about{};
  if (::statvfs(folder.c_str(), &about) != 0) return false;
  unsigned long flags = MS_REMOUNT | MS_BIND | MS_RDONLY;
  constexpr std::array<std::pair<unsigned long, unsigned long>, 6> locked{{
      {ST_NOSUID, MS_NOSUID},
      {ST_NODEV, MS_NODEV},
      {ST_NOEXEC, MS_NOEXEC},
      {ST_NOATIME, MS_NOATIME},
      {ST_NODIRATIME, MS_NODIRATIME},
      {ST_RELATIME, MS_RELATIME},
  }};
  for (const auto& [told, flag] : locked) {
    if ((about.f_flag & told) != 0) flags |= flag;
  }
  return ::mount("none", folder.c_str(), nullptr, flags, nullptr) == 0;
}

// What a process could do that tried.
enum class Trial : unsigned char { mounts, mounts_and_limits, nothing };

Trial trial() {
  static const Trial found = [] {
    const pid_t pid = ::fork();
    if (pid == 0) {
      const bool mounts = leave_mounts();
      rlimit limit{};
      const bool limits = ::getrlimit(RLIMIT_NPROC, &limit) == 0 && limit.rlim_max == processes_max;
      const Trial had = !mounts  ? Trial::nothing
                        : limits ? Trial::mounts_and_limits
                                 : Trial::mounts;
      ::_exit(static_cast<int>(had));
    }
    int status = 0;
    if (pid < 0) return Trial::nothing;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? static_cast<Trial>(WEXITSTATUS(status)) : Trial::nothing;
  }();
  return found;
}

}  // namespace

bool can_mount() { return trial() != Trial::nothing; }

bool can_limit_processes() { return trial() == Trial::mounts_and_limits; }

bool enter_mounts(const Mounts& mounts) {
  if (mounts.is_empty()) return true;
  if (!mounts.joined.empty()) {
    // Both are opened first: behind another user namespace the server's files cannot be.
    const UniqueFd joined(::open(mounts.joined.c_str(), O_RDONLY | O_CLOEXEC));
    if (!mounts.joined_user.empty()) limit_processes();
    return joined && join(mounts.joined_user, CLONE_NEWUSER) &&
           ::setns(joined.get(), CLONE_NEWNS) == 0;
  }
  if (!leave_mounts()) return false;
  // First: the folder may lie below /tmp.
  if (!mounts.opt.empty() && !mount_read_only(mounts.opt, opt_folder)) return false;
  if (!mounts.tmp.empty()) {
    if (mounts.tmp_mib != 0 && !mount_memory(mounts.tmp, mounts.tmp_mib)) return false;
    for (const std::string& path : mounts.kept) {
      const std::string place = mounts.tmp + path.substr(tmp_folder.size());
      if (!make_room(path, place) || !bind(path, place)) return false;
    }
    if (!bind(mounts.tmp, std::string(tmp_folder))) return false;
  }
  return mounts.read_only.empty() || mount_read_only(mounts.read_only, mounts.read_only);
}

KeptMounts KeptMounts::of(pid_t pid) {
  KeptMounts kept;
  kept.mounts_ = other_namespace(pid, "mnt");
  kept.user_ = other_namespace(pid, "user");
  return kept;
}

std::string KeptMounts::file() const { return own_file(mounts_); }
std::string KeptMounts::user_file() const { return own_file(user_); }

std::vector<std::string> paths_below_tmp(std::vector<std::string> paths) {
  std::vector<std::string> found;
  for (std::string& path : paths) {
    if (!path.starts_with("/tmp/")) continue;
    path = fs::path(path).lexically_normal().string();
    while (path.ends_with('/')) path.pop_back();
    if (path.starts_with("/tmp/") && ::access(path.c_str(), F_OK) == 0) {
      found.push_back(std::move(path));
    }
  }
  std::ranges::sort(found);
  std::vector<std::string> kept;
  for (std::string& path : found) {
    const bool is_below =
        !kept.empty() && (path == kept.back() || path.starts_with(kept.back() + "/"));
    if (!is_below) kept.push_back(std::move(path));
  }
  return kept;
}

}  // namespace smyth::runtime
