// toml++'s library, which Debian has as a shared object only: its definitions, once.
// Its parser asserts what a user's text can break and, where asserts are off, assumes it: without
// either it reports the mistake.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_IMPLEMENTATION
#include <toml++/toml.h>
