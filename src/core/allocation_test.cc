#include "core/scheduler.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <vector>

namespace {

std::size_t allocations = 0;

void* allocate(std::size_t size) {
  ++allocations;
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace smyth::core {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

// Twice as many arrivals as slots, then the completions of what was delivered, again and again;
// some invocations are late, some crash. Everything waits, expires, resets and starts.
void live_through(Scheduler& scheduler, FunctionId function, std::vector<Input>& todo,
                  TimePoint& now, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    todo.clear();
    const auto step = [&](const Input& input) {
      now += microseconds(10);
      for (const Action& action : scheduler.handle(input, now)) {
        if (action.kind == ActionKind::start) todo.push_back(Input::ready(action.environment));
        if (action.kind != ActionKind::deliver) continue;
        const bool crashes = (todo.size() + static_cast<std::size_t>(round)) % 23 == 0;
        todo.push_back(
            crashes ? Input::exited(action.environment)
                    : Input::completed(action.environment, action.invocation, Outcome::success));
      }
    };
    for (int i = 0; i < 16; ++i) step(Input::arrive(function));
    for (std::size_t i = 0; i < todo.size(); ++i) step(Input{todo[i]});
    if (round % 10 == 0) now += seconds(20);
  }
}

class WarmScheduler : public testing::TestWithParam<Strategy> {};

TEST_P(WarmScheduler, DoesNotAllocate) {
  Scheduler scheduler;
  TimePoint now{};
  const FunctionId function = scheduler.next_function();
  const FunctionSpec spec{
      .concurrency = 8, .strategy = GetParam(), .idle_max = seconds(10), .life_max = seconds(60)};
  const auto started = scheduler.handle(Input::configure(function, spec), now);
  EXPECT_TRUE(started.empty());
  std::vector<Input> todo;
  todo.reserve(1'000);
  live_through(scheduler, function, todo, now, 100);
  const std::size_t before = allocations;
  live_through(scheduler, function, todo, now, 1'000);
  EXPECT_EQ(allocations, before);
}

INSTANTIATE_TEST_SUITE_P(Strategies, WarmScheduler,
                         testing::Values(Strategy::first_warm, Strategy::round_robin));

}  // namespace
}  // namespace smyth::core
