#pragma once

#include "simulate/estimate.h"
#include "simulate/question.h"

#include <cstdint>
#include <string>
#include <string_view>

// Figures as a human reads them.
namespace smyth::simulate {

std::string grouped(std::uint64_t number);  // "1,234,567"
std::string short_number(double number);    // To three digits: "0.0123", "1.23", "123", "12,345".
std::string percent(double share);          // "1.23 %"
std::string dollars(double amount);         // "$1,234.50", "$0.0041"
std::string length_text(double nanoseconds);

// " (0.9 - 1.1)"; empty where nothing is known of it.
std::string interval(const Estimate& estimate, double scale = 1);
// "1.23 % (1.1 - 1.4)"
std::string share(const Estimate& estimate);

// "documented by AWS", "measured", "assumed", "given"
std::string_view word_of(Origin origin);
// "measured on Lambda in 2020", "given": where a constant is from, in words.
std::string origin_text(const Constant& constant);

}  // namespace smyth::simulate
