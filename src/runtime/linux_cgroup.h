#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

// Control groups of the `memory` controller, version 1 and 2.
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
std::optional<GroupPlace> find_memory_place(std::string_view own_groups,
                                            std::string_view mountinfo);
// The same for this very process, if this user may make groups there.
std::optional<GroupPlace> find_memory_place();

// Removes the groups that servers have left which are dead.
void remove_stale_groups(const GroupPlace& place);

// A group of processes that have no more memory than it allows; gone with this object as soon as
// nothing is in it.
class MemoryGroup {
 public:
  // Empty: it cannot be made.
  static std::unique_ptr<MemoryGroup> make(const GroupPlace& place, std::uint64_t bytes_max);
  ~MemoryGroup();
  MemoryGroup(const MemoryGroup&) = delete;
  MemoryGroup& operator=(const MemoryGroup&) = delete;

  // A process that writes "0" to this file is in the group, with all that it forks from then on.
  std::string joining_file() const { return (folder_ / "cgroup.procs").string(); }
  // Whether a process was killed since there was no memory left.
  bool has_killed() const;
  // Whether the folder is gone; it stays while a process of the group is there.
  bool remove();

 private:
  MemoryGroup(std::filesystem::path folder, GroupVersion version)
      : folder_(std::move(folder)), version_(version) {}

  std::filesystem::path folder_;
  GroupVersion version_;
  bool is_removed_ = false;
};

}  // namespace smyth::runtime
