#include "runtime/embedded_files.h"

namespace smyth::runtime {
namespace {

#include <embedded_files.inc>

}  // namespace

std::span<const EmbeddedFile> embedded_files() { return files; }

}  // namespace smyth::runtime
