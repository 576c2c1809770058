#include "live/record_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <ios>

namespace smyth::live {

RecordFile::RecordFile(const std::filesystem::path& path, observe::Log& log)
    : path_(path.string()), log_(log), buffer_(*this), out_(&buffer_) {}

Result<std::unique_ptr<RecordFile>> RecordFile::open(const std::filesystem::path& path,
                                                     observe::Log& log) {
  std::unique_ptr<RecordFile> file(new RecordFile(path, log));
  errno = 0;
  if (!file->buffer_.open(path, std::ios::out | std::ios::trunc)) {
    return fail(fmt::format("cannot write the record `{}`: {}", file->path_, std::strerror(errno)),
                "name a file in a folder that exists and is writable");
  }
  file->recorder_ = std::make_unique<core::Recorder>(file->out_, 0);
  file->out_.flush();  // A disk that is full already is told of at the start.
  return file;
}

Result<void> RecordFile::end() {
  out_.flush();
  buffer_.close();
  if (why_.empty()) return {};
  return fail(fmt::format("the record `{}` is not whole: {}", path_, why_),
              "replaying it ends where it was cut off");
}

void RecordFile::failed(int error) {
  if (!why_.empty()) return;
  why_ = std::strerror(error);
  log_.say(observe::Level::error, fmt::format("error: the record `{}` ends here: {}", path_, why_));
}

RecordFile::Buffer::int_type RecordFile::Buffer::overflow(int_type next) {
  const int_type taken = std::filebuf::overflow(next);
  if (traits_type::eq_int_type(taken, traits_type::eof())) file_.failed(errno);
  return taken;
}

std::streamsize RecordFile::Buffer::xsputn(const char* bytes, std::streamsize count) {
  const std::streamsize taken = std::filebuf::xsputn(bytes, count);
  if (taken < count) file_.failed(errno);
  return taken;
}

int RecordFile::Buffer::sync() {
  const int result = std::filebuf::sync();
  if (result != 0) file_.failed(errno);
  return result;
}

}  // namespace smyth::live
