#pragma once

#include "base/result.h"

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace smyth::simulate {

// A file that is there whole or not at all: it is written under another name beside its own, and
// renamed when it is finished. What is no regular file (a pipe, a terminal) is written as it comes.
class OutputFile {
 public:
  static Result<std::unique_ptr<OutputFile>> create(const std::string& path);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();  // Without finish() it leaves nothing.

  // What cannot be written is reported by finish().
  void write(std::string_view text);
  Result<void> finish();

 private:
  OutputFile(std::string path, std::string temporary, std::FILE* file)
      : path_(std::move(path)), temporary_(std::move(temporary)), file_(file) {}

  std::string path_;
  std::string temporary_;  // Empty: what is written is the file itself.
  std::FILE* file_;
  int error_ = 0;
};

}  // namespace smyth::simulate
