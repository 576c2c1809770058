#include "sim/checkers.h"
#include "test/support/comparison.h"
#include "test/support/live_scenario_driver.h"

#include <gtest/gtest.h>

#include <charconv>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

// Random traffic through the live driver, with processes and hooks that fail in every way they can:
// what was decided is carried out, each invocation gets one answer, and nothing is left in the end.
//
//   live_random_test --runs=1 --seed=17
namespace smyth::test {
namespace {

using std::chrono::milliseconds;

class LiveWalk final : public sim::Observer {
 public:
  explicit LiveWalk(std::uint64_t seed)
      : prng_(seed),
        processes_(seed),
        driver_(seed % 4 == 0 ? doubting_live_driver(processes_)
                              : live_scenario_driver(processes_)),
        checkers_(driver_->scheduler()),
        comparison_(driver_->scheduler()),
        is_punctual_(prng_.below(3) != 0) {
    driver_->watch(*this);
    // The checkers cannot tell what a late deadline decided from what the input did.
    if (is_punctual_) driver_->watch(checkers_);
    driver_->watch(comparison_);
  }

  // What went wrong; empty if nothing did.
  std::string run() {
    for (std::uint64_t i = 0; i < 1 + prng_.below(3); ++i) add();
    for (int step = 0; step < 300 && trouble().empty(); ++step) {
      const core::Input input = draw();
      const TimePoint at =
          driver_->now() + (prng_.below(4) == 0 ? Duration{0} : prng_.exponential(milliseconds(3)));
      // A loop that was busy hears of everything late.
      if (is_punctual_ || prng_.below(4) != 0) driver_->run_before(at, sim::rank_of(input.kind));
      driver_->submit(input, at);
    }
    if (!trouble().empty()) return trouble();
    driver_->run_before(driver_->now(), sim::Rank::arrival);
    driver_->submit(core::Input::shutdown(driver_->now() + milliseconds(20)), driver_->now());
    driver_->run_until(driver_->now() + std::chrono::seconds(100));
    if (is_punctual_) checkers_.finish();
    if (answers_ != arrivals_) return "not every invocation was answered";
    if (driver_->scheduler().environment_count() != 0) return "something lives after the shutdown";
    return trouble();
  }

  std::uint64_t answers() const { return answers_; }

  void saw(const sim::Step& step) override {
    if (step.arrived) {
      ++arrivals_;
      arrived_.push_back(step.arrived);
    }
    for (const core::Action& action : step.actions) {
      answers_ += action.kind == core::ActionKind::answer ? 1 : 0;
    }
  }

 private:
  std::string trouble() const {
    return driver_->violation() + comparison_.difference() + checkers_.violation();
  }

  core::Input draw() {
    const std::uint64_t kind = prng_.below(100);
    if (kind < 80 || arrived_.empty()) {
      const bool is_event = prng_.below(5) == 0;
      return core::Input::arrive(any(functions_),
                                 is_event ? core::Arrival::event : core::Arrival::request_response);
    }
    if (kind < 87) return core::Input::abandon(any(arrived_));
    if (kind < 93) return core::Input::code_changed(any(functions_));
    if (kind < 95) return core::Input::tick();
    if (kind == 95) return core::Input::remove(any(functions_));
    if (kind == 96) {
      add();
      return core::Input::tick();
    }
    if (kind == 97 && prng_.below(3) == 0) {
      account_ = {.concurrency = static_cast<std::uint32_t>(prng_.below(8)),
                  .scaling = static_cast<std::uint32_t>(prng_.below(4)),
                  .request_rate = static_cast<std::uint32_t>(prng_.below(3))};
      return core::Input::limit_account(account_);
    }
    const FunctionId changed = any(functions_);
    draw_spec(specs_.emplace_back());
    return core::Input::configure(changed, specs_.back());
  }

