// Any bytes as a record: replaying them ends with an error that says something, or with the
// decisions of the record, byte for byte.
#include "base/check.h"
#include "core/replay.h"

#include <cstdint>
#include <sstream>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  const auto result = smyth::core::replay(in);
  if (!result) SMYTH_CHECK(!result.error().message.empty());
  return 0;
}
