#include "runtime/linux_cgroup.h"

#include "runtime/linux_private_folder.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <fstream>

namespace smyth::runtime {
namespace {

namespace fs = std::filesystem;

class FindGroupPlace : public testing::Test {
 protected:
  FindGroupPlace() : root_(*make_temporary_folder(testing::TempDir() + "groups-")) {}
  ~FindGroupPlace() override { fs::remove_all(root_); }

  // A mounted hierarchy: `mounted` is its group that is mounted.
  std::string mount(std::string_view kind, std::string_view options,
                    std::string_view mounted = "/") {
    return fmt::format(
        "22 1 8:1 / / rw - ext4 /dev/vda rw\n30 22 0:26 {} {} rw,nosuid shared:9 - {} {} {}\n",
        mounted, root_.string(), kind, kind, options);
  }
  void make(const fs::path& group, std::string_view handed_down = "") {
    fs::create_directories(root_ / group);
    std::ofstream(root_ / group / "cgroup.subtree_control") << handed_down << '\n';
  }

  fs::path root_;
};

TEST_F(FindGroupPlace, OfVersionOneIsOurOwnGroup) {
  make("user/1000");
  const std::string_view own = "9:name=systemd:/\n4:memory:/user/1000\n0::/else\n";
  EXPECT_EQ(find_group_place("memory", own, mount("cgroup", "rw,memory")),
            (GroupPlace{root_ / "user/1000", GroupVersion::one}));
  EXPECT_EQ(find_group_place("memory", "4:cpu,memory:/\n", mount("cgroup", "rw,cpu,memory")),
            (GroupPlace{root_, GroupVersion::one}));
  EXPECT_EQ(find_group_place("memory", own, mount("cgroup", "rw,memoryless")), std::nullopt);
}

TEST_F(FindGroupPlace, InAContainerIsWhatIsMounted) {
  const std::string mounts = mount("cgroup", "rw,memory", "/docker/abc");
  EXPECT_EQ(find_group_place("memory", "4:memory:/docker/abc\n", mounts)->folder, root_);
  make("below");
  EXPECT_EQ(find_group_place("memory", "4:memory:/docker/abc/below\n", mounts)->folder,
            root_ / "below");
  EXPECT_EQ(find_group_place("memory", "4:memory:/gone\n", mounts)->folder, root_);
}

TEST_F(FindGroupPlace, OfVersionTwoIsBesideOurs) {
  make("app/terminal", "");
  const std::string mounts = mount("cgroup2", "rw");
  make("app", "cpu pids");
  EXPECT_EQ(find_group_place("memory", "0::/app/terminal\n", mounts), std::nullopt);
  make("app", "cpu memory pids");
  EXPECT_EQ(find_group_place("memory", "0::/app/terminal\n", mounts),
            (GroupPlace{root_ / "app", GroupVersion::two}));
  EXPECT_EQ(find_group_place("memory", "0::/app\n", mounts),
            (GroupPlace{root_ / "app", GroupVersion::two}));
  EXPECT_EQ(find_group_place("memory", "", mounts), std::nullopt);
}

TEST_F(FindGroupPlace, IsThatOfTheController) {
  make("a");
  const std::string mounts = mount("cgroup", "rw,cpu,cpuacct");
  EXPECT_EQ(find_group_place("cpu", "3:cpu,cpuacct:/a\n4:memory:/b\n", mounts)->folder,
            root_ / "a");
  EXPECT_EQ(find_group_place("memory", "3:cpu,cpuacct:/a\n4:memory:/b\n", mounts), std::nullopt);
}

}  // namespace
}  // namespace smyth::runtime
