#include "runtime/linux_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <memory>
#include <set>
#include <string_view>

namespace smyth::runtime {
namespace {

// More than any tree that is not a fork bomb needs; the zygote kills what is left of one.
constexpr int signal_passes_max = 1'000;

struct SpawnActions {
  SpawnActions() { ::posix_spawn_file_actions_init(&value); }
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&value); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  posix_spawn_file_actions_t value;
};

struct SpawnAttributes {
  SpawnAttributes() { ::posix_spawnattr_init(&value); }
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&value); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  posix_spawnattr_t value;
};

constexpr rlim_t lambdas_descriptors_max = 1'024;

// As a shell would start it: whatever the server ignores or blocks is not inherited.
void set_attributes(posix_spawnattr_t& attributes) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

std::string read_small(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char part[4096];
  for (ssize_t count; file && (count = ::read(file.get(), part, sizeof part)) > 0;) {
    text.append(part, static_cast<std::size_t>(count));
  }
  return text;
}

// Calls `take` with each entry of a folder of /proc that is a number.
template <class Take>
void each_number(const std::string& folder, Take take) {
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(folder.c_str()), ::closedir);
  while (entries) {
    const dirent* entry = ::readdir(entries.get());
    if (entry == nullptr) return;
    pid_t number = 0;
    const std::string_view name = entry->d_name;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
    if (parsed.ec == std::errc{} && parsed.ptr == name.data() + name.size()) take(number);
  }
}

pid_t parent_of(pid_t pid) {
  const std::string status = read_small(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = status.rfind(')');  // The name may hold anything.
  if (name_end == std::string::npos || name_end + 4 >= status.size()) return 0;
  pid_t parent = 0;
  std::from_chars(status.data() + name_end + 4, status.data() + status.size(), parent);
  return parent;
}

bool has_children_file() {
  static const bool is_there =
      ::access(fmt::format("/proc/self/task/{}/children", ::getpid()).c_str(), R_OK) == 0;
  return is_there;
}

void append_numbers(std::string_view text, std::vector<pid_t>& numbers) {
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    pid_t number = 0;
    const auto parsed = std::from_chars(at, end, number);
    if (parsed.ec == std::errc{}) numbers.push_back(number);
    at = parsed.ptr + 1;
  }
}

}  // namespace

void become_subreaper() { ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

Result<pid_t> spawn(const std::vector<std::string>& words, int kept, int output) {
  SpawnActions actions;
  ::posix_spawn_file_actions_addopen(&actions.value, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions.value, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions.value, output, STDERR_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions.value, kept, spawned_fd);
  ::posix_spawn_file_actions_addclosefrom_np(&actions.value, spawned_fd + 1);
  SpawnAttributes attributes;
  set_attributes(attributes.value);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, arguments[0], &actions.value, &attributes.value,
                                  arguments.data(), environ);
  if (error != 0) return fail(fmt::format("running `{}`: {}", words[0], std::strerror(error)));
  return pid;
}

void limit_descriptors(pid_t child) {
  rlimit limit{};
  if (::prlimit(child, RLIMIT_NOFILE, nullptr, &limit) != 0) return;
  limit.rlim_cur = std::min(lambdas_descriptors_max, limit.rlim_max);
  ::prlimit(child, RLIMIT_NOFILE, &limit, nullptr);
}

UniqueFd open_pidfd(pid_t pid) {
  return UniqueFd(
      static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));  // Closed at exec by itself.
}

bool send_signal(const UniqueFd& pidfd, int signal) {
  return pidfd && ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) == 0;
}

std::optional<int> reap(pid_t child) {
  int status = 0;
  const pid_t reaped = ::waitpid(child, &status, WNOHANG);
  if (reaped == child) return status;
  if (reaped < 0) return SIGKILL;
  return std::nullopt;
}

int reap_killed(pid_t child) {
  int status = SIGKILL;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  if (has_children_file()) {
    each_number(fmt::format("/proc/{}/task", pid), [&](pid_t thread) {
      append_numbers(read_small(fmt::format("/proc/{}/task/{}/children", pid, thread)), children);
    });
  } else {
    each_number("/proc", [&](pid_t process) {
      if (parent_of(process) == pid) children.push_back(process);
    });
  }
  return children;
}

