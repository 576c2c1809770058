#include "front/http.h"

#include "front/ascii.h"

namespace smyth::front {

std::string_view HttpRequest::header(std::string_view name) const {
  for (const HeaderField& field : headers) {
    if (equals_ignoring_case(field.name, name)) return field.value;
  }
  return {};
}

}  // namespace smyth::front
