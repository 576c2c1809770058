#pragma once

#include "runtime/hooks.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The JSON heads of the frames between the server and the hooks process
// (python/smyth_runtime/hooks.py).
namespace smyth::runtime {

// What a head says beside its subject: `call` comes back with the answer.
struct HookCall {
  std::uint64_t call = 0;
  double limit = 0;  // Seconds.
};

std::string prepare_head(const HookCall& call, const HookFunction& function,
                         const HookRequest& request, const HookProcess& process);
std::string choose_head(const HookCall& call, const HookFunction& function,
                        const std::vector<HookProcess>& processes);

struct HookAnswer {
  std::uint64_t call = 0;
  bool is_ok = false;
  std::uint32_t slot = 0;  // Of `chosen`.
  std::string error;       // A message or a traceback, if it is not ok.
};

// None: this is no answer.
std::optional<HookAnswer> read_hook_answer(std::string_view head);

}  // namespace smyth::runtime
