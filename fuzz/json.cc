// A text: check_json takes it exactly if Boost.JSON does.
#include "base/check.h"
#include "front/invoke_api.h"
#include "front/json_text.h"
#include "strict_json.h"

#include <cstddef>
#include <cstdint>

using namespace smyth;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto checked = front::check_json(text);
  if (!checked) SMYTH_CHECK(front::is_utf8(checked.error()));
  if (!checked && checked.error().find("nesting depth") != std::string::npos) return 0;
  const auto judged = strict_json(text);
  if (judged) SMYTH_CHECK(checked.has_value() == judged->is_valid);
  return 0;
}
