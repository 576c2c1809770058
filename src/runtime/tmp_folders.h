#pragma once

#include "base/ids.h"
#include "runtime/linux_mounts.h"
#include "runtime/runtime.h"

#include <filesystem>
#include <string>
#include <vector>

namespace smyth::runtime {

// The folders that are /tmp to environments, one each, below a folder of the server's. An
// environment keeps its own when its processes are started anew, and another one never sees it.
class TmpFolders {
 public:
  ~TmpFolders();
  TmpFolders() = default;
  TmpFolders(const TmpFolders&) = delete;
  TmpFolders& operator=(const TmpFolders&) = delete;

  // The mounts of a process that is about to be started for it so; where there can be none, its
  // variable TMPDIR names the folder. `package` is ours, and needed.
  Mounts mounts_of(EnvironmentId id, StartSpec& spec, const std::filesystem::path& package);
  // The same for nobody yet; adopt() says whose they are.
  Mounts mounts_ahead(const StartSpec& spec, const std::filesystem::path& package);
  // The mounts of a snapshot: each environment that is restored from it has a copy of its folder.
  Mounts mounts_of_snapshot(StartSpec& spec, const std::filesystem::path& package);
  // The environment's process has these mounts: what it had in /tmp before goes there.
  void adopt(EnvironmentId id, StartSpec& spec, const Mounts& mounts);

  // The process of an environment whose /tmp has a size is ready: what is in there stays when the
  // process ends, and the one that is started next has it.
  void keep(EnvironmentId id, pid_t pid);
  // Whether it was kept: mounts_of() says how to join it.
  bool is_kept(EnvironmentId id) const;

  // An empty folder of the server's, which goes with it as these do.
  Result<std::filesystem::path> make_folder();

  // The environment is no more.
  void remove(EnvironmentId id);
  // The same, but its folder is left to the caller, who removes it later; empty: there is none.
  std::string release(EnvironmentId id);
  static void remove(const std::string& folder);
  static void remove(const Mounts& mounts);

 private:
  struct Owned {
    std::string log_stream;  // Of the environment: another one may have its index later.
    std::string folder;
    bool has_size = false;
    KeptMounts kept = {};
  };
  Owned& owned_by(EnvironmentId id, const StartSpec& spec);
  std::filesystem::path next_name();  // Empty: there can be none.
  std::string make();

  std::filesystem::path root_;
  bool is_failed_ = false;
  std::uint32_t made_ = 0;
  std::vector<Owned> owned_;  // By EnvironmentId::index.
};

// Removes what the server `server`, which is dead, has left. 0: each one that is dead.
void remove_left_tmp_folders(pid_t server);

}  // namespace smyth::runtime
