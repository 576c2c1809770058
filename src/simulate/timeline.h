#pragma once

#include "simulate/json_writer.h"
#include "simulate/live_environments.h"
#include "simulate/output_file.h"
#include "simulate/watcher.h"

#include <cstdint>
#include <string>
#include <vector>

namespace smyth::simulate {

// Writes the lives of the environments in Chrome's trace format, for chrome://tracing or
// https://ui.perfetto.dev: a process for each function, a thread for each slot, on it spans named
// `init`, `busy` and `idle`.
//
// It ends after so many spans: what shows the file would not take more.
class Timeline final : public Watcher {
 public:
  static constexpr std::uint64_t spans_max = 200'000;

  // The file must outlive it, and is the caller's to finish.
  explicit Timeline(OutputFile& file);

  // Whether spans were left out, and until when it is whole.
  bool is_cut() const { return is_cut_; }
  TimePoint whole_until() const { return whole_until_; }

  void added(const Function& function) override;
  void answered(const sim::CallRecord& call) override;
  void started(const sim::EnvironmentRecord& environment) override;
  void ready(const sim::EnvironmentRecord& environment) override;
  void delivered(const sim::EnvironmentRecord& environment) override;
  void ended(const sim::EnvironmentRecord& environment) override;
  void over(TimePoint end) override;

 private:
  // What the environment at the place has done until now.
  void close_span(std::uint32_t place, TimePoint until);
  void name_slot(const LiveEnvironment& environment);
  void flush();

  OutputFile& file_;
  JsonWriter json_;
  LiveEnvironments environments_;
  std::vector<std::string> names_;
  std::vector<Slot> named_slots_;  // Of each function: so many have names.
  std::uint64_t spans_ = 0;
  bool is_cut_ = false;
  TimePoint whole_until_{};
};

}  // namespace smyth::simulate
