#pragma once

#include "base/result.h"
#include "core/record.h"
#include "observe/log.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <ostream>
#include <string>

namespace smyth::live {

// The file that a record is written to.
//
// That it cannot be written any more (a full disk) is said in the log when it happens, once, and by
// end(). Whoever is recorded goes on; the record ends there.
class RecordFile {
 public:
  // The log has to live as long as the file.
  static Result<std::unique_ptr<RecordFile>> open(const std::filesystem::path& path,
                                                  observe::Log& log);

  core::Recorder& recorder() { return *recorder_; }

  // Writes what is left. The error: not all of the record is in the file.
  Result<void> end();

 private:
  // Tells of the first failure, whenever its buffer comes to be written.
  class Buffer final : public std::filebuf {
   public:
    explicit Buffer(RecordFile& file) : file_(file) {}

   protected:
    int_type overflow(int_type next) override;
    std::streamsize xsputn(const char* bytes, std::streamsize count) override;
    int sync() override;

   private:
    RecordFile& file_;
  };

  RecordFile(const std::filesystem::path& path, observe::Log& log);
  void failed(int error);

  std::string path_;
  observe::Log& log_;
  std::string why_;  // It failed; empty: it did not.
  Buffer buffer_;
  std::ostream out_;
  std::unique_ptr<core::Recorder> recorder_;
};

}  // namespace smyth::live
