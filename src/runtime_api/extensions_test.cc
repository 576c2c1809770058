#include "runtime_api/extensions.h"

#include "test/support/extensions_harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace smyth::runtime_api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// --- register ---

TEST(Extensions, RegistersOneAndTellsItOfTheFunction) {
  ExtensionsHarness api;
  api.api.expect("agent");
  EXPECT_FALSE(api.api.are_registered());
  const auto exchange = api.enrol("agent", R"({"events":["INVOKE","SHUTDOWN"]})");
  EXPECT_EQ(api.answer(exchange).status, 200u);
  EXPECT_EQ(api.answer(exchange).body,
            R"({"functionName":"orders","functionVersion":"$LATEST","handler":"app.handler"})");
  EXPECT_EQ(api.header(exchange, "Lambda-Extension-Identifier"),
            "00000000-0000-4000-8000-000000000001");
  EXPECT_TRUE(api.api.are_registered());
  EXPECT_THAT(api.news, ElementsAre("registered"));
  EXPECT_EQ(api.api.all()[0].events(), "INVOKE,SHUTDOWN");
  EXPECT_TRUE(api.api.is_any_external());
}

TEST(Extensions, TellsTheAccountToThoseWhoAcceptIt) {
  ExtensionsHarness api;
  const auto exchange = api.send(
      "POST", "/register",
      {{"Lambda-Extension-Name", "a"}, {"Lambda-Extension-Accept-Feature", "other, accountId"}},
      R"({"events":[]})");
  EXPECT_THAT(api.answer(exchange).body, HasSubstr(R"("accountId":"123456789012"})"));
}

TEST(Extensions, TakesWhoeverIsNotAnnouncedForInternal) {
  ExtensionsHarness api;
  EXPECT_EQ(api.answer(api.enrol("inside", R"({"events":["INVOKE"]})")).status, 200u);
  EXPECT_FALSE(api.api.is_any_external());
  const auto shutdown = api.enrol("other", R"({"events":["SHUTDOWN"]})");
  EXPECT_EQ(api.refusal(shutdown), "403 Extension.InvalidEventType");
  EXPECT_THAT(api.answer(shutdown).body,
              HasSubstr("SHUTDOWN: ShutdownEventNotSupportedForInternalExtension"));
}

