#include "runtime/linux_cgroup.h"

#include "base/unique_fd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

namespace smyth::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view beginning = "smyth-";

std::string read_text(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

bool write_text(const fs::path& file, std::string_view text) {
  const UniqueFd opened(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  return opened &&
         ::write(opened.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

bool has_word(std::string_view text, std::string_view word, std::string_view separators) {
  while (!text.empty()) {
    const std::size_t end = text.find_first_of(separators);
    if (text.substr(0, end) == word) return true;
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
  return false;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

struct Hierarchy {
  GroupVersion version;
  std::string root;   // The group that is mounted,
  std::string point;  // and where.
};

// The hierarchy with the controller, as it is mounted here: version 1 if that has it.
std::optional<Hierarchy> hierarchy_of(std::string_view mountinfo, std::string_view controller) {
  std::optional<Hierarchy> found;
  for (const std::string& line : lines_of(mountinfo)) {
    std::istringstream fields(line);
    std::string number, parent, device, root, point, word, kind, source, options;
    fields >> number >> parent >> device >> root >> point;
    while (fields >> word && word != "-") {
    }
    fields >> kind >> source >> options;
    if (kind == "cgroup" && has_word(options, controller, ",")) {
      return Hierarchy{GroupVersion::one, root, point};
    }
    if (kind == "cgroup2" && !found) found = Hierarchy{GroupVersion::two, root, point};
  }
  return found;
}

// Path of our own group in its hierarchy.
std::optional<std::string> own_group(std::string_view own_groups, GroupVersion version,
                                     std::string_view controller) {
  for (const std::string& line : lines_of(own_groups)) {
    const std::size_t controllers = line.find(':');
    if (controllers == std::string::npos) continue;
    const std::size_t path = line.find(':', controllers + 1);
    if (path == std::string::npos) continue;
    const std::string_view names =
        std::string_view(line).substr(controllers + 1, path - controllers - 1);
    const bool is_it =
        version == GroupVersion::one ? has_word(names, controller, ",") : line.starts_with("0::");
    if (is_it) return line.substr(path + 1);
  }
  return std::nullopt;
}

bool hands_down(const fs::path& group, std::string_view controller) {
  return has_word(read_text(group / "cgroup.subtree_control"), controller, " \n");
}

}  // namespace

std::optional<GroupPlace> find_group_place(std::string_view controller, std::string_view own_groups,
                                           std::string_view mountinfo) {
  const auto hierarchy = hierarchy_of(mountinfo, controller);
  if (!hierarchy) return std::nullopt;
  auto own = own_group(own_groups, hierarchy->version, controller);
  if (!own) return std::nullopt;
  // In a container the mounted group is often our own, under the host's name of it.
  if (hierarchy->root != "/" && own->starts_with(hierarchy->root)) {
    own->erase(0, hierarchy->root.size());
  }
  const fs::path point = hierarchy->point;
  fs::path group = (point / fs::path(*own).relative_path()).lexically_normal();
  std::error_code ignored;
  if (!fs::is_directory(group, ignored)) group = point;
  if (!group.has_filename()) group = group.parent_path();
  if (hierarchy->version == GroupVersion::one) return GroupPlace{group, GroupVersion::one};
  if (hands_down(group, controller)) return GroupPlace{group, GroupVersion::two};
  if (group == point || !hands_down(group.parent_path(), controller)) return std::nullopt;
  return GroupPlace{group.parent_path(), GroupVersion::two};
}

std::optional<GroupPlace> find_group_place(std::string_view controller) {
  auto place = find_group_place(controller, read_text("/proc/self/cgroup"),
                                read_text("/proc/self/mountinfo"));
  if (!place || ::access(place->folder.c_str(), W_OK) != 0) return std::nullopt;
  // To move a process, version 2 asks for this right where both groups meet.
  if (::access((place->folder / "cgroup.procs").c_str(), W_OK) != 0) return std::nullopt;
  return place;
}

void remove_stale_groups(const GroupPlace& place) {
  std::error_code ignored;
  std::vector<fs::path> stale;
  for (const fs::directory_entry& entry : fs::directory_iterator(place.folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(beginning)) continue;
    pid_t server = 0;
    std::from_chars(name.data() + beginning.size(), name.data() + name.size(), server);
    if (server > 0 && ::kill(server, 0) != 0 && errno == ESRCH) stale.push_back(entry.path());
  }
  for (const fs::path& folder : stale) ::rmdir(folder.c_str());
}

std::unique_ptr<ProcessGroup> ProcessGroup::make(const GroupPlace& place) {
  static std::uint32_t made = 0;
  const fs::path folder = place.folder / fmt::format("{}{}-{}", beginning, ::getpid(), ++made);
  if (::mkdir(folder.c_str(), 0755) != 0) return nullptr;
  return std::unique_ptr<ProcessGroup>(new ProcessGroup(folder, place.version));
}

bool ProcessGroup::limit_memory(std::uint64_t bytes_max) {
  const std::string bytes = std::to_string(bytes_max);
  if (version_ == GroupVersion::one) {
    if (!write_text(folder_ / "memory.limit_in_bytes", bytes)) return false;
    // Where memory can be swapped out and that is counted, it is no way round the limit.
    write_text(folder_ / "memory.memsw.limit_in_bytes", bytes);
    return true;
  }
  if (!write_text(folder_ / "memory.max", bytes)) return false;
  write_text(folder_ / "memory.swap.max", "0");
  write_text(folder_ / "memory.oom.group", "1");
  return true;
}

bool ProcessGroup::limit_cpu(std::uint32_t permille) {
  constexpr std::uint64_t period_us = 20'000;
  const std::uint64_t quota_us = period_us * permille / 1'000;
  if (version_ == GroupVersion::two) {
    return write_text(folder_ / "cpu.max", fmt::format("{} {}", quota_us, period_us));
  }
  return write_text(folder_ / "cpu.cfs_period_us", std::to_string(period_us)) &&
         write_text(folder_ / "cpu.cfs_quota_us", std::to_string(quota_us));
}

bool ProcessGroup::take(pid_t pid) {
  return write_text(folder_ / "cgroup.procs", std::to_string(pid));
}

ProcessGroup::~ProcessGroup() { remove(); }

bool ProcessGroup::has_killed() const {
  const bool is_one = version_ == GroupVersion::one;
  const std::string text = read_text(folder_ / (is_one ? "memory.oom_control" : "memory.events"));
  for (const std::string& line : lines_of(text)) {
    if (line.starts_with("oom_kill ")) return line != "oom_kill 0";
  }
  return false;
}

bool ProcessGroup::remove() {
  if (!is_removed_) is_removed_ = ::rmdir(folder_.c_str()) == 0 || errno == ENOENT;
  return is_removed_;
}

}  // namespace smyth::runtime
