#include "cli/arguments.h"
#include "cli/project.h"

#include <exception>

int main(int argc, char** argv) {
  try {
    return smyth::cli::execute(argc, argv);
  } catch (const std::exception& error) {
    return smyth::cli::report({smyth::ErrorCode::failed, error.what(), {}});
  }
}
