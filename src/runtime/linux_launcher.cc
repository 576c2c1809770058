#include "runtime/linux_launcher.h"

#include "runtime/frame_codec.h"
#include "runtime/launch.h"
#include "runtime/linux_mounts.h"
#include "runtime/linux_process.h"
#include "runtime/linux_socket.h"
#include "runtime/role.h"
#include "runtime/tmp_folders.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::runtime {
namespace {

constexpr int first_own_fd = 16;  // Above all that a program is given.
constexpr auto sweep_pause_us = 1'000;
constexpr auto busy_pause_us = 5'000;
constexpr int busy_turns_max = 40;  // Meanwhile no other program starts.

// What a program could not be started by: the step, and errno.
struct StartFailure {
  int error = 0;
  char step = ' ';  // 'm': its mounts, 'd': its working folder, 'x': the program itself.
};

std::string find_program(const Launch& launch) {
  const std::string& name = launch.words[0];
  if (name.find('/') != std::string::npos) return name;
  std::string_view path = "/usr/local/bin:/usr/bin:/bin";
  for (const std::string& variable : launch.environ) {
    if (variable.starts_with("PATH=")) path = std::string_view(variable).substr(5);
  }
  std::string denied;
  while (true) {
    const std::size_t end = path.find(':');
    const std::string_view folder = path.substr(0, end);
    std::string file = fmt::format("{}/{}", folder.empty() ? "." : folder, name);
    struct stat about{};
    if (::stat(file.c_str(), &about) == 0 && S_ISREG(about.st_mode)) {
      if (::access(file.c_str(), X_OK) == 0) return file;
      if (denied.empty()) denied = std::move(file);
    }
    if (end == std::string_view::npos) break;
    path.remove_prefix(end + 1);
  }
  return denied.empty() ? name : denied;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> found;
  found.reserve(texts.size() + 1);
  for (const std::string& text : texts) found.push_back(const_cast<char*>(text.c_str()));
  found.push_back(nullptr);
  return found;
}

UniqueFd raised(int fd) { return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, first_own_fd)); }

// By itself, before it has forked anything.
void join(const std::string& group) {
  if (group.empty()) return;
  const UniqueFd file(::open(group.c_str(), O_WRONLY | O_CLOEXEC));
  if (file) [[maybe_unused]]
    const ssize_t written = ::write(file.get(), "0", 1);
}

// In the forked child: becomes the program, or tells why not.
[[noreturn]] void become(const Launch& launch, pid_t launcher, int output, int frames,
                         int failure) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != launcher) ::_exit(1);
  become_subreaper();
  ::setpgid(0, 0);
  const UniqueFd own_output = raised(output);
  const UniqueFd own_frames = frames >= 0 ? raised(frames) : UniqueFd();
  const UniqueFd own_failure = raised(failure);
  const UniqueFd nothing(::open("/dev/null", O_RDONLY));
  if (nothing) ::dup2(nothing.get(), STDIN_FILENO);
  ::fcntl(own_output.get(), F_SETFL, 0);
  ::dup2(own_output.get(), STDOUT_FILENO);
  ::dup2(own_output.get(), STDERR_FILENO);
  int first_closed = STDERR_FILENO + 1;
  if (own_frames) first_closed = ::dup2(own_frames.get(), spawned_fd) + 1;
  ::close_range(static_cast<unsigned>(first_closed), ~0u, CLOSE_RANGE_CLOEXEC);
  sigset_t none;
  sigemptyset(&none);
  for (int number = 1; number < NSIG; ++number) std::signal(number, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);

  join(launch.group);
  StartFailure why{.error = 0, .step = 'm'};
  const bool has_mounts = enter_mounts(launch.mounts);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // Other rights may have undone it.
  if (has_mounts) why.step = 'd';
  if (has_mounts && ::chdir(launch.cwd.c_str()) == 0) {
    const std::string program = find_program(launch);
    const auto words = pointers(launch.words);
    const auto environ = pointers(launch.environ);
    ::execve(program.c_str(), words.data(), environ.data());
    // A linker has not closed it yet, or a child of its that has not become another program.
    for (int turn = 0; errno == ETXTBSY && turn < busy_turns_max; ++turn) {
      ::usleep(busy_pause_us);
      ::execve(program.c_str(), words.data(), environ.data());
    }
    why.step = 'x';
  }
  why.error = errno;
  [[maybe_unused]] const ssize_t told = ::write(own_failure.get(), &why, sizeof why);
  ::_exit(127);
}

