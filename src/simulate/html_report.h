#pragma once

#include "simulate/question.h"
#include "simulate/result.h"
#include "simulate/series.h"

#include <string>

namespace smyth::simulate {

// A page of HTML that needs no other file and no script: figures and charts. `series` is the course
// of the first replication.
std::string html_report(const Question& question, const Findings& findings, const Series& series);

}  // namespace smyth::simulate
