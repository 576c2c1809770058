#include "runtime/python_package.h"

#include "runtime/embedded_files.h"
#include "runtime/linux_private_folder.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace smyth::runtime {
namespace {

namespace fs = std::filesystem;

class PythonPackageTest : public testing::Test {
 protected:
  PythonPackageTest() : root_(*make_temporary_folder(testing::TempDir() + "package-")) {}
  ~PythonPackageTest() override { fs::remove_all(root_); }

  PythonPackage open() {
    auto package =
        PythonPackage::open({.xdg_cache_home = root_ / "cache", .home = {}, .temporary = root_});
    EXPECT_TRUE(package) << package.error().message;
    return std::move(*package);
  }

  static std::string read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  static void expect_complete(const fs::path& folder) {
    for (const auto& [path, text] : embedded_files()) EXPECT_EQ(read(folder / path), text) << path;
  }

  std::size_t entries(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
  }

  fs::path root_;
};

TEST_F(PythonPackageTest, HoldsEveryFileOfThePackages) {
  std::size_t there = 0;
  for (const char* folder : {"python/smyth", "python/smyth_runtime", "node/smyth_runtime"}) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const fs::path ending = entry.path().extension();
      there += ending == ".py" || ending == ".mjs" || ending == ".cjs";
    }
  }
  EXPECT_EQ(embedded_files().size(), there);
  for (const auto& [path, text] : embedded_files()) {
    const fs::path root = path.starts_with("node/") ? "." : "python";
    EXPECT_EQ(read(root / path), text) << path;
  }
}

TEST_F(PythonPackageTest, IsWrittenOnceIntoAPrivateFolder) {
  const fs::path first = open().folder();
  EXPECT_EQ(first.parent_path(), root_ / "cache" / "smyth");
  EXPECT_TRUE(is_private_folder(first));
  expect_complete(first);
  const auto written = fs::last_write_time(first / embedded_files().front().path);
  EXPECT_EQ(open().folder(), first);
  EXPECT_EQ(fs::last_write_time(first / embedded_files().front().path), written);
  EXPECT_EQ(entries(first.parent_path()), 1u);
}

TEST_F(PythonPackageTest, IsWrittenAnewWhereAFileDiffers) {
  const fs::path folder = open().folder();
  for (const char* mode : {"changed", "longer", "gone"}) {
    const fs::path file = folder / embedded_files().back().path;
    if (mode == std::string_view("changed")) std::ofstream(file) << "import os";
    if (mode == std::string_view("longer")) std::ofstream(file, std::ios::app) << "#";
    if (mode == std::string_view("gone")) fs::remove(file);
    EXPECT_EQ(open().folder(), folder);
    expect_complete(folder);
    EXPECT_EQ(entries(folder.parent_path()), 1u);
  }
}

TEST_F(PythonPackageTest, IsNotTakenFromAFolderThatOthersMayWriteTo) {
  const fs::path folder = open().folder();
  fs::permissions(folder.parent_path(), fs::perms::all);
  const PythonPackage other = open();
  EXPECT_NE(other.folder(), folder);
  EXPECT_EQ(other.folder().parent_path(), root_);
  expect_complete(other.folder());
}

TEST_F(PythonPackageTest, IsNotTakenThroughALink) {
  const fs::path folder = open().folder();
  fs::rename(folder, root_ / "elsewhere");
  fs::create_directory_symlink(root_ / "elsewhere", folder);
  EXPECT_EQ(open().folder(), folder);
  EXPECT_FALSE(fs::is_symlink(folder));
  EXPECT_TRUE(fs::exists(root_ / "elsewhere"));
}

TEST_F(PythonPackageTest, IsTemporaryWithoutACache) {
  std::ofstream(root_ / "cache") << "a file is no folder";
  fs::path folder;
  {
    const PythonPackage package = open();
    folder = package.folder();
    EXPECT_TRUE(is_private_folder(folder));
    expect_complete(folder);
  }
  EXPECT_FALSE(fs::exists(folder));
}

TEST_F(PythonPackageTest, IsAnErrorWithoutAnyFolder) {
  const auto package =
      PythonPackage::open({.xdg_cache_home = {}, .home = "relative", .temporary = root_ / "none"});
  ASSERT_FALSE(package);
  EXPECT_TRUE(package.error().message.starts_with("cannot make a folder"))
      << package.error().message;
}

}  // namespace
}  // namespace smyth::runtime
