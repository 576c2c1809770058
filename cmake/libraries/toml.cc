// toml++'s library, which Debian has as a shared object only: its definitions, once.
#define TOML_IMPLEMENTATION
#include <toml++/toml.h>
