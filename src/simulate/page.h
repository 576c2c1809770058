#pragma once

#include "simulate/question.h"

#include <string>
#include <string_view>

// What the pages of --html are made of, beside charts (chart.h).
namespace smyth::simulate {

// From the beginning of the document to its first heading, which is the title. `lines` are
// paragraphs; those that begin with "NOT COMPLETE" or "NO WARM-UP" are warnings.
std::string page_head(std::string_view title, std::string_view lines);
std::string page_end();

// Where the constants of a question come from: a table with its heading.
std::string sources_table(const Question& question);

}  // namespace smyth::simulate