TEST(Extensions, RefusesRegistrationsWithLambdas403) {
  ExtensionsHarness api;
  EXPECT_EQ(api.refusal(api.send("POST", "/register", {}, "{}")),
            "403 Extension.InvalidExtensionName");
  EXPECT_EQ(api.refusal(api.enrol(std::string(300, 'a'), "{}")),
            "403 Extension.InvalidExtensionName");
  EXPECT_EQ(api.refusal(api.enrol("a", "no json")), "403 InvalidRequestFormat");
  EXPECT_EQ(api.refusal(api.enrol("a", "[]")), "403 InvalidRequestFormat");
  EXPECT_EQ(api.refusal(api.enrol("a", R"({"events":"INVOKE"})")), "403 InvalidRequestFormat");
  EXPECT_EQ(api.refusal(api.enrol("a", R"({"events":[1]})")), "403 InvalidRequestFormat");
  EXPECT_EQ(api.refusal(api.enrol("a", R"({"configurationKeys":["a"]})")),
            "403 InvalidRequestFormat");
  EXPECT_EQ(api.refusal(api.enrol("a", std::string(70'000, ' '))), "403 InvalidRequestFormat");
  EXPECT_EQ(api.refusal(api.enrol("a", R"({"events":["PING\"\n"]})")),
            "403 Extension.InvalidEventType");
  EXPECT_THAT(api.news, IsEmpty());
}

TEST(Extensions, RegistersEachOnce) {
  ExtensionsHarness api;
  api.join("agent");
  EXPECT_EQ(api.refusal(api.enrol("agent", "{}")), "403 Extension.InvalidExtensionState");
  api.enrol("inside", "{}");
  EXPECT_EQ(api.refusal(api.enrol("inside", "{}")), "403 Extension.InvalidExtensionState");
}

TEST(Extensions, RegistersNoneAfterInit) {
  ExtensionsHarness api;
  api.api.close_registration();
  EXPECT_EQ(api.refusal(api.enrol("late", "{}")), "403 Extension.RegistrationClosed");
}

TEST(Extensions, RegistersTen) {
  ExtensionsHarness api;
  for (int number = 0; number < 10; ++number) {
    EXPECT_EQ(api.answer(api.enrol(fmt::format("e{}", number), "{}")).status, 200u);
  }
  EXPECT_EQ(api.refusal(api.enrol("one more", "{}")), "403 Extension.TooManyExtensions");
  EXPECT_FALSE(api.api.expect("external"));
}

// --- next ---

TEST(Extensions, HoldsNextUntilAnInvocation) {
  ExtensionsHarness api;
  const std::string id = api.join("agent");
  EXPECT_FALSE(api.api.are_ready());
  const auto exchange = api.next(id);
  EXPECT_FALSE(api.is_answered(exchange));
  EXPECT_TRUE(api.api.are_ready());
  api.invoke("id-1");
  EXPECT_EQ(api.answer(exchange).body,
            R"({"eventType":"INVOKE","deadlineMs":1700000003000,"requestId":"id-1",)"
            R"("invokedFunctionArn":"arn","tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1"}})");
  EXPECT_NE(api.header(exchange, "Lambda-Extension-Event-Identifier"), "");
  EXPECT_FALSE(api.api.are_ready());
  api.next(id);
  EXPECT_TRUE(api.api.are_ready());
  EXPECT_THAT(api.news, ElementsAre("registered", "ready", "ready"));
}

TEST(Extensions, TellsOnlyThoseWhoWantToKnow) {
  ExtensionsHarness api;
  const auto quiet = api.next(api.join("quiet", ""));
  const auto last = api.next(api.join("last", R"("SHUTDOWN")"));
  api.invoke("id-1");
  EXPECT_FALSE(api.is_answered(quiet));
  EXPECT_FALSE(api.is_answered(last));
  EXPECT_TRUE(api.api.are_ready());
  api.api.shut_down(ShutdownReason::spindown, 5);
  EXPECT_FALSE(api.is_answered(quiet));
  EXPECT_EQ(api.answer(last).body,
            R"({"eventType":"SHUTDOWN","deadlineMs":5,"shutdownReason":"spindown"})");
}

TEST(Extensions, TellsABusyOneOfTheEndWithItsNextNext) {
  ExtensionsHarness api;
  const std::string id = api.join("agent");
  api.next(id);
  api.invoke("id-1");
  api.api.shut_down(ShutdownReason::timeout, 7);
  EXPECT_THAT(api.answer(api.next(id)).body, HasSubstr(R"("shutdownReason":"timeout")"));
}

TEST(Extensions, RefusesTheSecondNextAtOnce) {
  ExtensionsHarness api;
  const std::string id = api.join("agent");
  const auto first = api.next(id);
  const auto second = api.next(id);
  EXPECT_EQ(api.refusal(second), "403 Extension.InvalidExtensionState");
  EXPECT_THAT(api.answer(second).body,
              HasSubstr("State transition from Ready to Ready failed for extension " + id));
  EXPECT_FALSE(api.is_answered(first));
}

TEST(Extensions, RefusesWrongIdentifiers) {
  ExtensionsHarness api;
  api.join("agent");
  EXPECT_EQ(api.refusal(api.send("GET", "/event/next")),
            "403 Extension.MissingExtensionIdentifier");
  EXPECT_EQ(api.refusal(api.next("no uuid")), "403 Extension.InvalidExtensionIdentifier");
  EXPECT_EQ(api.refusal(api.next("0000000g-0000-4000-8000-000000000001")),
            "403 Extension.InvalidExtensionIdentifier");
  EXPECT_EQ(api.refusal(api.next("00000000-0000-4000-8000-00000000ffff")),
            "403 Extension.UnknownExtensionIdentifier");
}

TEST(Extensions, KnowsAnIdentifierWhateverItsCase) {
  ExtensionsHarness api;
  std::string id = api.join("agent");
  ASSERT_EQ(api.api.find(id)->name, "agent");
  EXPECT_EQ(api.api.find(""), nullptr);
  EXPECT_EQ(api.api.find("other"), nullptr);
}

// --- Errors ---

TEST(Extensions, TakesAnInitErrorUntilItIsReady) {
  ExtensionsHarness api;
  const std::string id = api.join("agent");
  EXPECT_EQ(api.refusal(api.send("POST", "/init/error", {{"Lambda-Extension-Identifier", id}})),
            "403 Extension.MissingHeader");
  EXPECT_EQ(api.answer(api.fail("/init/error", id, "Agent.NoConfig")).status, 202u);
  EXPECT_THAT(api.news, ElementsAre("registered", "Extension.InitError: Agent.NoConfig"));
  EXPECT_EQ(api.answer(api.fail("/init/error", id, "Again")).status, 202u);
  EXPECT_EQ(api.news.size(), 2u);
  EXPECT_EQ(api.refusal(api.next(id)), "403 Extension.InvalidExtensionState");
  EXPECT_EQ(api.api.all()[0].error_type, "Agent.NoConfig");

  const std::string other = api.join("other");
  api.next(other);
  EXPECT_EQ(api.refusal(api.fail("/init/error", other, "Late")),
            "403 Extension.InvalidExtensionState");
}

TEST(Extensions, TakesAnExitErrorAtAnyTime) {
  ExtensionsHarness api;
  const std::string id = api.join("agent");
  api.next(id);
  api.invoke("id-1");
  EXPECT_EQ(api.answer(api.fail("/exit/error", id, "Agent.Lost")).status, 202u);
  EXPECT_THAT(api.news, ElementsAre("registered", "ready", "Extension.ExitError: Agent.Lost"));
  EXPECT_EQ(state_name(api.api.all()[0].state), "ExitError");
}

TEST(Extensions, KnowsItsOwnPathsAndMethods) {
  ExtensionsHarness api;
  EXPECT_EQ(api.answer(api.send("GET", "/register")).status, 405u);
  EXPECT_EQ(api.answer(api.send("POST", "/event/next")).status, 405u);
  EXPECT_EQ(api.answer(api.send("GET", "/init/error")).status, 405u);
  EXPECT_EQ(api.answer(api.send("GET", "/exit/error")).status, 405u);
  EXPECT_EQ(api.answer(api.send("GET", "/other")).status, 404u);
  EXPECT_EQ(api.answer(api.send("GET", "")).status, 404u);
}

}  // namespace
}  // namespace smyth::runtime_api
