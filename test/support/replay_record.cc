// replay_record FILE: asks a new scheduler what the record says that one was asked, and compares
// the decisions byte for byte. The end-to-end tests run it on what `smyth run --record` has
// written.

#include "core/replay.h"

#include <fmt/format.h>

#include <fstream>

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: replay_record FILE\n");
    return 2;
  }
  std::ifstream in(argv[1]);
  if (!in) {
    fmt::print(stderr, "error: cannot read `{}`\n", argv[1]);
    return 1;
  }
  const auto replay = smyth::core::replay(in);
  if (!replay) {
    fmt::print(stderr, "error: {}\n", replay.error().message);
    return 1;
  }
  fmt::print("{} inputs, {} actions, hash {:016x}\n", replay->inputs, replay->actions,
             replay->decision_hash);
}
