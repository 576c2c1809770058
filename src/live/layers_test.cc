#include "live/layers.h"

#include "runtime/linux_mounts.h"
#include "runtime/linux_private_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace smyth::live {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class LayersTest : public testing::Test {
 protected:
  LayersTest() : root_(*runtime::make_temporary_folder(testing::TempDir() + "layers-")) {}
  ~LayersTest() override { fs::remove_all(root_); }

  void make(const std::string& file) const {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << "";
  }
  // What an environment sees whose layers cannot be mounted.
  runtime::StartSpec where_they_stand(const config::Function& function, runtime::Kind kind) const {
    runtime::StartSpec spec;
    spec.kind = kind;
    spec.environ = {{"PATH", "/usr/bin"}};
    add_layers(function, {.folder = root_, .place = root_.string()}, spec);
    return spec;
  }

  fs::path root_;
};

TEST_F(LayersTest, AreNamedByVariablesWhereTheyCannotBeMounted) {
  make("python/lib/python3.12/site-packages/a.py");
  make("extensions/agent");
  const runtime::StartSpec spec = where_they_stand({}, runtime::Kind::program);
  const std::string root = root_.string();
  EXPECT_EQ(spec.opt, "");
  EXPECT_EQ(spec.layers, root);
  EXPECT_EQ(spec.environ.at("PATH"), "/usr/bin:" + root + "/bin");
  EXPECT_EQ(spec.environ.at("LD_LIBRARY_PATH"), root + "/lib");
  EXPECT_EQ(spec.environ.at("PYTHONPATH"),
            root + "/python/lib/python3.12/site-packages:" + root + "/python");
  EXPECT_THAT(spec.extensions, ElementsAre(root + "/extensions/agent"));
}

TEST_F(LayersTest, OfNodeAreThoseOfItsVersionFirst) {
  make("nodejs/node22/node_modules/a/index.js");
  make("nodejs/node20/node_modules/a/index.js");
  make("nodejs/node_modules/a/index.js");
  config::Function function;
  function.runtime = "nodejs22.x";
  const std::string root = root_.string();
  EXPECT_EQ(where_they_stand(function, runtime::Kind::node).environ.at("NODE_PATH"),
            root + "/nodejs/node22/node_modules:" + root + "/nodejs/node_modules");
}

TEST_F(LayersTest, AreMountedOnOptWhereThatHidesNothing) {
  if (!runtime::can_mount() || !fs::is_directory("/opt")) GTEST_SKIP() << "no mounts here";
  runtime::StartSpec spec;
  spec.cwd = spec.project = "/home/me";
  EXPECT_EQ(no_opt(spec, "/usr/bin/python3.12"), "");
  EXPECT_THAT(no_opt(spec, "/opt/python/bin/python3.12"),
              HasSubstr("`/opt/python/bin/python3.12` is needed"));
  spec.cwd = "/opt/app";
  EXPECT_THAT(no_opt(spec, "/usr/bin/python3.12"), HasSubstr("`/opt/app` is needed"));
}

}  // namespace
}  // namespace smyth::live
