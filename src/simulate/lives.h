#pragma once

#include "base/result.h"
#include "core/function.h"
#include "simulate/question.h"

#include <string_view>

namespace smyth::simulate {

// How environments end, and where that is known from.
struct Life {
  Duration idle_max{0};           // An idle one, after so long; zero: never.
  Duration function_idle_max{0};  // All of a function in which nothing has run for so long.
  Duration life_max{0};           // Any, when it is this old and idle.
  Constant constant;

  void apply(core::FunctionSpec& spec) const;
};

//   aws-2020      as recorded on Lambda in 2020
//   none          for ever
//   ttl:600s      idle for so long
//   function_idle=640s,surplus_idle=1100s,max_life=6500s    each may be left out: no such limit
//   FILE.toml     a profile that `smyth calibrate` has written
Result<Life> read_life(std::string_view text);

}  // namespace smyth::simulate
