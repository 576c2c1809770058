#pragma once

#include "core/action.h"
#include "core/input.h"

#include <optional>
#include <string>
#include <string_view>

namespace smyth::test {

// The words of scenarios for what goes in and comes out.
std::string_view word(core::InputKind kind);
std::string_view word(core::ActionKind kind);
std::string_view word(core::Start why);
std::string_view word(core::Verdict verdict);
std::string_view word(core::Reason reason);

// "250ms", "1.5s", "0.02ms", "2us", "1m" and back: whole seconds in seconds, the rest in
// milliseconds.
std::optional<Duration> parse_duration(std::string_view text);
std::string written(Duration length);

}  // namespace smyth::test
