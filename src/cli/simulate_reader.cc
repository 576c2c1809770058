#include "cli/simulate_reader.h"

#include "base/nearest.h"

#include <algorithm>
#include <vector>

namespace smyth::cli {

std::optional<simulate::WrittenLaw> SimulateReader::law(const Given& given) {
  return read(given, [this](std::string_view text, std::string_view what) {
    return laws_.read(text, what);
  });
}

std::optional<std::uint64_t> SimulateReader::count(const std::string& text, const char* option,
                                                   std::uint64_t least, std::uint64_t most) {
  return read(text, option, [=](std::string_view given, std::string_view what) {
    return simulate::read_count(given, what, least, most);
  });
}

std::optional<std::uint32_t> SimulateReader::limit(const std::string& text, const char* option,
                                                   std::uint32_t none, std::uint64_t least) {
  if (text == "none") return none;
  const auto number = count(text, option, least);
  return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

std::optional<std::string> SimulateReader::word(const std::string& text, const char* option,
                                                std::initializer_list<std::string_view> known) {
  return read(text, option,
              [&](std::string_view given, std::string_view what) -> Result<std::string> {
                if (std::ranges::find(known, given) != known.end()) return std::string(given);
                const std::string_view near = nearest(given, std::vector<std::string_view>(known));
                return misuse(fmt::format("`{}` is no value of {}", given, what),
                              near.empty() ? fmt::format("write `{}`", fmt::join(known, "` or `"))
                                           : fmt::format("did you mean `{}`?", near));
              });
}

}  // namespace smyth::cli
