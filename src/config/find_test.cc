#include "config/config.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace smyth::config {
namespace {

namespace fs = std::filesystem;

// A folder of its own for each test, gone afterwards.
class Find : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "smyth-find-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = fs::canonical(name);
    fs::create_directories(root_ / "a/b/c");
  }
  void TearDown() override { fs::remove_all(root_); }
  void write(const fs::path& file, std::string_view text) { std::ofstream(root_ / file) << text; }

  static constexpr std::string_view ours = "[tool.smyth.handlers.f]\nhandler_path = \"m.f\"\n";
  fs::path root_;
};

TEST_F(Find, TakesTheNearestFolderUpwards) {
  write("pyproject.toml", ours);
  write("a/pyproject.toml", ours);
  EXPECT_EQ(find(root_ / "a/b/c").value(), root_ / "a/pyproject.toml");
  EXPECT_EQ(find(root_).value(), root_ / "pyproject.toml");
}

TEST_F(Find, PassesAPyprojectWithoutOurTable) {
  write("pyproject.toml", ours);
  write("a/pyproject.toml", "[tool.black]\nline-length = 100\n");
  EXPECT_EQ(find(root_ / "a/b").value(), root_ / "pyproject.toml");
}

TEST_F(Find, PrefersSmythTomlInOneFolderOnly) {
  write("a/smyth.toml", "");
  write("a/pyproject.toml", ours);
  write("a/b/pyproject.toml", ours);
  EXPECT_EQ(find(root_ / "a").value(), root_ / "a/smyth.toml");
  EXPECT_EQ(find(root_ / "a/b").value(), root_ / "a/b/pyproject.toml");
}

TEST_F(Find, TakesABrokenPyprojectThatIsMeantForUs) {
  write("pyproject.toml", ours);
  write("a/pyproject.toml", "[tool.smyth]\nport = = 1\n");
  write("a/b/pyproject.toml", "[tool.other]\nx = = 1\n");
  EXPECT_EQ(find(root_ / "a/b").value(), root_ / "a/pyproject.toml");
}

TEST_F(Find, PassesAFolderOfThatName) {
  fs::create_directory(root_ / "a/smyth.toml");
  write("pyproject.toml", ours);
  EXPECT_EQ(find(root_ / "a").value(), root_ / "pyproject.toml");
}

TEST_F(Find, TellsWhatItLookedFor) {
  const auto file = find(root_ / "a");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::misused);
  EXPECT_EQ(
      file.error().message,
      "no configuration: neither `smyth.toml` nor a `pyproject.toml` with `[tool.smyth]` in `" +
          (root_ / "a").string() + "` or a folder above");
  EXPECT_EQ(file.error().hint,
            "add `[tool.smyth.handlers.NAME]` with `handler_path` to `pyproject.toml`, or name a "
            "file with "
            "`--config`");
}

TEST_F(Find, LoadsTheFileWithItsFolderAsRoot) {
  write("a/pyproject.toml", ours);
  const auto config = load(root_ / "a/b/../pyproject.toml");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->file, root_ / "a/pyproject.toml");
  EXPECT_EQ(config->root, root_ / "a");
}

TEST_F(Find, TellsWhyAFileCannotBeRead) {
  const auto absent = load(root_ / "none.toml");
  ASSERT_FALSE(absent);
  EXPECT_EQ(describe(absent.error().at(0)),
            "error: cannot read the configuration: No such file or directory (" +
                (root_ / "none.toml").string() + ")\nhint: check the name and the permissions\n");
  const auto folder = load(root_ / "a");
  ASSERT_FALSE(folder);
  EXPECT_EQ(describe(folder.error().at(0)),
            "error: cannot read the configuration: it is a folder (" + (root_ / "a").string() +
                ")\nhint: name a file\n");
  ASSERT_EQ(::mkfifo((root_ / "pipe").c_str(), 0600), 0);
  const auto pipe = load(root_ / "pipe");
  ASSERT_FALSE(pipe);
  EXPECT_EQ(describe(pipe.error().at(0)),
            "error: cannot read the configuration: it is a named pipe (" +
                (root_ / "pipe").string() + ")\nhint: name a file\n");
  const auto endless = load("/dev/zero");
  ASSERT_FALSE(endless);
  EXPECT_EQ(describe(endless.error().at(0)),
            "error: the configuration is larger than 4 MiB (/dev/zero)\nhint: name another file\n");
}

TEST_F(Find, AnInterpreterThatIsNotThereIsToldWithItsLine) {
  write("smyth.toml", "python = \"none/python\"\n[handlers.f]\nhandler_path = \"m.f\"\n");
  const auto config = load(root_ / "smyth.toml");
  ASSERT_FALSE(config);
  EXPECT_EQ(describe(config.error().at(0)),
            "error: `python` is `" + (root_ / "none/python").string() + "`: no such file (" +
                (root_ / "smyth.toml").string() +
                ":1)\nhint: name the program itself, as in `.venv/bin/python`\n");
  fs::create_directories(root_ / "none");
  write("none/python", "");
  EXPECT_TRUE(load(root_ / "smyth.toml"));
}

TEST_F(Find, TheEnvFileIsCheckedWithTheRest) {
  const std::string table = "prot = 1\nenv_file = \".env\"\n[handlers.f]\nhandler_path = \"m.f\"\n";
  write("smyth.toml", table);
  const auto complaints = [&] {
    std::string all;
    const auto config = load(root_ / "smyth.toml");
    if (!config) {
      for (const Mistake& mistake : config.error()) all += describe(mistake);
    }
    return all;
  };
  const std::string file = (root_ / "smyth.toml").string();
  const std::string unknown =
      "error: unknown setting `prot` (" + file + ":1)\nhint: did you mean `port`?\n";
  EXPECT_EQ(complaints(),
            unknown + "error: cannot read the env file `.env`: No such file or directory (" + file +
                ":2)\nhint: check the name and the permissions\n");
  write(".env", "A=1\nB\n");
  EXPECT_EQ(complaints(), unknown + "error: `B` sets no variable (" + (root_ / ".env").string() +
                              ":2)\nhint: write `NAME=VALUE`; a comment begins with `#`\n");
  write(".env", "A=1\n");
  EXPECT_EQ(complaints(), unknown);
}

}  // namespace
}  // namespace smyth::config
