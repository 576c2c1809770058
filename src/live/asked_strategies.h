#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "core/scheduler.h"
#include "live/session.h"
#include "runtime/hooks.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::live {

// The users' strategies of a configuration's functions, in a hooks process of their own, asked
// without any invocation: each call waits for the answer.
class AskedStrategies final : private runtime::HookEvents {
 public:
  // No environment is started.
  static Result<std::unique_ptr<AskedStrategies>> open(config::Config config,
                                                       std::filesystem::path start_folder);
  ~AskedStrategies() override;

  // What the function's strategy chooses of its slots; the error has its traceback.
  Result<Slot> choose(const std::string& function, std::span<const core::SlotView> slots);

 private:
  AskedStrategies() = default;

  void on_prepared(InvocationId, const runtime::Prepared&) override {}
  void on_prepare_failed(InvocationId, std::string_view) override {}
  void on_chosen(InvocationId id, std::uint32_t slot) override;
  void on_choice_failed(InvocationId id, std::string_view traceback) override;
  void on_hook_output(std::string_view line) override;
  void on_hook_modules(const std::vector<runtime::LoadedModule>&) override {}

  std::unique_ptr<Session> session_;
  std::optional<Result<Slot>> choice_;
};

}  // namespace smyth::live
