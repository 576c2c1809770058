#include "runtime/linux_mounts.h"

#include "runtime/linux_private_folder.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace smyth::runtime {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(PathsBelowTmp, AreThoseThatAreThereOnceEach) {
  const fs::path root = fs::canonical(*make_temporary_folder("/tmp/mounts-"));
  fs::create_directories(root / "a/b");
  fs::create_directories(root / "ab");
  std::ofstream(root / "file") << "x";
  const auto path = [&](const char* name) { return (root / name).string(); };
  EXPECT_THAT(paths_below_tmp({path("a/b"), path("ab/"), path("a"), path("a/../file"), path("ab"),
                               path("missing"), "/tmp", "/tmp/", "/tmp/../etc", "/etc", "tmp/a"}),
              ElementsAre(path("a"), path("ab"), path("file")));
  EXPECT_THAT(paths_below_tmp({path("a"), root.string()}), ElementsAre(root.string()));
  EXPECT_THAT(paths_below_tmp({}), IsEmpty());
  fs::remove_all(root);
}

}  // namespace
}  // namespace smyth::runtime
