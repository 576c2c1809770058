#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

// Control groups of the `memory` and `cpu` controllers, version 1 and 2.
namespace smyth::runtime {

enum class GroupVersion : unsigned char { one = 1, two = 2 };

// Where groups of processes can be made.
struct GroupPlace {
  std::filesystem::path folder;
  GroupVersion version = GroupVersion::one;
  bool operator==(const GroupPlace&) const = default;
};

// The place for groups of our own, by the texts of /proc/self/cgroup and /proc/self/mountinfo:
// below our own group, for version 2 beside it, since a group there holds processes or groups. None
// where the controller is not to be had.
std::optional<GroupPlace> find_group_place(std::string_view controller, std::string_view own_groups,
                                           std::string_view mountinfo);
// The same for this very process, if this user may make groups there.
std::optional<GroupPlace> find_group_place(std::string_view controller);

// Removes the groups that servers have left which are dead.
void remove_stale_groups(const GroupPlace& place);

// A group of processes that together have no more of something than it allows; gone with this
// object as soon as nothing is in it.
class ProcessGroup {
 public:
  // Empty: it cannot be made.
  static std::unique_ptr<ProcessGroup> make(const GroupPlace& place);
  // False: the group has no such controller, or this user may not set it.
  bool limit_memory(std::uint64_t bytes_max);
  bool limit_cpu(std::uint32_t permille);  // Of one processor.
  ~ProcessGroup();
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;

  // A process that writes "0" to this file is in the group, with all that it forks from then on.
  std::string joining_file() const { return (folder_ / "cgroup.procs").string(); }
  // Puts a process that runs already into the group; its children are not.
  bool take(pid_t pid);
  // Whether a process was killed since there was no memory left.
  bool has_killed() const;
  // Whether the folder is gone; it stays while a process of the group is there.
  bool remove();

 private:
  ProcessGroup(std::filesystem::path folder, GroupVersion version)
      : folder_(std::move(folder)), version_(version) {}

  std::filesystem::path folder_;
  GroupVersion version_;
  bool is_removed_ = false;
};

}  // namespace smyth::runtime