  void add() {
    const FunctionId id = driver_->scheduler().next_function();
    draw_spec(specs_.emplace_back());
    // Only our own bootstraps know a debugger, and those answer when they are ready for the next.
    sim::Faults own = faults;
    (prng_.below(2) == 0 ? own.pause : own.answers_early) = 0;
    processes_.set(id, {.init = sim::Length::exponential(milliseconds(4)),
                        .run = sim::Length::exponential(milliseconds(8)),
                        .prepare = sim::Length::exponential(milliseconds(1)),
                        .choice = sim::Length::exponential(milliseconds(1)),
                        .linger = sim::Length::exponential(milliseconds(4)),
                        .slots = 3,
                        .faults = own});
    driver_->submit(core::Input::configure(id, specs_.back()), driver_->now());
    functions_.push_back(id);
  }

  void draw_spec(core::FunctionSpec& spec) {
    spec.concurrency = static_cast<std::uint32_t>(1 + prng_.below(4));
    spec.queue_limit = static_cast<std::uint32_t>(prng_.below(6));
    spec.event_queue_limit = static_cast<std::uint32_t>(prng_.below(6));
    spec.provisioned = prng_.below(4) == 0 ? 1 : 0;
    spec.strategy = static_cast<core::Strategy>(prng_.below(3));
    spec.overflow = prng_.below(4) == 0 ? core::Overflow::throttle : core::Overflow::queue;
    spec.prepares = prng_.below(3) == 0;
    spec.timeout = milliseconds(5 + prng_.below(40));
    spec.queue_wait = milliseconds(5 + prng_.below(40));
    spec.init_timeout = milliseconds(8 + prng_.below(20));
    spec.idle_max = milliseconds(prng_.below(3) * 30);
    spec.life_max = milliseconds(prng_.below(3) * 80);
    spec.function_idle_max = milliseconds(prng_.below(3) * 20);
    if (prng_.below(6) == 0) spec.reserved = static_cast<std::uint32_t>(prng_.below(4));
  }

  template <class T>
  T any(const std::vector<T>& of) {
    return of[prng_.below(of.size())];
  }

  static constexpr sim::Faults faults{.init_reports = 50'000,
                                      .init_exits = 50'000,
                                      .init_hangs = 20'000,
                                      .spawn_fails = 20'000,
                                      .function_error = 100'000,
                                      .crash = 50'000,
                                      .hang = 50'000,
                                      .idle_exit = 50'000,
                                      .hook_fails = 100'000,
                                      .bad_choice = 50'000,
                                      .answers_early = 200'000,
                                      .pause = 100'000};

  Prng prng_;
  sim::RandomProcesses processes_;
  std::unique_ptr<ScenarioDriver> driver_;
  sim::Checkers checkers_;
  Comparison comparison_;
  bool is_punctual_;
  std::deque<core::FunctionSpec> specs_;
  std::vector<FunctionId> functions_;
  core::AccountSpec account_;
  std::vector<InvocationId> arrived_;
  std::uint64_t arrivals_ = 0;
  std::uint64_t answers_ = 0;
};

std::uint64_t first_seed = 1;
std::uint64_t runs = 200;

TEST(LiveRandom, CarriesOutWhatIsDecidedWhateverFails) {
  std::uint64_t answers = 0;
  for (std::uint64_t seed = first_seed; seed < first_seed + runs; ++seed) {
    LiveWalk walk(seed);
    ASSERT_EQ(walk.run(), "") << "replay: build/test/live_random_test --runs=1 --seed=" << seed;
    answers += walk.answers();
  }
  RecordProperty("answers", std::to_string(answers));
  EXPECT_GT(answers, runs * 100);
}

void set(std::string_view argument, std::string_view name, std::uint64_t& value) {
  if (!argument.starts_with(name)) return;
  argument.remove_prefix(name.size());
  std::from_chars(argument.data(), argument.data() + argument.size(), value);
}

}  // namespace
}  // namespace smyth::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    smyth::test::set(argv[i], "--seed=", smyth::test::first_seed);
    smyth::test::set(argv[i], "--runs=", smyth::test::runs);
  }
  return RUN_ALL_TESTS();
}
