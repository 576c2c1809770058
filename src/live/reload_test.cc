#include "live/reload.h"

#include "test/support/project_harness.h"

#include <gmock/gmock.h>

#include <utility>

namespace smyth::live {
namespace {

namespace fs = std::filesystem;

using testing::HasSubstr;
using testing::Not;

// Real files, inotify and Python. Before each call the saved files are taken notice of, as the
// front door does.
class ReloadTest : public test::ProjectHarness {
 protected:
  ReloadTest() {
    write("app.py", test::counting_handler);
    write("smyth.toml", one_function);
  }

  void open_watched() {
    open();
    watch();
  }
  void watch() {
    reload_ = std::make_unique<Reload>(loop_, *host_, log_);
    host_->set_on_functions([this] { ++configured_; });
    reload_->start();
    host_->driver().set_take_notice([this] { reload_->take_notice_of_unfinished(); });
  }
  void before_call() override {
    if (reload_) reload_->take_notice();
  }

  static constexpr std::string_view one_function =
      "[handlers.orders]\nhandler_path = \"app.handler\"\n";
  static constexpr std::string_view with_stage =
      "[handlers.orders]\nhandler_path = \"app.handler\"\nenv = {STAGE = \"new\"}\n";
  static std::string handler(const std::string& result) {
    return "def handler(event, context):\n    return '" + result + "'\n";
  }

  int configured_ = 0;
  std::unique_ptr<Reload> reload_;
};

TEST_F(ReloadTest, TheCallAfterASaveRunsTheNewCode) {
  open_watched();
  EXPECT_EQ(call("orders"), R"([1, ""])");
  EXPECT_EQ(call("orders"), R"([2, ""])");
  for (const std::string word : {"one", "two", "six"}) {  // As long as each other.
    write("app.py", handler(word));
    EXPECT_EQ(call("orders"), '"' + word + '"');
    replace("app.py", handler("moved " + word));
    EXPECT_EQ(call("orders"), "\"moved " + word + '"');
  }
}

TEST_F(ReloadTest, FilesNobodyImportedChangeNothing) {
  write("other.py", "");
  open_watched();
  call("orders");
  write("other.py", "VALUE = 1\n");
  write("data.json", "{}");
  fs::create_directory(root_ / "folder");
  write("folder/more.py", "");
  EXPECT_EQ(call("orders"), R"([2, ""])");
}

TEST_F(ReloadTest, AModuleInAFolderThatIsNewCounts) {
  open_watched();
  call("orders");
  write("parts/inner.py", "VALUE = 'first'\n");
  write("app.py",
        "import parts.inner\ndef handler(event, context):\n    return parts.inner.VALUE\n");
  EXPECT_EQ(call("orders"), "\"first\"");
  write("parts/inner.py", "VALUE = 'other'\n");
  EXPECT_EQ(call("orders"), "\"other\"");
}

TEST_F(ReloadTest, CodeThatDoesNotLoadLeavesTheOldServing) {
  open_watched();
  call("orders");
  write("app.py", "def handler(:\n");
  EXPECT_EQ(call("orders"), R"([2, ""])");
  EXPECT_THAT(front_.answers.back().reload_error, HasSubstr("Runtime.UserCodeSyntaxError"));
  EXPECT_THAT(logged(), HasSubstr("hint: the old code serves on"));
  EXPECT_EQ(call("orders"), R"([3, ""])");
  write("app.py", handler("mended"));
  EXPECT_EQ(call("orders"), "\"mended\"");
  EXPECT_EQ(front_.answers.back().reload_error, "");
}

TEST_F(ReloadTest, AProjectBehindALinkIsWatchedToo) {
  const fs::path link = root_.string() + "-link";
  fs::create_directory_symlink(root_, link);
  const fs::path real = std::exchange(root_, link);
  open_watched();
  EXPECT_EQ(call("orders"), R"([1, ""])");
  write("app.py", handler("by the link"));
  EXPECT_EQ(call("orders"), "\"by the link\"");
  root_ = real;
  write("app.py", handler("really"));
  EXPECT_EQ(call("orders"), "\"really\"");
  fs::remove(link);
}

TEST_F(ReloadTest, AFolderThatGoesConcernsWhoHasLoadedFromIt) {
  write("parts/inner.py", "VALUE = 'first'\n");
  write("unused/inner.py", "");
  write("uses.py",
        "import parts.inner\ndef handler(event, context):\n    return parts.inner.VALUE\n");
  write("smyth.toml",
        std::string(one_function) + "[handlers.uses]\nhandler_path = \"uses.handler\"\n");
  open_watched();
  EXPECT_EQ(call("uses"), "\"first\"");
  EXPECT_EQ(call("orders"), R"([1, ""])");
  fs::remove_all(root_ / "unused");
  EXPECT_EQ(call("orders"), R"([2, ""])");
  fs::rename(root_ / "parts", root_ / "away");
  EXPECT_EQ(call("orders"), R"([3, ""])");
  EXPECT_EQ(call("uses"), "\"first\"");
  EXPECT_THAT(front_.answers.back().reload_error, HasSubstr("No module named 'parts'"));
  write("parts/inner.py", "VALUE = 'other'\n");
  EXPECT_EQ(call("uses"), "\"other\"");
}

// --- Outside the project ---

class OutsideTest : public ReloadTest {
 protected:
  OutsideTest() {
    write("project/app.py", "import inner\ndef handler(event, context):\n    return inner.VALUE\n");
    write("project/smyth.toml", one_function);
  }

