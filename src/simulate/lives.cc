#include "simulate/lives.h"

#include "simulate/words.h"

#include <fmt/format.h>

#include <chrono>

namespace smyth::simulate {
namespace {

using std::chrono::seconds;

std::string value_of(const Life& life) {
  const auto text = [](Duration length) {
    return length == Duration{0} ? std::string("none") : length_text(length);
  };
  return fmt::format("function_idle {}, surplus_idle {}, max_life {}", text(life.function_idle_max),
                     text(life.idle_max), text(life.life_max));
}

Result<Life> read_constants(std::string_view text) {
  Life life;
  for (const auto& [name, value] : parts_of(text)) {
    Duration* constant = name == "function_idle"  ? &life.function_idle_max
                         : name == "surplus_idle" ? &life.idle_max
                         : name == "max_life"     ? &life.life_max
                                                  : nullptr;
    if (constant == nullptr) {
      return misuse(fmt::format("`{}` for --life is no profile", text),
                    "write `aws-2020`, `none`, `ttl:600s` or "
                    "`function_idle=640s,surplus_idle=1200s,max_life=7200s`");
    }
    const auto length = read_length(value, fmt::format("{} of --life", name));
    if (!length) return std::unexpected(length.error());
    *constant = *length;
  }
  return life;
}

}  // namespace

void Life::apply(core::FunctionSpec& spec) const {
  spec.idle_max = idle_max;
  spec.function_idle_max = function_idle_max;
  spec.life_max = life_max;
}

Result<Life> read_life(std::string_view text) {
  Life life;
  if (text == "aws-2020") {
    life = {.idle_max = seconds(1'200),
            .function_idle_max = seconds(640),
            .life_max = seconds(7'200),
            .constant = {.origin = Origin::measured,
                         .source = "measured on Lambda in April-June 2020"}};
  } else if (text == "none") {
    life.constant.origin = Origin::given;
  } else if (text.starts_with("ttl:")) {
    const auto length = read_length(text.substr(4), "--life");
    if (!length) return std::unexpected(length.error());
    life.idle_max = *length;
    life.constant.origin = Origin::given;
  } else {
    auto read = read_constants(text);
    if (!read) return read;
    life = *std::move(read);
    life.constant.origin = Origin::given;
  }
  life.constant.name = fmt::format("life {}", text);
  life.constant.value = value_of(life);
  return life;
}

}  // namespace smyth::simulate
