#include "runtime/embedded_python.h"

namespace smyth::runtime {
namespace {

#include <embedded_python.inc>

}  // namespace

std::span<const EmbeddedFile> embedded_python() { return files; }

}  // namespace smyth::runtime
