#pragma once

#include "core/action.h"

#include <string_view>

namespace smyth::simulate {

// Why a call was throttled, in words: "reserved concurrency".
std::string_view words_of(core::Reason reason);

// As Lambda's TooManyRequestsException has it; for what only smyth knows, the queue's, a name
// alike.
std::string_view name_of(core::Reason reason);

// How a call ended: "success", "function_error".
std::string_view word_of(core::Verdict verdict);

}  // namespace smyth::simulate
