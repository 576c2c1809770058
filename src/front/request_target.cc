#include "front/request_target.h"

#include "front/ascii.h"

#include <algorithm>

namespace smyth::front {
namespace {

constexpr CharSet target_chars([](char c) { return c > 0x20 && c < 0x7f && c != '#'; });

constexpr CharSet authority_chars([](char c) {
  return c > 0x20 && c < 0x7f && !std::string_view("/?#@\\\"<>").contains(c);
});

}  // namespace

std::optional<RequestTarget> parse_target(std::string_view text) {
  if (!target_chars.contains_all(text)) return std::nullopt;
  RequestTarget target{.authority = {}, .origin = text, .path = {}, .query = {}};
  if (!text.starts_with('/')) {
    const std::size_t colon = text.find("://");
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view scheme = text.substr(0, colon);
    if (!equals_ignoring_case(scheme, "http") && !equals_ignoring_case(scheme, "https")) {
      return std::nullopt;
    }
    text.remove_prefix(colon + 3);
    target.authority = text.substr(0, text.find_first_of("/?"));
    if (target.authority.empty() || !is_authority(target.authority)) return std::nullopt;
    text.remove_prefix(target.authority.size());
    target.origin = text.empty() ? std::string_view("/") : text;
  }
  const std::size_t mark = std::min(target.origin.find('?'), target.origin.size());
  target.path = mark == 0 ? std::string_view("/") : target.origin.substr(0, mark);
  target.query = target.origin.substr(std::min(mark + 1, target.origin.size()));
  return target;
}

bool is_authority(std::string_view text) { return authority_chars.contains_all(text); }

}  // namespace smyth::front
