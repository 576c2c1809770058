#pragma once

#include "base/ids.h"
#include "base/time.h"
#include "core/action.h"
#include "core/input.h"

#include <span>

namespace smyth::sim {

// One call of handle(): what went in, when, and what came out.
struct Step {
  const core::Input& input;
  TimePoint now;
  std::span<const core::Action> actions;
  InvocationId arrived;  // The invocation that `arrive` made; none for other inputs.
};

// Sees every step of a driver, before its actions are carried out.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void saw(const Step& step) = 0;
};

}  // namespace smyth::sim