// Signals everything below `pid` until a look finds nothing new: what was forked between a look and
// the signal is found by the next one.
static std::vector<pid_t> signal_below(pid_t pid, int signal) {
  std::vector<pid_t> signalled;
  std::set<pid_t> known;
  for (int pass = 0; pass < signal_passes_max; ++pass) {
    bool is_new = false;
    std::vector<pid_t> tree = children_of(pid);
    for (std::size_t at = 0; at < tree.size(); ++at) {  // Grows while it is walked.
      const std::vector<pid_t> below = children_of(tree[at]);
      tree.insert(tree.end(), below.begin(), below.end());
    }
    for (const pid_t process : tree) {
      if (!known.insert(process).second) continue;
      is_new = true;
      ::kill(process, signal);
      signalled.push_back(process);
    }
    if (!is_new) break;
  }
  return signalled;
}

void kill_below(pid_t pid) { signal_below(pid, SIGKILL); }

std::vector<pid_t> stop_below(pid_t pid) { return signal_below(pid, SIGSTOP); }

static std::uint64_t number_behind(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) return 0;
  text.remove_prefix(text.find_first_of("0123456789", at + name.size()));
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::vector<pid_t> tree_of(pid_t pid) {
  std::vector<pid_t> tree{pid};
  for (std::size_t at = 0; at < tree.size(); ++at) {  // Grows while it is walked.
    const std::vector<pid_t> below = children_of(tree[at]);
    tree.insert(tree.end(), below.begin(), below.end());
  }
  return tree;
}

// Whether the main thread has ended before the others, or blocks SIGTERM: then another one waits
// for it, or a signalfd.
static bool leaves_sigterm_to_others(pid_t pid) {
  constexpr std::string_view blocked_label = "\nSigBlk:\t";
  const std::string status = read_small(fmt::format("/proc/{}/status", pid));
  const std::size_t at = status.find(blocked_label);
  if (at == std::string::npos || status.contains("\nState:\tZ")) return true;
  std::uint64_t blocked = 0;
  std::from_chars(status.data() + at + blocked_label.size(), status.data() + status.size(), blocked,
                  16);
  return (blocked >> (SIGTERM - 1) & 1) != 0;
}

// To the main thread of each. What is sent to a process goes to any of its threads, and, if it was
// stopped until now, rarely to the main one. But it is there that Python runs its handlers, and it
// does so only when the call that the thread waits in, as for the next event, is interrupted.
void terminate_group(pid_t leader) {
  for (const pid_t process : tree_of(leader)) {
    if (::getpgid(process) != leader) continue;
    if (leaves_sigterm_to_others(process)) {
      ::kill(process, SIGTERM);
    } else {
      ::syscall(SYS_tgkill, process, process, SIGTERM);
    }
  }
}

// What the children of a process that it has waited for have used: two of the numbers in its
// `stat`, behind its name, which may have spaces.
static Duration ended_cpu_time(pid_t pid) {
  constexpr int fields_before = 13;
  static const long ticks_per_second = ::sysconf(_SC_CLK_TCK);
  const std::string text = read_small(fmt::format("/proc/{}/stat", pid));
  std::size_t at = text.rfind(')');
  for (int field = 0; field < fields_before && at != std::string::npos; ++field) {
    at = text.find(' ', at + 1);
  }
  if (at == std::string::npos) return Duration{0};
  long user = 0;
  long system = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + at + 1, end, user);
  if (read.ptr != end) std::from_chars(read.ptr + 1, end, system);
  return std::chrono::seconds(user + system) / ticks_per_second;
}

Duration cpu_time(pid_t pid) {
  Duration sum{0};
  for (const pid_t process : tree_of(pid)) {
    clockid_t clock{};
    timespec used{};
    if (::clock_getcpuclockid(process, &clock) == 0 && ::clock_gettime(clock, &used) == 0) {
      sum += std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
    }
    sum += ended_cpu_time(process);
  }
  return sum;
}

std::uint64_t resident_bytes(pid_t pid, std::uint64_t enough) {
  const std::vector<pid_t> tree = tree_of(pid);
  static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::uint64_t resident = 0;
  for (const pid_t process : tree) {
    const std::string sizes = read_small(fmt::format("/proc/{}/statm", process));
    resident += page * number_behind(sizes, " ");  // The second number.
  }
  if (resident <= enough || tree.size() == 1) return resident;
  std::uint64_t shares = 0;
  for (const pid_t process : tree) {
    shares += number_behind(read_small(fmt::format("/proc/{}/smaps_rollup", process)), "\nPss:")
              << 10;
  }
  return shares;
}

void kill_tree(pid_t pid) {
  ::kill(pid, SIGSTOP);
  kill_below(pid);
  ::kill(pid, SIGKILL);
}

}  // namespace smyth::runtime
