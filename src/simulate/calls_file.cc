#include "simulate/calls_file.h"

#include "simulate/json_writer.h"
#include "simulate/reasons.h"

#include <fmt/format.h>

#include <iterator>

namespace smyth::simulate {
namespace {

std::string seconds_of(Duration length) {
  return exact_seconds(static_cast<std::uint64_t>(length.count()));
}

}  // namespace

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return std::string(text);
  std::string field = "\"";
  for (const char c : text) field.append(c == '"' ? 2 : 1, c);
  return field + '"';
}

CallsFile::CallsFile(OutputFile& file) : file_(file) {
  file_.write("call,time_s,function,outcome,reason,cold,environment,wait_s,init_s,run_s\n");
}

void CallsFile::added(const Function& function) { names_.push_back(csv_field(function.name)); }

void CallsFile::answered(const sim::CallRecord& call) {
  line_.clear();
  const auto out = std::back_inserter(line_);
  fmt::format_to(out, "{},{},{},{},{},", call.number, seconds_of(call.arrived.time_since_epoch()),
                 names_[call.function], word_of(call.verdict), name_of(call.reason));
  const Duration wait = call.begun - call.arrived;
  if (call.environment == 0) {
    fmt::format_to(out, ",,{},,\n", seconds_of(wait));
  } else {
    fmt::format_to(out, "{},{},{},{},{}\n", call.cold ? 1 : 0, call.environment, seconds_of(wait),
                   seconds_of(call.delivered - call.begun),
                   seconds_of(call.answered - call.delivered));
  }
  file_.write(line_);
}

}  // namespace smyth::simulate
