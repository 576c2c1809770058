#pragma once

#include "simulate/json_writer.h"
#include "simulate/question.h"
#include "simulate/result.h"

namespace smyth::simulate {

// The findings as docs/reference/simulate-json.md has them: an object.
void append_findings(JsonWriter& json, const Question& question, const Findings& findings);

// The same as a document of its own.
std::string json_report(const Question& question, const Findings& findings);

}  // namespace smyth::simulate