class Launcher {
 public:
  explicit Launcher(int socket) : socket_(socket), pid_(::getpid()) {
    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    // Of a program's end alone: frozen ones are stopped and go on all the time.
    struct sigaction ends{};
    ends.sa_handler = SIG_DFL;
    ends.sa_flags = SA_NOCLDSTOP;
    ::sigaction(SIGCHLD, &ends, nullptr);
    ::sigprocmask(SIG_SETMASK, &watched, nullptr);
    signals_ = UniqueFd(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  }

  // Until the server is gone.
  void serve() {
    std::array<pollfd, 2> watched{pollfd{socket_, POLLIN, 0}, pollfd{signals_.get(), POLLIN, 0}};
    while (true) {
      if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return;
      if (watched[1].revents != 0) reap_ended();
      if (watched[0].revents != 0 && !receive()) return;
    }
  }

  void kill_all() {
    programs_.clear();
    while (true) {
      kill_orphans();
      const pid_t ended = ::waitpid(-1, nullptr, WNOHANG);
      if (ended < 0) return;  // No child is left.
      if (ended == 0) ::usleep(sweep_pause_us);
    }
  }

 private:
  struct Place {
    std::uint32_t index = 0;
    std::uint32_t generation = 0;
  };

  bool receive() {
    std::array<char, 64> space;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * 3)> control{};
    iovec body{space.data(), space.size()};
    msghdr message{};
    message.msg_iov = &body;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t count = ::recvmsg(socket_, &message, MSG_CMSG_CLOEXEC);
    if (count <= 0) return count < 0 && errno == EINTR;
    std::array<UniqueFd, 3> descriptors;
    const cmsghdr* head = CMSG_FIRSTHDR(&message);
    if (head == nullptr || static_cast<std::size_t>(count) < frame_head_bytes) return true;
    const std::size_t sent = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t at = 0; at < sent && at < descriptors.size(); ++at) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(head) + at * sizeof(int), sizeof fd);
      descriptors[at].reset(fd);
    }
    FrameBody request(
        std::string_view(space.data(), static_cast<std::size_t>(count)).substr(frame_head_bytes));
    Place place;
    place.index = request.u32();
    place.generation = request.u32();
    start(place, descriptors[0].get(), descriptors[1].get(), descriptors[2].get());
    return true;
  }

  void start(Place place, int output, int packed, int frames) {
    std::string text;
    std::array<char, 16u << 10> part;
    for (ssize_t count; (count = ::pread(packed, part.data(), part.size(),
                                         static_cast<off_t>(text.size()))) > 0;) {
      text.append(part.data(), static_cast<std::size_t>(count));
    }
    const std::optional<Launch> launch = unpack(text);
    if (!launch) return say_failed(place, {.error = EINVAL, .step = 'x'}, "");
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return say_failed(place, {errno, 'f'}, launch->words[0]);
    const UniqueFd failure_in(ends[0]);
    UniqueFd failure_out(ends[1]);
    const pid_t launcher = pid_;
    const pid_t pid = ::fork();
    if (pid == 0) become(*launch, launcher, output, frames, failure_out.get());
    if (pid < 0) return say_failed(place, {errno, 'f'}, launch->words[0]);
    ::setpgid(pid, pid);  // The child does it too: it is done before either goes on.
    failure_out.reset();
    StartFailure why;
    // The end of the pipe: the program runs.
    if (::read(failure_in.get(), &why, sizeof why) != sizeof why) {
      programs_[pid] = place;
      return say(FrameType::forked, place, static_cast<std::uint32_t>(pid), {});
    }
    ::waitpid(pid, nullptr, 0);
    say_failed(place, why, why.step == 'd' ? launch->cwd : launch->words[0]);
  }

  // In the words of Lambda's payloads.
  void say_failed(Place place, StartFailure why, const std::string& what) {
    const char* step = why.step == 'd'   ? "chdir"
                       : why.step == 'm' ? "mount for"
                       : why.step == 'f' ? "fork"
                                         : "fork/exec";
    std::string reason = std::strerror(why.error);
    reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
    say(FrameType::forked, place, 0, fmt::format("{} {}: {}", step, what, reason));
  }

  void reap_ended() {
    signalfd_siginfo taken;
    while (::read(signals_.get(), &taken, sizeof taken) > 0) {
    }
    struct Ended {
      Place place;
      int wait_status = 0;
      long max_rss_kib = 0;
    };
    std::vector<Ended> ended;
    int status = 0;
    rusage used{};
    for (pid_t pid; (pid = ::wait4(-1, &status, WNOHANG, &used)) > 0;) {
      const auto found = programs_.find(pid);
      if (found == programs_.end()) continue;
      ended.push_back({found->second, status, used.ru_maxrss});
      programs_.erase(found);
    }
    // Nothing of them runs on when the server learns of their end.
    kill_orphans();
    for (const Ended& each : ended) {
      std::string message;
      FrameWriter(message, FrameType::exited)
          .u32(each.place.index)
          .u32(each.place.generation)
          .u32(static_cast<std::uint32_t>(each.wait_status))
          .u32(static_cast<std::uint32_t>(each.max_rss_kib))
          .seal();
      send(message);
    }
  }

  // What ended programs have left.
  void kill_orphans() {
    for (const pid_t child : children_of(pid_)) {
      if (!programs_.contains(child)) kill_tree(child);
    }
  }

  void say(FrameType type, Place place, std::uint32_t number, std::string_view rest) {
    std::string message;
    FrameWriter(message, type).u32(place.index).u32(place.generation).u32(number).rest(rest).seal();
    send(message);
  }

  void send(const std::string& message) {
    // If it fails the server is gone, and the end of the socket is read next.
    [[maybe_unused]] const ssize_t sent =
        ::send(socket_, message.data(), message.size(), MSG_NOSIGNAL);
  }

  int socket_;
  pid_t pid_;
  UniqueFd signals_;
  std::map<pid_t, Place> programs_;
};