  void open_below(const std::string& project) {
    const fs::path folder = root_;
    root_ = folder / project;
    live::HostOptions made = options();
    root_ = folder;
    made.start_folder = root_ / "start";
    fs::create_directories(made.start_folder);
    const auto opened = open(std::move(made));
    ASSERT_TRUE(opened) << opened.error().message;
    watch();
  }
};

TEST_F(OutsideTest, ModulesWhereTheServerWasStartedAreWatched) {
  open_below("project");
  EXPECT_THAT(call("orders"), HasSubstr("No module named 'inner'"));
  for (const std::string word : {"one", "two", "six"}) {
    write("start/inner.py", "VALUE = '" + word + "'\n");
    EXPECT_EQ(call("orders"), '"' + word + '"');
  }
  write("start/inner.py", "from below.most import VALUE\n");
  for (const std::string word : {"one", "two"}) {
    write("start/below/most.py", "VALUE = '" + word + "'\n");
    EXPECT_EQ(call("orders"), '"' + word + '"');
  }
}

TEST_F(OutsideTest, ModulesBehindLinksAreWatched) {
  write("shared/one.py", "VALUE = 'one'\n");
  write("shared/two.py", "VALUE = 'two'\n");
  fs::create_symlink(root_ / "shared/one.py", root_ / "project/inner.py");
  open_below("project");
  EXPECT_EQ(call("orders"), "\"one\"");
  write("shared/one.py", "VALUE = 'changed'\n");
  EXPECT_EQ(call("orders"), "\"changed\"");
  replace("shared/one.py", "VALUE = 'replaced'\n");
  EXPECT_EQ(call("orders"), "\"replaced\"");
  fs::remove(root_ / "project/inner.py");
  fs::create_symlink(root_ / "shared/two.py", root_ / "project/inner.py");
  EXPECT_EQ(call("orders"), "\"two\"");
  write("shared/two.py", "VALUE = 'too'\n");
  EXPECT_EQ(call("orders"), "\"too\"");
}

TEST_F(OutsideTest, ModulesBelowLinkedFoldersAreWatched) {
  write("shared/deep/inner.py", "VALUE = 'one'\n");
  write("other/deep/inner.py", "VALUE = 'other'\n");
  write("project/app.py",
        "from pack.deep import inner\ndef handler(event, context):\n    return inner.VALUE\n");
  fs::create_directory_symlink(root_ / "shared", root_ / "project/pack");
  open_below("project");
  EXPECT_EQ(call("orders"), "\"one\"");
  write("shared/deep/inner.py", "VALUE = 'two'\n");
  EXPECT_EQ(call("orders"), "\"two\"");
  fs::remove(root_ / "project/pack");
  fs::create_directory_symlink(root_ / "other", root_ / "project/pack");
  EXPECT_EQ(call("orders"), "\"other\"");
  write("other/deep/inner.py", "VALUE = 'changed'\n");
  EXPECT_EQ(call("orders"), "\"changed\"");
}

TEST_F(OutsideTest, AnEnvFileIsWatched) {
  write("project/app.py", test::counting_handler);
  write("secret/own.env", "STAGE=one\n");
  write("project/smyth.toml", "env_file = \"../secret/own.env\"\n" + std::string(one_function));
  open_below("project");
  EXPECT_EQ(call("orders"), R"([1, "one"])");
  write("secret/own.env", "STAGE=two\n");
  EXPECT_EQ(call("orders"), R"([1, "two"])");
  replace("secret/own.env", "STAGE=three\n");
  EXPECT_EQ(call("orders"), R"([1, "three"])");
  write("project/.env", "STAGE=four\n");
  fs::create_symlink(root_ / "project/.env", root_ / "secret/link.env");
  write("project/smyth.toml", "env_file = \"../secret/link.env\"\n" + std::string(one_function));
  EXPECT_EQ(call("orders"), R"([1, "four"])");
  write("project/.env", "STAGE=five\n");
  EXPECT_EQ(call("orders"), R"([1, "five"])");
}

// --- The configuration ---

TEST_F(ReloadTest, TheCallAfterASaveMeetsTheNewConfiguration) {
  open_watched();
  call("orders");
  write("smyth.toml", with_stage);
  EXPECT_EQ(call("orders"), R"([1, "new"])");
  EXPECT_EQ(configured_, 1);
  replace("smyth.toml", one_function);
  EXPECT_EQ(call("orders"), R"([1, ""])");
  EXPECT_EQ(configured_, 2);
}

TEST_F(ReloadTest, AFunctionThatIsNewIsThere) {
  open_watched();
  EXPECT_EQ(call("stock"), "no such function");
  write("smyth.toml",
        std::string(one_function) + "[handlers.stock]\nhandler_path = \"app.handler\"\n");
  EXPECT_EQ(call("stock"), R"([1, ""])");
}

TEST_F(ReloadTest, AMistakeLeavesTheConfigurationOfBefore) {
  open_watched();
  call("orders");
  write("smyth.toml", "[handlers.orders]\nhandler_pth = \"app.handler\"\n");
  EXPECT_EQ(call("orders"), R"([2, ""])");
  const std::string said = logged();
  EXPECT_THAT(said, HasSubstr("error: unknown setting `handler_pth`"));
  EXPECT_THAT(said,
              HasSubstr("hint: the configuration of before serves on until the file changes\n"));
  EXPECT_EQ(configured_, 0);
  write("smyth.toml", with_stage);
  EXPECT_EQ(call("orders"), R"([1, "new"])");
}

TEST_F(ReloadTest, ARemovedConfigurationLeavesThatOfBefore) {
  open_watched();
  call("orders");
  fs::remove(root_ / "smyth.toml");
  EXPECT_EQ(call("orders"), R"([2, ""])");
  EXPECT_THAT(logged(), HasSubstr("hint: the configuration of before serves on"));
  write("smyth.toml", with_stage);
  EXPECT_EQ(call("orders"), R"([1, "new"])");
}

class EnvFileTest : public ReloadTest, public testing::WithParamInterface<std::string> {};

TEST_P(EnvFileTest, IsWatched) {
  fs::create_directories(root_ / "conf");
  write(GetParam(), "STAGE=one\n");
  write("smyth.toml", "env_file = \"" + GetParam() + "\"\n" + std::string(one_function));
  open_watched();
  EXPECT_EQ(call("orders"), R"([1, "one"])");
  write(GetParam(), "STAGE=two\n");
  EXPECT_EQ(call("orders"), R"([1, "two"])");
}

INSTANTIATE_TEST_SUITE_P(HoweverItIsWritten, EnvFileTest,
                         testing::Values(".env", "./conf/../.env", "conf/local.env"));

TEST_F(ReloadTest, TheConfigurationIsNoticedWithoutACall) {
  open_watched();
  write("smyth.toml", with_stage);
  run_until([&] { return configured_ == 1; });
}

TEST_F(ReloadTest, ASavedConfigurationThatSaysTheSameChangesNothing) {
  open_watched();
  call("orders");
  write("smyth.toml", "# A comment.\n" + std::string(one_function));
  EXPECT_EQ(call("orders"), R"([2, ""])");
}

}  // namespace
}  // namespace smyth::live
