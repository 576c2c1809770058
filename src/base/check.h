#pragma once

#include <cstdio>
#include <cstdlib>

namespace smyth {

[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "error: broken invariant `%s` at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace smyth

// A condition whose failure is a bug in smyth itself. Always on.
#define SMYTH_CHECK(condition)                  \
  (__builtin_expect(!!(condition), 1) ? void(0) \
                                      : ::smyth::check_failed(#condition, __FILE__, __LINE__))
