#include "cli/arguments.h"
#include "cli/project.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>

int main(int argc, char** argv) {
  // Whoever started us may have had signals blocked: nothing but SIGKILL would stop us then.
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  try {
    const int code = smyth::cli::execute(argc, argv);
    // Of what was printed the last part is still to be written. Who does not read on knows that.
    if (code != 0 || std::fflush(stdout) == 0 || errno == EPIPE) return code;
    return smyth::cli::report({smyth::ErrorCode::failed,
                               std::string("cannot write the output: ") + std::strerror(errno),
                               {}});
  } catch (const std::exception& error) {
    return smyth::cli::report({smyth::ErrorCode::failed, error.what(), {}});
  }
}
