#include "package/zip.h"

#include "base/unique_fd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace smyth::package {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t part_bytes = 64u << 10;

std::unexpected<Error> not_as_said(const ZipEntry& entry) {
  return fail(fmt::format("it is damaged: the content of `{}` is not what was packed", entry.name),
              "make it anew");
}

std::unexpected<Error> system_error(std::string_view doing, const fs::path& file) {
  return fail(fmt::format("cannot {} `{}`: {}", doing, file.string(), std::strerror(errno)));
}

// Counts and sums up what is read, against what the entry says.
class Checked {
 public:
  Checked(const ZipEntry& entry, const std::function<Result<void>(std::string_view)>& take)
      : entry_(entry), take_(take), crc_(::crc32(0, nullptr, 0)) {}

  Result<void> add(std::string_view part) {
    count_ += part.size();
    if (count_ > entry_.bytes) return not_as_said(entry_);
    crc_ =
        ::crc32(crc_, reinterpret_cast<const Bytef*>(part.data()), static_cast<uInt>(part.size()));
    return take_(part);
  }
  Result<void> end() const {
    if (count_ != entry_.bytes || crc_ != entry_.crc) return not_as_said(entry_);
    return {};
  }

 private:
  const ZipEntry& entry_;
  const std::function<Result<void>(std::string_view)>& take_;
  uLong crc_;
  std::uint64_t count_ = 0;
};

Result<void> inflate_to(Checked& checked, const ZipEntry& entry) {
  z_stream stream{};
  if (::inflateInit2(&stream, -MAX_WBITS) != Z_OK) return not_as_said(entry);
  const std::unique_ptr<z_stream, void (*)(z_stream*)> ended(&stream,
                                                             [](z_stream* s) { ::inflateEnd(s); });
  std::array<char, part_bytes> space;
  std::string_view left = entry.packed;
  int status = Z_OK;
  while (status == Z_OK) {
    // zlib counts in 32 bits.
    const std::string_view given = left.substr(0, 1u << 30);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(given.data()));
    stream.avail_in = static_cast<uInt>(given.size());
    stream.next_out = reinterpret_cast<Bytef*>(space.data());
    stream.avail_out = static_cast<uInt>(space.size());
    status = ::inflate(&stream, Z_NO_FLUSH);
    left.remove_prefix(given.size() - stream.avail_in);
    const std::size_t made = space.size() - stream.avail_out;
    if (auto added = checked.add({space.data(), made}); !added) return added;
  }
  if (status != Z_STREAM_END) return not_as_said(entry);
  return {};
}

Result<std::string> read_whole(const fs::path& file) {
  const UniqueFd opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat about{};
  if (!opened || ::fstat(opened.get(), &about) != 0) return system_error("read", file);
  if (!S_ISREG(about.st_mode)) return fail("it is no file");
  if (static_cast<std::uint64_t>(about.st_size) > unpacked_bytes_max) {
    return fail(fmt::format("it has more than {} bytes", unpacked_bytes_max),
                "Lambda takes no more for a function and its layers");
  }
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(about.st_size) + 1);
  std::array<char, part_bytes> space;
  ssize_t count = 0;
  while ((count = ::read(opened.get(), space.data(), space.size())) > 0 &&
         bytes.size() <= unpacked_bytes_max) {
    bytes.append(space.data(), static_cast<std::size_t>(count));
  }
  if (count < 0) return system_error("read", file);
  return bytes;
}

Result<void> write_file(const ZipEntry& entry, const fs::path& path) {
  const UniqueFd file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return system_error("make", path);
  auto written = read_entry(entry, [&](std::string_view part) -> Result<void> {
    while (!part.empty()) {
      const ssize_t count = ::write(file.get(), part.data(), part.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return system_error("write", path);
      part.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
  });
  if (!written) return written;
  if (::fchmod(file.get(), entry.mode) != 0) return system_error("make", path);
  return {};
}

Result<void> make_link(const ZipEntry& entry, const fs::path& path) {
  std::string target;
  auto read = read_entry(entry, [&](std::string_view part) -> Result<void> {
    target += part;
    return {};
  });
  if (!read) return read;
  if (::symlink(target.c_str(), path.c_str()) != 0) return system_error("make", path);
  return {};
}

}  // namespace

Result<void> read_entry(const ZipEntry& entry,
                        const std::function<Result<void>(std::string_view)>& take) {
  Checked checked(entry, take);
  auto read = entry.is_deflated ? inflate_to(checked, entry) : checked.add(entry.packed);
  return read ? checked.end() : read;
}

Result<void> unpack_zip(const fs::path& file, const fs::path& folder) {
  const auto zip = read_whole(file);
  if (!zip) return std::unexpected(zip.error());
  const auto entries = list_zip(*zip);
  if (!entries) return std::unexpected(entries.error());
  for (const ZipEntry& entry : *entries) {
    const fs::path path = folder / entry.name;
    const bool is_folder = entry.kind == ZipEntry::Kind::folder;
    std::error_code error;
    fs::create_directories(is_folder ? path : path.parent_path(), error);
    if (error) {
      return fail(fmt::format("cannot make the folder of `{}`: {}", entry.name, error.message()));
    }
    if (is_folder) continue;  // Which can be removed again, whatever its permissions were.
    auto made =
        entry.kind == ZipEntry::Kind::link ? make_link(entry, path) : write_file(entry, path);
    if (!made) return made;
  }
  return {};
}

}  // namespace smyth::package
