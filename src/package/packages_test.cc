#include "package/packages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace smyth::package {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PackagesTest : public ::testing::Test {
 protected:
  PackagesTest() { fs::create_directory(root_ / "made"); }
  ~PackagesTest() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  static std::string text(const fs::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  static fs::path make_root() {
    std::string name = (fs::temp_directory_path() / "smyth-packages-XXXXXX").string();
    return ::mkdtemp(name.data());
  }

  fs::path root_ = make_root();
  Packages packages_{root_ / "made"};
};

TEST_F(PackagesTest, OneFolderIsUsedWhereItStands) {
  write("a/bin/x", "x");
  EXPECT_EQ(packages_.folder_of({root_ / "a"}).value(), root_ / "a");
  EXPECT_TRUE(fs::is_empty(root_ / "made"));
}

TEST_F(PackagesTest, LaterLayersWin) {
  write("a/bin/one", "a");
  write("a/bin/both", "a");
  write("a/file", "a");
  write("a/folder/x", "a");
  write("b/bin/both", "b");
  write("b/file/x", "b");
  write("b/folder", "b");
  fs::create_symlink("both", root_ / "b/bin/one");
  const auto folder = packages_.folder_of({root_ / "a", root_ / "b"});
  ASSERT_TRUE(folder);
  EXPECT_EQ(text(*folder / "bin/both"), "b");
  EXPECT_EQ(fs::read_symlink(*folder / "bin/one"), "both");
  EXPECT_EQ(text(*folder / "file/x"), "b");
  EXPECT_EQ(text(*folder / "folder"), "b");
  EXPECT_EQ(text(root_ / "a/bin/both"), "a");
}

TEST_F(PackagesTest, WhatSeveralFunctionsNameIsMadeOnce) {
  write("a/x", "a");
  write("b/x", "b");
  const auto one = packages_.folder_of({root_ / "a", root_ / "b"});
  EXPECT_EQ(packages_.folder_of({root_ / "a", root_ / "b"}).value(), *one);
  EXPECT_NE(packages_.folder_of({root_ / "b", root_ / "a"}).value(), *one);
}

TEST_F(PackagesTest, WhatHasChangedIsMadeAnewElsewhereAndTheLastButOneIsRemoved) {
  const Packages::Sources sources{root_ / "a", root_ / "b"};
  write("a/x", "1");
  write("b/y", "");
  const auto first = packages_.folder_of(sources);
  write("a/x", "2");
  packages_.forget(sources);
  const auto second = packages_.folder_of(sources);
  EXPECT_EQ(text(*second / "x"), "2");
  EXPECT_EQ(text(*first / "x"), "1");
  packages_.forget(sources);
  packages_.forget(sources);
  EXPECT_TRUE(packages_.folder_of(sources));
  EXPECT_FALSE(fs::exists(*first));
  EXPECT_TRUE(fs::exists(*second));
}

TEST_F(PackagesTest, TheErrorNamesTheSource) {
  write("a/x", "");
  write("b.zip", "no zip");
  write("c.txt", "");
  EXPECT_THAT(packages_.folder_of({root_ / "a", root_ / "b.zip"}).error().message,
              HasSubstr("b.zip`: it is no .zip file"));
  EXPECT_THAT(packages_.folder_of({root_ / "none"}).error().message,
              HasSubstr("none`: no such file or folder"));
  EXPECT_THAT(packages_.folder_of({root_ / "c.txt"}).error().message,
              HasSubstr("neither a folder nor a .zip file"));
  EXPECT_FALSE(fs::exists(root_ / "made/1"));
}

TEST_F(PackagesTest, ExtensionsAreTheFilesOfTheirFolder) {
  write("a/extensions/two", "");
  write("a/extensions/one", "");
  write("a/extensions/folder/x", "");
  EXPECT_THAT(extensions_in(root_ / "a"), ElementsAre("one", "two"));
  EXPECT_THAT(extensions_in(root_ / "none"), ElementsAre());
}

}  // namespace
}  // namespace smyth::package
