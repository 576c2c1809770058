#include "runtime/linux_watch.h"

#include "runtime/linux_private_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace smyth::runtime {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class WatchTest : public testing::Test {
 protected:
  WatchTest() : root_(*make_temporary_folder(testing::TempDir() + "watch-")), watch_(loop_) {
    write("app.py");
    write("package/module.py");
    write(".git/index");
    write("node_modules/x/y.py");
    write("env/pyvenv.cfg");
    write("env/lib/z.py");
    EXPECT_TRUE(watch_.add(root_));
  }
  ~WatchTest() override { fs::remove_all(root_); }

  void write(const fs::path& name, const std::string& text = "x = 1\n") {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }

  // Paths from the root.
  std::vector<std::string> drain() {
    std::vector<std::string> names;
    const Changes changes = watch_.drain();
    EXPECT_FALSE(changes.everything);
    for (const fs::path path : changes.paths)
      names.push_back(path.lexically_relative(root_).string());
    return names;
  }

  boost::asio::io_context loop_;
  fs::path root_;
  Watch watch_;
};

TEST_F(WatchTest, KnowsWhatWasWrittenBeforeItIsAsked) {
  EXPECT_THAT(drain(), IsEmpty());
  write("app.py");
  write("package/module.py");
  write("app.py");
  EXPECT_THAT(drain(), ElementsAre("app.py", "package/module.py"));
  EXPECT_THAT(drain(), IsEmpty());
}

TEST_F(WatchTest, TellsWhatIsBeingWrittenFromWhatIsWhole) {
  const auto path = (root_ / "app.py").string();
  write("app.py");
  EXPECT_THAT(watch_.drain().writing, IsEmpty());
  {
    write("app.py");
    std::ofstream again(path);  // Empties it.
    const Changes changes = watch_.drain();
    EXPECT_THAT(changes.paths, ElementsAre(path));
    EXPECT_THAT(changes.writing, ElementsAre(path));
  }
  const Changes closed = watch_.drain();
  EXPECT_THAT(closed.paths, ElementsAre(path));
  EXPECT_THAT(closed.writing, IsEmpty());
}

TEST_F(WatchTest, KnowsTheWaysInWhichEditorsSave) {
  write("new.py.tmp");
  fs::rename(root_ / "new.py.tmp", root_ / "app.py");
  EXPECT_THAT(drain(), ElementsAre("app.py"));
  fs::rename(root_ / "app.py", root_ / "app.py~");
  write("app.py");
  EXPECT_THAT(drain(), ElementsAre("app.py"));
  fs::remove(root_ / "app.py");
  EXPECT_THAT(drain(), ElementsAre("app.py"));
  fs::create_symlink(root_ / "package/module.py", root_ / "app.py");
  fs::create_hard_link(root_ / "package/module.py", root_ / "other.py");
  EXPECT_THAT(drain(), UnorderedElementsAre("app.py", "other.py"));
}

TEST_F(WatchTest, TellsAFileOnlyWhenItHasBeenWritten) {
  std::ofstream file(root_ / "half.py");
  file << "x = ";
  file.flush();
  EXPECT_THAT(drain(), IsEmpty());
  file << "1\n";
  file.close();
  EXPECT_THAT(drain(), ElementsAre("half.py"));
}

TEST_F(WatchTest, DoesNotTellOfReadingOrTouching) {
  fs::last_write_time(root_ / "app.py", fs::file_time_type::clock::now());
  std::string text;
  std::ifstream(root_ / "app.py") >> text;
  EXPECT_THAT(drain(), IsEmpty());
}

TEST_F(WatchTest, DoesNotTellOfTheFilesOfToolsAndEditors) {
  for (const char* name :
       {".git/HEAD", "node_modules/x/new.py", "env/lib/new.py", "4913", ".app.py.swp",
        ".app.py.swx", "app.py~", ".#app.py", "#app.py#", "x.tmp", "a.pyc", ".goutputstream-X",
        "__pycache__/a.py", "package/.git/a.py", "a.py___jb_tmp___"}) {
    write(name);
    EXPECT_THAT(drain(), IsEmpty()) << name;
  }
  for (const char* name : {"swp.py", ".hidden.py", "49a13", "package/tmp.py", ".env"}) {
    write(name);
    EXPECT_THAT(drain(), ElementsAre(name));
  }
}

