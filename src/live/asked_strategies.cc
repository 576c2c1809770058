#include "live/asked_strategies.h"

#include "live/environment.h"
#include "runtime/hooks_process.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>
#include <vector>

namespace smyth::live {

Result<std::unique_ptr<AskedStrategies>> AskedStrategies::open(config::Config config,
                                                               std::filesystem::path start_folder) {
  for (config::Function& function : config.functions) function.spec.provisioned = 0;
  auto session =
      Session::open({.config = std::move(config), .start_folder = std::move(start_folder)});
  if (!session) return std::unexpected(session.error());
  std::unique_ptr<AskedStrategies> strategies(new AskedStrategies);
  strategies->session_ = *std::move(session);
  strategies->session_->host().hooks().set_events(*strategies);
  return strategies;
}

AskedStrategies::~AskedStrategies() = default;

Result<Slot> AskedStrategies::choose(const std::string& function,
                                     std::span<const core::SlotView> slots) {
  Host& host = session_->host();
  const auto index = host.index_of(function);
  if (!index) {
    return misuse(fmt::format("function `{}` is not configured: it has no strategy", function));
  }
  const auto seconds = [](TimePoint at) {
    return std::chrono::duration<double>(at.time_since_epoch()).count();
  };
  std::vector<runtime::HookProcess> processes;
  processes.reserve(slots.size());
  for (Slot slot = 0; slot < slots.size(); ++slot) {
    const core::SlotView& view = slots[slot];
    processes.push_back({.name = fmt::format("{}:{}", function, slot),
                         .state = slot_word(view.state),
                         .task_counter = view.given,
                         .last_used_timestamp = view.given > 0 ? seconds(view.last_used) : 0,
                         .idle_since = seconds(view.idle_since)});
  }
  choice_.reset();
  boost::asio::io_context& loop = session_->loop();
  loop.restart();
  host.hooks().choose({}, host.driver().functions()[*index]->hook, processes);
  while (!choice_) loop.run_one();  // It ends by itself: the hook has a limit of time.
  return *std::exchange(choice_, std::nullopt);
}

void AskedStrategies::on_chosen(InvocationId, std::uint32_t slot) { choice_ = Result<Slot>(slot); }

void AskedStrategies::on_choice_failed(InvocationId, std::string_view traceback) {
  choice_ = fail(std::string(traceback));
}

// What a strategy prints is no data.
void AskedStrategies::on_hook_output(std::string_view line) { fmt::print(stderr, "{}\n", line); }

}  // namespace smyth::live
