#include "cli/arguments.h"
#include "cli/project.h"

#include <csignal>
#include <exception>

int main(int argc, char** argv) {
  // Whoever started us may have had signals blocked: nothing but SIGKILL would stop us then.
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  try {
    return smyth::cli::execute(argc, argv);
  } catch (const std::exception& error) {
    return smyth::cli::report({smyth::ErrorCode::failed, error.what(), {}});
  }
}