TEST_F(WatchTest, WatchesFoldersThatAppear) {
  write("one/two/three.py");
  EXPECT_THAT(drain(), ElementsAre("one/two/three.py"));
  write("one/two/three.py");
  write("one/two/four/five.py");
  EXPECT_THAT(drain(), ElementsAre("one/two/four/five.py", "one/two/three.py"));
  write("one/two/four/five.py");
  EXPECT_THAT(drain(), ElementsAre("one/two/four/five.py"));
}

TEST_F(WatchTest, FollowsFoldersThatMove) {
  fs::rename(root_ / "package", root_ / "moved");
  EXPECT_THAT(drain(), ElementsAre("moved/module.py", "package"));
  write("moved/module.py");
  EXPECT_THAT(drain(), ElementsAre("moved/module.py"));
  fs::rename(root_ / "moved", root_.string() + "-elsewhere");
  EXPECT_THAT(drain(), ElementsAre("moved"));
  std::ofstream(root_.string() + "-elsewhere/module.py") << "gone";
  EXPECT_THAT(drain(), IsEmpty());
  fs::remove_all(root_.string() + "-elsewhere");
}

TEST_F(WatchTest, TellsWhichFolderWent) {
  fs::remove_all(root_ / "package");
  EXPECT_THAT(drain(), ElementsAre("package", "package/module.py"));
  write("package/module.py");
  EXPECT_THAT(drain(), ElementsAre("package/module.py"));
  write("package/module.py");
  EXPECT_THAT(drain(), ElementsAre("package/module.py"));
}

TEST_F(WatchTest, KnowsAFolderFromWhatBeginsLikeIt) {
  EXPECT_TRUE(concerns("/a/b", "/a/b"));
  EXPECT_TRUE(concerns("/a/b", "/a/b/c.py"));
  EXPECT_FALSE(concerns("/a/b", "/a/bc"));
  EXPECT_FALSE(concerns("/a/b/c", "/a/b"));
}

// --- Files one by one ---

class WatchFilesTest : public WatchTest {
 protected:
  WatchFilesTest()
      : elsewhere_(fs::canonical(*make_temporary_folder(testing::TempDir() + "else-"))) {
    write_elsewhere("shared/inner.py");
  }
  ~WatchFilesTest() override { fs::remove_all(elsewhere_); }

  void write_elsewhere(const fs::path& name) {
    fs::create_directories((elsewhere_ / name).parent_path());
    std::ofstream(elsewhere_ / name) << "x = 1\n";
  }
  void add(const std::string& name) { watch_.add_file((root_ / name).string()); }

  fs::path elsewhere_;
};

TEST_F(WatchFilesTest, KnowsAFileOutsideAndNothingBelowItsFolder) {
  const auto file = (elsewhere_ / "shared/inner.py").string();
  write_elsewhere("shared/inner.py");
  EXPECT_THAT(drain(), IsEmpty());
  watch_.add_file(file);
  fs::create_directories(elsewhere_ / "shared/below");
  watch_.drain();
  write_elsewhere("shared/below/more.py");
  EXPECT_THAT(drain(), IsEmpty());
  write_elsewhere("shared/inner.py");
  EXPECT_THAT(watch_.drain().paths, ElementsAre(file));
}

TEST_F(WatchFilesTest, TellsOfWhatALinkPointsToUnderTheLinksName) {
  fs::create_symlink(elsewhere_ / "shared/inner.py", root_ / "link.py");
  drain();
  add("link.py");
  write_elsewhere("shared/inner.py");
  EXPECT_THAT(drain(), testing::Contains("link.py"));
  write_elsewhere("shared/other.py");
  fs::remove(root_ / "link.py");
  fs::create_symlink(elsewhere_ / "shared/other.py", root_ / "link.py");
  EXPECT_THAT(drain(), testing::Contains("link.py"));
  add("link.py");
  write_elsewhere("shared/other.py");
  EXPECT_THAT(drain(), testing::Contains("link.py"));
  write_elsewhere("shared/inner.py");
  EXPECT_THAT(drain(), testing::Not(testing::Contains("link.py")));
}