[[noreturn]] void run(int socket, int output) {
  const pid_t server = ::getppid();
  ::setpgid(0, 0);
  ::prctl(PR_SET_NAME, "smyth-launcher");
  become_subreaper();
  const UniqueFd own_socket = raised(socket);
  const UniqueFd own_output = raised(output);
  const UniqueFd nothing(::open("/dev/null", O_RDONLY));
  if (nothing) ::dup2(nothing.get(), STDIN_FILENO);
  ::dup2(own_output.get(), STDOUT_FILENO);
  ::dup2(own_output.get(), STDERR_FILENO);
  const int kept = ::dup2(own_socket.get(), spawned_fd);
  ::close_range(static_cast<unsigned>(kept + 1), ~0u, 0);
  for (int number = 1; number < NSIG; ++number) std::signal(number, SIG_DFL);
  // What the terminal sends is for the server; the launcher ends with its socket.
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) std::signal(number, SIG_IGN);
  Launcher launcher(kept);
  launcher.serve();
  launcher.kill_all();
  remove_left_tmp_folders(server);
  ::_exit(0);
}

}  // namespace

Result<pid_t> fork_launcher(int socket, int output) {
  const pid_t pid = ::fork();
  if (pid == 0) run(socket, output);
  if (pid < 0) return fail(fmt::format("cannot fork: {}", std::strerror(errno)));
  return pid;
}

}  // namespace smyth::runtime
