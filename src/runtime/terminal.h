#pragma once

namespace smyth::runtime {

// The terminal that the server was started from, as a debugger needs it: one environment at a time
// has it in the foreground, and it goes back as it was.
class Terminal {
 public:
  // Whether standard input and error are a terminal that this process has in the foreground.
  static bool is_there();

  Terminal();   // Remembers its settings, if it is there.
  ~Terminal();  // Takes it back if it was given away.

  // Takes the foreground back and restores the settings, whoever had it.
  void take_back();

 private:
  struct Settings;
  Settings* settings_ = nullptr;
};

}  // namespace smyth::runtime