TEST_F(WatchFilesTest, KnowsFilesBelowALinkToAFolder) {
  write_elsewhere("shared/deep/most.py");
  write_elsewhere("other/deep/most.py");
  fs::create_directory_symlink(elsewhere_ / "shared", root_ / "pack");
  EXPECT_THAT(drain(), ElementsAre("pack"));
  add("pack/deep/most.py");
  write_elsewhere("shared/deep/most.py");
  EXPECT_THAT(drain(), ElementsAre("pack/deep/most.py"));
  // Another folder in the place of one between.
  fs::rename(elsewhere_ / "shared/deep", elsewhere_ / "shared/was");
  fs::create_directory(elsewhere_ / "shared/deep");
  write_elsewhere("shared/deep/most.py");
  EXPECT_THAT(drain(), testing::Contains("pack/deep"));
  add("pack/deep/most.py");
  write_elsewhere("shared/deep/most.py");
  EXPECT_THAT(drain(), ElementsAre("pack/deep/most.py"));
  // The link itself.
  fs::remove(root_ / "pack");
  fs::create_directory_symlink(elsewhere_ / "other", root_ / "pack");
  EXPECT_THAT(drain(), ElementsAre("pack"));
  write_elsewhere("shared/deep/most.py");
  EXPECT_THAT(drain(), IsEmpty());
  add("pack/deep/most.py");
  write_elsewhere("other/deep/most.py");
  EXPECT_THAT(drain(), ElementsAre("pack/deep/most.py"));
}

TEST_F(WatchFilesTest, KnowsAFolderByAllItsNames) {
  fs::create_directory_symlink(root_ / "package", root_ / "again");
  drain();
  add("again/module.py");
  add("again/module.py");
  write("package/module.py");
  EXPECT_THAT(drain(), ElementsAre("again/module.py", "package/module.py"));
  fs::remove(root_ / "again");
  EXPECT_THAT(drain(), ElementsAre("again"));
  write("package/module.py");
  EXPECT_THAT(drain(), ElementsAre("package/module.py"));
}

TEST_F(WatchFilesTest, KnowsWhenTheFolderOfAFileGoes) {
  const auto file = (elsewhere_ / "shared/inner.py").string();
  fs::create_symlink(file, root_ / "link.py");
  drain();
  watch_.add_file(file);
  add("link.py");
  fs::remove_all(elsewhere_ / "shared");
  EXPECT_THAT(drain(), testing::Contains("link.py"));
  write_elsewhere("shared/inner.py");
  watch_.add_file(file);
  write_elsewhere("shared/inner.py");
  EXPECT_THAT(watch_.drain().paths, testing::Contains(file));
}

TEST_F(WatchFilesTest, KnowsWhatAppearsInAShallowFolder) {
  watch_.add_shallow(elsewhere_);
  write_elsewhere("new.py");
  EXPECT_THAT(watch_.drain().paths, ElementsAre((elsewhere_ / "new.py").string()));
  write_elsewhere("shared/new.py");
  EXPECT_THAT(drain(), IsEmpty());
}

TEST_F(WatchTest, LeavesAFolderThatBecomesAVirtualEnvironment) {
  fs::create_directories(root_ / "tools/lib");
  EXPECT_THAT(drain(), IsEmpty());
  write("tools/pyvenv.cfg");
  EXPECT_THAT(drain(), IsEmpty());
  write("tools/lib/a.py");
  EXPECT_THAT(drain(), IsEmpty());
}

TEST_F(WatchTest, SaysThatEverythingMayHaveChangedWhenTooMuchHas) {
  fs::create_directories(root_ / "lost");
  std::size_t most = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> most;
  if (most > 100'000) GTEST_SKIP() << "this kernel queues " << most << " events";
  for (std::size_t i = 0; i <= most; ++i) write(i % 2 ? "a.py" : "b.py", "");
  fs::create_directories(root_ / "late");
  EXPECT_TRUE(watch_.drain().everything);
  watch_.drain();
  write("late/module.py");
  EXPECT_THAT(drain(), ElementsAre("late/module.py"));
}

TEST_F(WatchTest, WakesTheLoop) {
  int count = 0;
  watch_.set_on_change([&] {
    ++count;
    watch_.drain();
  });
  loop_.poll();
  EXPECT_EQ(count, 0);
  write("app.py");
  loop_.restart();
  loop_.poll();
  EXPECT_EQ(count, 1);
}

}  // namespace
}  // namespace smyth::runtime
