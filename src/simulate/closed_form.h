#pragma once

#include "simulate/question.h"
#include "simulate/result.h"

#include <string>
#include <vector>

namespace smyth::simulate {

// What is known exactly of a question, in the long run, beside what was simulated.
struct ClosedForm {
  enum class Unit : std::uint8_t { share, number, milliseconds };
  struct Value {
    std::string name;   // As the JSON has it: "throttled_share".
    std::string label;  // As the table has it: "throttled".
    Unit unit = Unit::share;
    double exact = 0;
    Estimate simulated;
  };

  std::string model;               // "M/G/R/R (Erlang B)"; empty: none applies.
  std::vector<std::string> unmet;  // What keeps one, or some of its figures, from applying.
  std::vector<Value> values;
};

ClosedForm closed_form(const Question& question, const Findings& findings);

// A line for each value, or what is not met.
std::string closed_form_text(const ClosedForm& form);

}  // namespace smyth::simulate
