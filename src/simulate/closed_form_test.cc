#include "simulate/closed_form.h"

#include "simulate/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace smyth::simulate {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

// 20 calls a second of 100 ms, two Erlangs, without any limit.
Question question() {
  Question question;
  Function function{.name = "f"};
  function.model = {.spec = {.queue_limit = ~std::uint32_t{0},
                             .overflow = core::Overflow::throttle,
                             .timeout = Duration{0},
                             .queue_wait = Duration{0}},
                    .duration = sim::Law::exponential(milliseconds(100)),
                    .without_slot_limit = true};
  question.functions = {function};
  question.streams = {{0, sim::PoissonArrivals{{{TimePoint{}, 20}}}}};
  question.length = hours(2);
  question.warm_up = seconds(600);
  return question;
}

ClosedForm form_of(const std::function<void(Question&)>& change) {
  Question asked = question();
  change(asked);
  Progress progress;
  return closed_form(asked, answer(asked, progress).value());
}

sim::CallFunction& model_of(Question& question) { return question.functions[0].model; }

std::vector<std::string> names_of(const ClosedForm& form) {
  std::vector<std::string> names;
  for (const ClosedForm::Value& value : form.values) names.push_back(value.name);
  return names;
}

// The simulation has what the form says.
void expect_near(const ClosedForm& form, double tolerance = 0.03) {
  for (const ClosedForm::Value& value : form.values) {
    EXPECT_NEAR(value.simulated.value, value.exact, value.exact * tolerance) << value.name;
  }
  EXPECT_TRUE(form.unmet.empty());
}

TEST(ClosedForm, OfWhatNothingLimits) {
  const ClosedForm form = form_of(
      [](Question& asked) { model_of(asked).duration = sim::Law::gamma(2, milliseconds(100)); });
  EXPECT_EQ(form.model, "M/G/inf");
  EXPECT_THAT(names_of(form), ElementsAre("busy.mean", "busy.p50", "busy.p90", "busy.p99",
                                          "busy.p99.9", "busy.p99.99"));
  expect_near(form);
}

TEST(ClosedForm, OfReservedConcurrency) {
  const ClosedForm form = form_of([](Question& asked) { model_of(asked).spec.reserved = 3; });
  EXPECT_EQ(form.model, "M/G/R/R (Erlang B)");
  EXPECT_THAT(names_of(form), ElementsAre("throttled_share", "busy.mean"));
  EXPECT_NEAR(form.values[0].exact, 4.0 / 19, 1e-12);
  expect_near(form);
}

TEST(ClosedForm, OfAQueueWithAndWithoutALimit) {
  const auto queue = [](Question& asked) {
    model_of(asked).spec.overflow = core::Overflow::queue;
    model_of(asked).spec.concurrency = 3;
    model_of(asked).without_slot_limit = false;
  };
  const ClosedForm endless = form_of(queue);
  EXPECT_EQ(endless.model, "M/M/R (Erlang C)");
  EXPECT_THAT(names_of(endless), ElementsAre("waited_share", "wait_mean_ms", "busy.mean"));
  EXPECT_NEAR(endless.values[0].exact, 4.0 / 9, 1e-12);
  expect_near(endless, 0.06);
  const ClosedForm limited = form_of([&](Question& asked) {
    queue(asked);
    model_of(asked).spec.queue_limit = 4;
  });
  EXPECT_EQ(limited.model, "M/M/R/K");
  EXPECT_THAT(names_of(limited),
              ElementsAre("throttled_share", "waited_share", "wait_mean_ms", "busy.mean"));
  expect_near(limited, 0.06);
}

TEST(ClosedForm, OfAnIdleLimit) {
  const auto expire = [](Question& asked) { model_of(asked).spec.idle_max = seconds(1); };
  const ClosedForm endless = form_of(expire);
  EXPECT_THAT(endless.model, HasSubstr("M/M/inf, the most recently used"));
  EXPECT_THAT(names_of(endless), ElementsAre("cold_share", "environments.mean", "busy.mean"));
  expect_near(endless);
  const ClosedForm limited = form_of([&](Question& asked) {
    expire(asked);
    model_of(asked).spec.reserved = 3;
  });
  EXPECT_THAT(limited.model, HasSubstr("M/M/R/R, the most recently used"));
  expect_near(limited, 0.05);
}

