#pragma once

#include "simulate/question.h"
#include "simulate/result.h"

#include <string>

namespace smyth::simulate {

// What was asked, in a few lines without the end of the last.
std::string question_text(const Question& question, const Findings& findings);

// The report for a terminal: what was asked, at most 15 lines of figures, and where the constants
// come from.
std::string table(const Question& question, const Findings& findings);

// A line for each function, where there are several: of many those that cost most.
std::string function_table(const Findings& findings);

}  // namespace smyth::simulate
