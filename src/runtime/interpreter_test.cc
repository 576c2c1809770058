#include "runtime/interpreter.h"

#include "runtime/linux_private_folder.h"

#include <gtest/gtest.h>

#include <fstream>

namespace smyth::runtime {
namespace {

namespace fs = std::filesystem;

class FindInterpreter : public testing::Test {
 protected:
  FindInterpreter()
      : root_(fs::canonical(*make_temporary_folder(testing::TempDir() + "interpreter-"))) {
    places_.start_folder = root_ / "start";
    places_.path = (root_ / "none").string() + "::" + (root_ / "bin").string();
    fs::create_directories(places_.start_folder);
  }
  ~FindInterpreter() override { fs::remove_all(root_); }

  fs::path program(const fs::path& name) {
    const fs::path file = root_ / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << "#!/bin/sh\n";
    fs::permissions(file, fs::perms::owner_all);
    return file;
  }

  void write(const fs::path& name, const std::string& text) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }

  std::string find(const std::optional<std::string>& configured = std::nullopt) {
    const auto found = find_interpreter(configured, root_ / "project", places_);
    return found ? found->string() : "error: " + found.error().message;
  }

  fs::path root_;
  InterpreterPlaces places_;
};

TEST_F(FindInterpreter, TakesTheFirstPlaceThatHasOne) {
  EXPECT_EQ(find(), "error: no Python found: no virtual environment, no `python3` in PATH");
  const auto in_path = program("bin/python3");
  EXPECT_EQ(find(), in_path);
  const auto beside = program("project/.venv/bin/python");
  EXPECT_EQ(find(), beside);
  places_.virtual_env = root_ / "active";
  EXPECT_EQ(find(), beside);  // An active environment that has been removed.
  const auto active = program("active/bin/python");
  EXPECT_EQ(find(), active);
  const auto configured = program("project/tools/python");
  EXPECT_EQ(find("tools/python"), configured);
}

TEST_F(FindInterpreter, LooksUpAPlainNameInPath) {
  const auto named = program("bin/python3.12");
  EXPECT_EQ(find("python3.12"), named);
  EXPECT_EQ(find("python3.13"), "error: `python` is `python3.13`, which is not in PATH");
}

TEST_F(FindInterpreter, SaysWhyAPathIsNoProgram) {
  const std::string project = (root_ / "project").string();
  EXPECT_EQ(find("a/python"), "error: `python` is `" + project + "/a/python`: no such file");
  write("project/a/python", "");
  EXPECT_EQ(find("a/python"),
            "error: `python` is `" + project + "/a/python`: not an executable file");
  EXPECT_EQ(find("./a"), "error: `python` is `" + project + "/./a`: not an executable file");
}

TEST_F(FindInterpreter, KeepsThePathOfAVirtualEnvironment) {
  program("bin/python3.11");
  fs::create_directories(root_ / "project/.venv/bin");
  fs::create_symlink(root_ / "bin/python3.11", root_ / "project/.venv/bin/python");
  EXPECT_EQ(find(), root_ / "project/.venv/bin/python");
}

TEST_F(FindInterpreter, RefusesWhatIsOlderThan39) {
  fs::create_symlink(program("lib/python3.8"),
                     (fs::create_directories(root_ / "bin"), root_ / "bin/python3"));
  EXPECT_EQ(find(), "error: `" + (root_ / "bin/python3").string() +
                        "` is Python 3.8, which is older than 3.9");
  const auto venv = program("project/.venv/bin/python");
  write("project/.venv/pyvenv.cfg", "home = /usr/bin\nversion = 3.10.2\n");
  EXPECT_EQ(find(), venv);
  write("project/.venv/pyvenv.cfg", "home = /usr/bin\nversion_info = 2.7.18.final.0\n");
  EXPECT_EQ(find(), "error: `" + venv.string() + "` is Python 2.7, which is older than 3.9");
}

TEST_F(FindInterpreter, ReadsAShimOfPyenvAsPyenvDoes) {
  const auto shim = program("pyenv/shims/python3");
  const auto old = program("pyenv/versions/3.9.1/bin/python3");
  const auto middle = program("pyenv/versions/3.12.1/bin/python3");
  const auto latest = program("pyenv/versions/3.13.0/bin/python3");
  const auto plain = program("bin/python3");
  places_.path = shim.parent_path().string() + ":" + places_.path;

  EXPECT_EQ(find(), plain);  // No version is set: the system's.
  write("pyenv/version", "3.12.1\n");
  EXPECT_EQ(find(), middle);
  write("start/.python-version", "# ours\n3.13.0 3.12.1\n");
  EXPECT_EQ(find(), latest);
  places_.start_folder /= "below/it";
  EXPECT_EQ(find(), latest);
  places_.pyenv_version = "3.9.1:3.12.1";
  EXPECT_EQ(find(), old);
  places_.pyenv_version = "system";
  EXPECT_EQ(find(), plain);
  places_.pyenv_version = "3.12";  // Only pyenv knows which.
  EXPECT_EQ(find(), shim);
}

TEST_F(FindInterpreter, FindsTheOneOfThisMachine) {
  const auto found = find_interpreter(std::nullopt, root_);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->is_absolute());
}

}  // namespace
}  // namespace smyth::runtime