TEST(ClosedForm, OfOneEnvironmentWithInits) {
  const auto one = [](Question& asked) {
    model_of(asked).duration = sim::Law::constant(milliseconds(100));
    model_of(asked).init = sim::Law::constant(milliseconds(400));
    model_of(asked).spec.idle_max = milliseconds(500);
    asked.streams = {{0, sim::PoissonArrivals{{{TimePoint{}, 4}}}}};
  };
  const ClosedForm loss = form_of([&](Question& asked) {
    one(asked);
    model_of(asked).spec.reserved = 1;
  });
  EXPECT_EQ(loss.model, "one environment with an idle limit");
  expect_near(loss);
  const ClosedForm queue = form_of([&](Question& asked) {
    one(asked);
    model_of(asked).spec.overflow = core::Overflow::queue;
    model_of(asked).spec.concurrency = 1;
    model_of(asked).without_slot_limit = false;
  });
  EXPECT_EQ(queue.model, "M/G/1 with set-up");
  EXPECT_THAT(names_of(queue), ElementsAre("wait_and_init_mean_ms"));
  expect_near(queue);
}

TEST(ClosedForm, SaysWhatIsNotMet) {
  const auto unmet = [](const std::function<void(Question&)>& change) {
    const ClosedForm form = form_of(change);
    EXPECT_EQ(form.model, "");
    EXPECT_TRUE(form.values.empty());
    return form.unmet;
  };
  EXPECT_THAT(unmet([](Question& asked) { asked.account = core::AccountSpec{}; }),
              ElementsAre("limits of the account are on: `--account none`"));
  EXPECT_THAT(unmet([](Question& asked) { asked.streams = {{0, sim::ConstantArrivals{20}}}; }),
              ElementsAre("calls do not come at random at one rate: `--rate` alone"));
  EXPECT_THAT(unmet([](Question& asked) {
                model_of(asked).spec.timeout = seconds(3);
                model_of(asked).spec.life_max = seconds(1'000);
              }),
              ElementsAre("calls have a timeout: `--timeout none`",
                          HasSubstr("`--life none` or `--life ttl:600s`")));
  EXPECT_THAT(unmet([](Question& asked) {
                model_of(asked).spec.idle_max = seconds(60);
                model_of(asked).init = sim::Law::constant(milliseconds(450));
              }),
              ElementsAre(HasSubstr("cold calls take longer than warm ones")));
  EXPECT_THAT(unmet([](Question& asked) {
                model_of(asked).spec.overflow = core::Overflow::queue;
                model_of(asked).spec.reserved = 2;
              }),
              ElementsAre("more calls come than the environments serve"));
}

TEST(ClosedForm, SaysWhatOfItIsNotKnown) {
  const ClosedForm form = form_of([](Question& asked) {
    model_of(asked).duration = sim::Law::constant(milliseconds(100));
    model_of(asked).spec.idle_max = seconds(60);
  });
  EXPECT_EQ(form.model, "M/G/inf");
  EXPECT_THAT(form.unmet, ElementsAre("cold starts: durations are not exponential"));
}

TEST(ClosedForm, IsToldBesideWhatWasSimulated) {
  const ClosedForm form{
      .model = "M/G/R/R (Erlang B)",
      .unmet = {"cold starts: durations are not exponential"},
      .values = {
          {"throttled_share", "throttled", ClosedForm::Unit::share, 0.21052, {0.2104, 0.2, 0.22}}}};
  EXPECT_EQ(closed_form_text(form), R"(closed form: M/G/R/R (Erlang B)
                      exact  simulated
throttled            21.1 %  21.0 % (20.0 - 22.0)
not met: cold starts: durations are not exponential
)");
}

}  // namespace
}  // namespace smyth::simulate
