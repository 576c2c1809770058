#pragma once

#include "simulate/output_file.h"
#include "simulate/watcher.h"

#include <string>
#include <vector>

namespace smyth::simulate {

// Writes a row of CSV for each call when it is answered: docs/reference/simulate-files.md.
class CallsFile final : public Watcher {
 public:
  // The file must outlive it, and is the caller's to finish.
  explicit CallsFile(OutputFile& file);

  void added(const Function& function) override;
  void answered(const sim::CallRecord& call) override;

 private:
  OutputFile& file_;
  std::vector<std::string> names_;
  std::string line_;
};

// A field of a CSV file: in quotes where it must be.
std::string csv_field(std::string_view text);

}  // namespace smyth::simulate
