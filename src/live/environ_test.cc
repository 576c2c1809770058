#include "live/environ.h"

#include "runtime/linux_private_folder.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace smyth::live {
namespace {

namespace fs = std::filesystem;

struct Sources {
  Environ shell;
  Environ env_file;
  bool has_credentials_file = false;

  Environ of(const Environ& env) const {
    config::Function function;
    function.name = "orders";
    function.handler_path = "app.handler";
    function.env = env;
    return function_environ(function, {.shell = shell,
                                       .env_file = env_file,
                                       .account = {},
                                       .endpoint_url = "http://127.0.0.1:1",
                                       .task_root = "/project",
                                       .has_credentials_file = has_credentials_file});
  }
};

TEST(Environ, TheFunctionsTableWinsOverFileOverShellOverDefault) {
  const Sources sources{
      .shell = {{"A", "shell"}, {"B", "shell"}, {"C", "shell"}, {"AWS_REGION", "x"}},
      .env_file = {{"A", "file"}, {"B", "file"}}};
  const Environ made = sources.of({{"A", "table"}});
  EXPECT_EQ(made.at("A"), "table");
  EXPECT_EQ(made.at("B"), "file");
  EXPECT_EQ(made.at("C"), "shell");
  EXPECT_EQ(made.at("AWS_REGION"), "x");
  EXPECT_EQ(made.at("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), "128");
}

TEST(Environ, WhoTheFunctionIsNeverComesFromTheShell) {
  const Sources sources{.shell = {{"AWS_LAMBDA_FUNCTION_NAME", "other"},
                                  {"_HANDLER", "other"},
                                  {"AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"}},
                        .env_file = {}};
  EXPECT_EQ(sources.of({}).at("AWS_LAMBDA_FUNCTION_NAME"), "orders");
  EXPECT_EQ(sources.of({}).at("_HANDLER"), "app.handler");
  EXPECT_FALSE(sources.of({}).contains("AWS_LAMBDA_RUNTIME_API"));
  EXPECT_EQ(sources.of({{"AWS_LAMBDA_FUNCTION_NAME", "mine"}}).at("AWS_LAMBDA_FUNCTION_NAME"),
            "mine");
}

TEST(Environ, FakeCredentialsAreSetOnlyWhereTheUserHasNone) {
  EXPECT_EQ(Sources{}.of({}).at("AWS_ACCESS_KEY_ID"), "000000000000");
  const Sources profile{.shell = {{"AWS_PROFILE", "work"}}, .env_file = {}};
  EXPECT_FALSE(profile.of({}).contains("AWS_ACCESS_KEY_ID"));
  const Sources keys{.shell = {{"AWS_ACCESS_KEY_ID", "AKIA"}, {"AWS_SECRET_ACCESS_KEY", "s"}},
                     .env_file = {}};
  EXPECT_EQ(keys.of({}).at("AWS_ACCESS_KEY_ID"), "AKIA");
  EXPECT_FALSE(keys.of({}).contains("AWS_SESSION_TOKEN"));
  const Sources file{.shell = {}, .env_file = {}, .has_credentials_file = true};
  EXPECT_FALSE(file.of({}).contains("AWS_ACCESS_KEY_ID"));
}

TEST(Environ, OwnInvokesStayHereUnlessTheUserSaysOtherwise) {
  EXPECT_EQ(Sources{}.of({}).at("AWS_ENDPOINT_URL_LAMBDA"), "http://127.0.0.1:1");
  const Sources shell{.shell = {{"AWS_ENDPOINT_URL_LAMBDA", "http://other"}}, .env_file = {}};
  EXPECT_EQ(shell.of({}).at("AWS_ENDPOINT_URL_LAMBDA"), "http://other");
  const Environ off = function_environ({}, {.shell = {},
                                            .env_file = {},
                                            .account = {},
                                            .endpoint_url = "",
                                            .task_root = "/",
                                            .has_credentials_file = true});
  EXPECT_FALSE(off.contains("AWS_ENDPOINT_URL_LAMBDA"));
}

TEST(Environ, FindsTheUsersCredentialsFiles) {
  const fs::path home = *runtime::make_temporary_folder(testing::TempDir() + "home-");
  EXPECT_FALSE(has_credentials_file({{"HOME", home}}));
  EXPECT_FALSE(has_credentials_file({}));
  EXPECT_FALSE(has_credentials_file({{"AWS_CONFIG_FILE", home / "none"}}));
  std::ofstream(home / "mine") << "[default]\n";
  EXPECT_TRUE(has_credentials_file({{"AWS_SHARED_CREDENTIALS_FILE", home / "mine"}}));
  fs::create_directory(home / ".aws");
  std::ofstream(home / ".aws/config") << "[default]\n";
  EXPECT_TRUE(has_credentials_file({{"HOME", home}}));
  fs::remove_all(home);
}

TEST(Environ, KnowsItsOwnVariables) {
  ::setenv("SMYTH_TEST_OWN", "a=b", 1);
  EXPECT_EQ(own_environ().at("SMYTH_TEST_OWN"), "a=b");
  ::unsetenv("SMYTH_TEST_OWN");
  EXPECT_FALSE(own_environ().contains("SMYTH_TEST_OWN"));
}

}  // namespace
}  // namespace smyth::live
