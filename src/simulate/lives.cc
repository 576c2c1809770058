#include "simulate/lives.h"

#include "calibrate/profile.h"
#include "core/aws_2020.h"
#include "simulate/words.h"

#include <fmt/format.h>

#include <string>

namespace smyth::simulate {
namespace {

std::string value_of(const Life& life) {
  const auto text = [](Duration length) {
    return length == Duration{0} ? std::string("none") : length_text(length);
  };
  return fmt::format("function_idle {}, surplus_idle {}, max_life {}", text(life.function_idle_max),
                     text(life.idle_max), text(life.life_max));
}

// Zero is how the scheduler says "never".
Result<Duration> read_constant(std::string_view text, std::string_view what) {
  auto length = read_length(text, what);
  if (length && *length == Duration{0}) {
    return misuse(fmt::format("`{}` for {} is no time at all", text, what),
                  "leave it out, or write `none`, for ever; `1ms` ends it after its call");
  }
  return length;
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
                    "write `aws-2020`, `none`, `ttl:600s`, `FILE.toml` or "
                    "`function_idle=640s,surplus_idle=1200s,max_life=7200s`");
    }
    const auto length = read_constant(value, fmt::format("{} of --life", name));
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
    life = {.idle_max = core::aws_2020::idle_max,
            .function_idle_max = core::aws_2020::function_idle_max,
            .life_max = core::aws_2020::life_max,
            .constant = {.origin = Origin::measured,
                         .source = "fitted on 2026-11-29 to records of May and June 2020"}};
  } else if (text == "none") {
    life.constant.origin = Origin::given;
  } else if (text.starts_with("ttl:")) {
    const auto length = read_constant(text.substr(4), "--life");
    if (!length) return std::unexpected(length.error());
    life.idle_max = *length;
    life.constant.origin = Origin::given;
  } else if (text.ends_with(".toml")) {
    const auto profile = calibrate::read_profile(std::string(text));
    if (!profile) return std::unexpected(profile.error());
    life = {.idle_max = profile->constants.surplus_idle,
            .function_idle_max = profile->constants.function_idle,
            .life_max = profile->constants.max_life,
            .constant = {.origin = Origin::measured,
                         .source = fmt::format("fitted by smyth calibrate on {}", profile->made)}};
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
