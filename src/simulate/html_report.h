#pragma once

#include "simulate/question.h"
#include "simulate/result.h"
#include "simulate/series.h"

#include <span>
#include <string>

namespace smyth::simulate {

// One question of a grid, and what it found.
struct GridPoint {
  std::string name;          // "reserved 40, provisioned 10"
  double month = 0;          // Dollars.
  double p99 = 0;            // Of the latency, nanoseconds.
  bool is_on_front = false;  // No other is both cheaper and faster.
};

// A page of HTML that needs no other file and no script: figures and charts. `series` is the course
// of the first replication; `grid` may be empty.
std::string html_report(const Question& question, const Findings& findings, const Series& series,
                        std::span<const GridPoint> grid = {});

}  // namespace smyth::simulate
