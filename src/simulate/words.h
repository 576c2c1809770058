#pragma once

#include "base/result.h"
#include "base/time.h"
#include "sim/generated_calls.h"
#include "sim/laws.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// How lengths, laws, rates and ranges are written on the command line and in the configuration.
// `what` names in the error what was to be read: "--duration".
namespace smyth::simulate {

// "80ms", "1.5s", "200" (seconds), "10m", "2h", "7d", "250us": from zero to a year.
Result<Duration> read_length(std::string_view text, std::string_view what);

// As a human writes it, to three digits: "80 ms", "1.50 s", "7 d".
std::string length_text(Duration length);

// A law as it was written, for the report, and as it is drawn from.
struct WrittenLaw {
  std::string text;
  sim::Law law = sim::Law::constant(Duration{0});
};

//   80ms  constant:80ms        always the same
//   exponential:2s             with this mean
//   lognormal:p50=80ms,p99=1s  by any two percentiles
//   gamma:shape=2,mean=1s
//   file:FILE                  lengths, one a line: each is as likely as any other
Result<WrittenLaw> read_law(std::string_view text, std::string_view what);

// Laws by what is written: of many questions that ask for the same file, the first reads it, and
// its lengths are in memory once.
class Laws {
 public:
  // As read_law().
  Result<WrittenLaw> read(std::string_view text, std::string_view what);

 private:
  std::map<std::string, WrittenLaw, std::less<>> known_;
};

// "50", "50/s", "3000/min", "10/h", "1000000/d": a second.
Result<double> read_rate(std::string_view text, std::string_view what);

// "200:10s,5:60s": rates, each with its mean stay.
Result<std::vector<sim::MarkovArrivals::State>> read_states(std::string_view text,
                                                            std::string_view what);

// "500@10m": so many calls at a time.
Result<sim::BurstArrivals> read_burst(std::string_view text, std::string_view what);

// A share: "0.01", "1%".
Result<double> read_share(std::string_view text, std::string_view what);

// A whole number from `least` to `most`.
Result<std::uint64_t> read_count(std::string_view text, std::string_view what, std::uint64_t least,
                                 std::uint64_t most);

// "a=1,b=2" as pairs; a part without "=" has an empty value.
using Part = std::pair<std::string_view, std::string_view>;
std::vector<Part> parts_of(std::string_view text);

}  // namespace smyth::simulate
