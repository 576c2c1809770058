#pragma once

#include "base/result.h"
#include "core/action.h"
#include "core/input.h"

#include <string>
#include <string_view>

namespace smyth::core {

// Inputs and actions as lines of text, one word a kind and `name=value` for all that belongs to it:
// `arrive function=0.0 kind=event`, `deliver invocation=4.17 environment=0.2 deadline=6000000000`.
// Ids are INDEX.GENERATION, times nanoseconds. What an input or action says is in its line, and
// nothing else.
std::string to_text(const Input& input);
std::string to_text(const Action& action);

// An input that was read, and its spec where it has one.
struct ParsedInput {
  Input input;  // `spec` and `account` point nowhere: see whole().
  FunctionSpec spec;
  AccountSpec account;

  // The input with its spec, valid as long as this object.
  Input whole() const;
};

// The reverse of to_text(): the same text exactly, or an error that says where it ends to make
// sense. Values that no driver would give (a million slots, a time in a century) are errors too.
Result<ParsedInput> parse_input(std::string_view text);

}  // namespace smyth::core
