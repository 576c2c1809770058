#pragma once

#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::package {

// docs/reference/lambda-packages.md: what a function and its layers may be in all.
inline constexpr std::uint64_t unpacked_bytes_max = 262'144'000;

struct ZipEntry {
  enum class Kind : unsigned char { file, folder, link };

  std::string name;  // Relative, of plain parts: "a/b"; never leads out.
  Kind kind = Kind::file;
  std::uint32_t mode = 0;  // Permissions, without those to write.
  std::uint32_t crc = 0;
  bool is_deflated = false;
  std::uint64_t bytes = 0;
  std::string_view packed;  // Its part of the .zip.

  bool operator==(const ZipEntry&) const = default;
};

// What is in a .zip (its bytes, which the entries refer to), every folder before what is in it. The
// error: it is none, or not whole, or holds what is not unpacked: names that lead out or stand
// twice, what is encrypted or packed in a way that Lambda does not know, more than `bytes_max`. The
// contents are not looked at, but for where links lead.
Result<std::vector<ZipEntry>> list_zip(std::string_view zip,
                                       std::uint64_t bytes_max = unpacked_bytes_max);

// Gives the content in parts to `take`, which may refuse them. The error: it is not what the
// entry says.
Result<void> read_entry(const ZipEntry& entry,
                        const std::function<Result<void>(std::string_view)>& take);

// Unpacks into an empty folder. Nothing in it can be written to.
Result<void> unpack_zip(const std::filesystem::path& file, const std::filesystem::path& folder);

}  // namespace smyth::package
