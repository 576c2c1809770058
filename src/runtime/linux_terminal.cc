#include "runtime/terminal.h"

#include <csignal>
#include <termios.h>
#include <unistd.h>

namespace smyth::runtime {

struct Terminal::Settings {
  termios modes{};
};

bool Terminal::is_there() {
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1 &&
         ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
}

Terminal::Terminal() {
  if (!is_there()) return;
  settings_ = new Settings;
  ::tcgetattr(STDIN_FILENO, &settings_->modes);
}

Terminal::~Terminal() {
  if (settings_ != nullptr && ::tcgetpgrp(STDIN_FILENO) != ::getpgrp()) take_back();
  delete settings_;
}

void Terminal::take_back() {
  if (settings_ == nullptr) return;
  // A background process that changes the terminal is stopped by SIGTTOU unless it ignores that.
  struct sigaction ignore{}, before{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGTTOU, &ignore, &before);
  ::tcsetpgrp(STDIN_FILENO, ::getpgrp());
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &settings_->modes);
  ::sigaction(SIGTTOU, &before, nullptr);
}

}  // namespace smyth::runtime
