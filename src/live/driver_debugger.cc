// Whose turn it is to have the terminal.
#include "live/driver.h"
#include "live/environment.h"

#include <algorithm>

namespace smyth::live {

void Driver::on_pause(EnvironmentId id) {
  if (!environment(id)) return;
  if (!parts_.take_terminal) {
    parts_.runtime.grant_terminal(id, false);
    return;
  }
  debuggers_.push_back(id);
  submit(core::Input::paused(id));
}

void Driver::next_debugger() {
  while (!is_terminal_given_ && !debuggers_.empty()) {
    const EnvironmentId next = debuggers_.front();
    if (parts_.take_terminal()) {
      is_terminal_given_ = true;
      parts_.log.hold();
      parts_.runtime.grant_terminal(next, true);
      return;
    }
    debuggers_.erase(debuggers_.begin());
    parts_.runtime.grant_terminal(next, false);
    submit(core::Input::resumed(next));
  }
}

void Driver::on_proceed(EnvironmentId id) {
  leave_debugger(id);
  if (environment(id)) submit(core::Input::resumed(id));
}

// The next one has its turn when the input at hand is done with.
void Driver::leave_debugger(EnvironmentId id) {
  const auto found = std::ranges::find(debuggers_, id);
  if (found == debuggers_.end()) return;
  const bool has_terminal = is_terminal_given_ && found == debuggers_.begin();
  debuggers_.erase(found);
  if (!has_terminal) return;
  is_terminal_given_ = false;
  parts_.return_terminal();
  parts_.log.release();
}

}  // namespace smyth::live
