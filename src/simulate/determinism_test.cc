// The same question has the same answer to the byte, whatever the compiler made of the program:
// these figures are the same without optimisation, with all of it, and with sanitizers. A changed
// scheduler decides otherwise, and a changed report is another text: then they are to be renewed.
#include "simulate/answer.h"
#include "simulate/json_report.h"
#include "simulate/lives.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace smyth::simulate {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// FNV-1a.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

// The hash of the decisions, and that of the JSON.
std::string hashes_of(const Question& question) {
  Progress progress;
  const Findings findings = answer(question, progress).value();
  return fmt::format("{:016x} {:016x}", findings.decision_hash,
                     hash_of(json_report(question, findings)));
}

Function function_with(std::string name, sim::Law duration, sim::Law init) {
  Function function{.name = std::move(name), .memory_mib = 512};
  function.model = {.spec = {.overflow = core::Overflow::throttle,
                             .timeout = Duration{0},
                             .queue_wait = Duration{0}},
                    .duration = std::move(duration),
                    .init = std::move(init),
                    .without_slot_limit = true};
  read_life("aws-2020")->apply(function.model.spec);
  return function;
}

TEST(Determinism, OfAFunctionAsLambdaHasIt) {
  Question question;
  question.functions = {
      function_with("api", sim::Law::lognormal({0.5, milliseconds(80)}, {0.99, milliseconds(900)}),
                    sim::Law::constant(milliseconds(450)))};
  question.account = core::AccountSpec{.concurrency = 1'000};
  question.streams = {{0, sim::PoissonArrivals{{{TimePoint{}, 40}}}}};
  question.length = hours(1);
  question.replications = 3;
  question.threads = 2;
  EXPECT_EQ(hashes_of(question), "8850575077344453 0b32dd9b2a832936");
}

TEST(Determinism, OfTwoFunctionsInASmallAccount) {
  Question question;
  question.functions = {function_with("api", sim::Law::gamma(0.7, milliseconds(300)),
                                      sim::Law::exponential(milliseconds(700))),
                        function_with("batch", sim::Law::empirical({seconds(1), seconds(3)}),
                                      sim::Law::constant(seconds(1)))};
  question.functions[0].model.attempts = 3;
  question.functions[0].model.errors = 20'000;
  question.functions[1].model.spec.strategy = core::Strategy::random;
  question.functions[1].model.spec.reserved = 12;
  question.account = core::AccountSpec{.concurrency = 30, .scaling = 20};
  question.streams = {{0, sim::MarkovArrivals{{{100, seconds(10)}, {5, seconds(60)}}}},
                      {1, sim::PoissonArrivals{{{TimePoint{}, 5}, {TimePoint(hours(1)), 9}}}},
                      {1, sim::BurstArrivals{TimePoint(seconds(900)), 500}}};
  question.length = hours(2);
  EXPECT_EQ(hashes_of(question), "81823e8ec4b38ce2 783a434464490064");
}

TEST(Determinism, OfAQueueWithItsClosedFormAfterAWarmUpThatWasFound) {
  Question question;
  question.functions = {function_with("worker", sim::Law::exponential(milliseconds(900)),
                                      sim::Law::constant(Duration{0}))};
  core::FunctionSpec& spec = question.functions[0].model.spec;
  question.functions[0].model.without_slot_limit = false;
  spec.concurrency = 10;
  spec.overflow = core::Overflow::queue;
  spec.queue_limit = 100;
  spec.function_idle_max = spec.life_max = Duration{0};
  question.streams = {{0, sim::PoissonArrivals{{{TimePoint{}, 10}}}}};
  question.length = hours(2);
  question.finds_warm_up = true;
  question.is_analytic = true;
  EXPECT_EQ(hashes_of(question), "bcd6407c41359ea5 f719280e456b128b");
}

}  // namespace
}  // namespace smyth::simulate
