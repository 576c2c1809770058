#include "live/driver.h"

#include "test/support/driver_harness.h"
#include "test/support/project_files.h"

#include <gmock/gmock.h>

namespace smyth::live {
namespace {

using core::Verdict;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

// A project on disk, whose files environments report as loaded.
class DriverReloadTest : public test::DriverHarness {
 protected:
  DriverReloadTest() { save("app.py"); }

  std::string path(const std::string& name) const { return files_.path(name); }
  void save(const std::string& name) const { files_.save(name); }
  runtime::LoadedModule as_is(const std::string& name) const { return files_.read(name); }
  // A warm environment that has loaded app.py.
  EnvironmentId serve() {
    invoke();
    const EnvironmentId id = runtime_.latest();
    runtime_.ready(id, {as_is("app.py")});
    runtime_.answer(id, "1");
    return id;
  }
  // A saved file, as the watch tells of it.
  void change(const std::string& name) {
    save(name);
    driver_.changed({path(name)}, false);
  }
  bool is_stale(Slot slot = 0) const { return driver_.slot(0, slot).stale; }
  std::size_t started() { return runtime_.all().size(); }

  test::ProjectFiles files_;
};

TEST_F(DriverReloadTest, AFileThatWasLoadedMakesStaleAndNoOther) {
  add();
  const EnvironmentId old = serve();
  change("other.py");
  driver_.changed({path("app.py.bak"), path("data.json")}, false);
  EXPECT_FALSE(is_stale());
  change("app.py");
  EXPECT_TRUE(is_stale());
  invoke();
  EXPECT_EQ(started(), 2u);
  runtime_.ready(runtime_.latest(), {as_is("app.py")});
  EXPECT_EQ(runtime_.find(old), nullptr);
}

TEST_F(DriverReloadTest, OnlyTheFunctionsThatLoadedItAreStale) {
  add();
  add({}, "stock");
  serve();
  save("stock.py");
  invoke(1);
  runtime_.ready(runtime_.latest(), {as_is("stock.py")});
  change("stock.py");
  EXPECT_FALSE(is_stale());
  EXPECT_TRUE(driver_.slot(1, 0).stale);
}

TEST_F(DriverReloadTest, EverythingIsStaleWhenItIsNotKnownWhatChanged) {
  add();
  serve();
  driver_.changed({}, true);
  EXPECT_TRUE(is_stale());
}

// It is not known yet what it loads.
TEST_F(DriverReloadTest, AnySourceMayBeTheOneThatIsBeingLoaded) {
  add();
  invoke();
  driver_.changed({path("data.json")}, false);
  EXPECT_FALSE(is_stale());
  change("other.py");
  EXPECT_TRUE(is_stale());
}

TEST_F(DriverReloadTest, AReportThatDiffersFromTheDiskMakesStale) {
  add();
  invoke();
  const runtime::LoadedModule before = as_is("app.py");
  save("app.py");  // And the watch has not told yet.
  runtime_.ready(runtime_.latest(), {before});
  EXPECT_TRUE(is_stale());
  runtime_.answer(runtime_.latest(), "old");
  invoke();
  EXPECT_EQ(started(), 2u);
}

TEST_F(DriverReloadTest, ALateReportThatDiffersFromTheDiskMakesStale) {
  add();
  const EnvironmentId id = serve();
  save("late.py");
  const runtime::LoadedModule before = as_is("late.py");
  save("late.py");
  const std::string request = invoke();
  runtime_.answer(id, "old", {before});
  EXPECT_EQ(answer_to(request).document, "old");
  EXPECT_TRUE(is_stale());
  invoke();
  EXPECT_EQ(started(), 2u);
}

TEST_F(DriverReloadTest, AFileThatIsGoneMakesStale) {
  add();
  invoke();
  const runtime::LoadedModule before = as_is("app.py");
  files_.remove("app.py");
  runtime_.ready(runtime_.latest(), {before});
  EXPECT_TRUE(is_stale());
}

TEST_F(DriverReloadTest, WhatTheOldCodeReportsLateSaysNothingOfTheNew) {
  add({.concurrency = 2});
  invoke();
  const EnvironmentId old = runtime_.latest();
  const runtime::LoadedModule before = as_is("app.py");
  change("app.py");
  invoke();
  const EnvironmentId fresh = runtime_.latest();
  runtime_.ready(fresh, {as_is("app.py")});
  runtime_.ready(old, {before});
  runtime_.answer(fresh, "1");
  EXPECT_NE(runtime_.find(fresh), nullptr);
  invoke();
  EXPECT_EQ(runtime_.find(fresh)->deliveries, 2u);
}

// --- Code that does not load ---

constexpr const char* broken =
    R"({"errorMessage":"bad","errorType":"Runtime.UserCodeSyntaxError"})";

TEST_F(DriverReloadTest, CallersAreToldWhyTheOldCodeServes) {
  add();
  const EnvironmentId old = serve();
  logged();
  change("app.py");
  const std::string first = invoke();
  runtime_.fail(runtime_.latest(), broken, {as_is("app.py")});
  advance(milliseconds(30));  // It was saved just now: only then it is believed.
  EXPECT_EQ(logged(),
            "error: `orders:0` does not load: Runtime.UserCodeSyntaxError: bad\n"
            "hint: the old code serves on until a file of it changes\n");
  runtime_.answer(old, "old");
  EXPECT_EQ(answer_to(first).document, "old");
  EXPECT_EQ(answer_to(first).reload_error, "Runtime.UserCodeSyntaxError: bad");
  const std::string second = invoke();
  runtime_.answer(old, "old");
  EXPECT_EQ(answer_to(second).reload_error, "Runtime.UserCodeSyntaxError: bad");
  change("new.py");  // It might be the one that was missing.
  const std::string third = invoke();
  runtime_.ready(runtime_.latest(), {as_is("app.py")});
  runtime_.answer(runtime_.latest(), "new");
  EXPECT_EQ(answer_to(third).document, "new");
  EXPECT_EQ(answer_to(third).reload_error, "");
}

TEST_F(DriverReloadTest, OldCodeThatBecomesReadyMendsNothing) {
  add({.concurrency = 3});
  serve();
  invoke();
  invoke();
  const EnvironmentId slow = runtime_.latest();
  change("app.py");
  invoke();
  runtime_.fail(runtime_.latest(), broken, {as_is("app.py")});
  advance(milliseconds(30));
  runtime_.ready(slow, {});
  runtime_.answer(slow, "old");
  EXPECT_EQ(front_.answers.back().reload_error, "Runtime.UserCodeSyntaxError: bad");
}

TEST_F(DriverReloadTest, AFileThatWasReadHalfSavedIsNoVerdict) {
  add();
  invoke();
  runtime_.fail(runtime_.latest(), broken, {as_is("app.py")});
  EXPECT_TRUE(front_.answers.empty());
  logged();
  save("app.py");  // What the watch has not told yet.
  advance(milliseconds(30));
  EXPECT_TRUE(front_.answers.empty());
  EXPECT_EQ(logged(), "");
  EXPECT_EQ(started(), 2u);
  runtime_.ready(runtime_.latest(), {as_is("app.py")});
  runtime_.answer(runtime_.latest(), "whole");
  EXPECT_EQ(front_.answers.back().document, "whole");
}

TEST_F(DriverReloadTest, AFileThatWasReadEmptyIsWaitedForLonger) {
  add();
  invoke();
  std::ofstream(path("app.py"), std::ios::trunc).close();
  runtime_.fail(runtime_.latest(), broken, {as_is("app.py")});
  for (int look = 0; look < 10; ++look) advance(milliseconds(30));
  EXPECT_TRUE(front_.answers.empty());
  EXPECT_EQ(started(), 1u);
  save("app.py");
  advance(milliseconds(30));
  EXPECT_EQ(started(), 2u);
  EXPECT_TRUE(front_.answers.empty());
}

TEST_F(DriverReloadTest, AFileThatStaysEmptyIsAVerdict) {
  add();
  invoke();
  std::ofstream(path("app.py"), std::ios::trunc).close();
  runtime_.fail(runtime_.latest(), broken, {as_is("app.py")});
  for (int look = 0; look < 17; ++look) advance(milliseconds(30));
  ASSERT_EQ(front_.answers.size(), 1u);
  EXPECT_EQ(front_.answers.back().verdict, core::Verdict::init_error);
}

TEST_F(DriverReloadTest, NewCodeThatEndsItsProcessIsToldOf) {
  add();
  const EnvironmentId old = serve();
  logged();
  change("app.py");
  invoke();
  runtime_.exit(runtime_.latest(), {.signalled = false, .code = 3});
  EXPECT_THAT(logged(),
              HasSubstr("error: `orders:0` does not load: its process ended by exit status 3\n"
                        "hint: the old code serves on"));
  runtime_.answer(old, "old");
  EXPECT_EQ(front_.answers.back().reload_error, "its process ended by exit status 3");
}

TEST_F(DriverReloadTest, NewCodeThatLoadsForTooLongIsToldOf) {
  add({.queue_wait = seconds(30), .init_timeout = seconds(10)});
  const EnvironmentId old = serve();
  logged();
  change("app.py");
  invoke();
  advance(seconds(10));
  EXPECT_THAT(logged(),
              HasSubstr("error: `orders:0` does not load: its init took longer than 10 s\n"
                        "hint: the old code serves on"));
  runtime_.answer(old, "old");
  EXPECT_EQ(front_.answers.back().reload_error, "its init took longer than 10 s");
}

TEST_F(DriverReloadTest, TheErrorOfAProcessThatDoesNotStartFitsInAHeader) {
  add();
  const EnvironmentId old = serve();
  change("app.py");
  invoke();
  runtime_.fail_spawn(runtime_.latest(), {ErrorCode::failed, "no\r\nmémoire", ""});
  runtime_.answer(old, "old");
  EXPECT_EQ(front_.answers.back().reload_error, "no  m  moire");
}

TEST_F(DriverReloadTest, AShutdownIsNoMistakeOfTheCode) {
  add();
  serve();
  change("app.py");
  invoke();
  logged();
  driver_.shutdown(seconds(0));
  advance(seconds(0));
  EXPECT_TRUE(driver_.is_quiet());
  EXPECT_THAT(logged(), Not(HasSubstr("error")));
}

// --- The configuration ---

TEST_F(DriverReloadTest, LimitsChangeWithoutNewEnvironments) {
  add();
  serve();
  driver_.change(0, function({.queue_limit = 5, .timeout = seconds(9)}), {});
  EXPECT_FALSE(is_stale());
}

TEST_F(DriverReloadTest, WhatEnvironmentsHoldMakesThemStale) {
  add();
  serve();
  runtime::StartSpec start;
  start.environ["STAGE"] = "test";
  driver_.change(0, function(), start);
  EXPECT_TRUE(is_stale());
  invoke();
  EXPECT_EQ(runtime_.all().back().spec.environ.at("STAGE"), "test");
  EXPECT_EQ(runtime_.all().back().spec.environ.at("AWS_LAMBDA_LOG_STREAM_NAME"),
            runtime_.all().back().spec.log_stream);
}

TEST_F(DriverReloadTest, AnEnvironmentIsToldOnceOfAChangedConfiguration) {
  const auto with = [](const std::string& config) {
    runtime::StartSpec spec;
    spec.config_json = config;
    return spec;
  };
  driver_.add(function(), "arn", with("{\"timeout\":1}"));
  warm_up();
  EXPECT_EQ(runtime_.all().back().config_json, "");
  driver_.change(0, function(), with("{\"timeout\":2}"));
  for (const char* expected : {"{\"timeout\":2}", ""}) {
    invoke();
    EXPECT_EQ(runtime_.all().size(), 1u);
    EXPECT_EQ(runtime_.all().back().config_json, expected);
    runtime_.answer(runtime_.latest(), "1");
  }
}

}  // namespace
}  // namespace smyth::live
