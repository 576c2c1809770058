#include "package/zip.h"

#include "base/check.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

using smyth::Result;
using smyth::package::ZipEntry;

namespace {

constexpr std::uint64_t bytes_max = 1u << 20;

void check_name(const ZipEntry& entry, std::set<std::string>& names) {
  SMYTH_CHECK(!entry.name.empty() && entry.name.front() != '/' && entry.name.back() != '/');
  SMYTH_CHECK(names.insert(entry.name).second || entry.kind == ZipEntry::Kind::folder);
  const std::string framed = '/' + entry.name + '/';
  for (const char* part : {"/../", "/./", "//"}) SMYTH_CHECK(framed.find(part) == framed.npos);
  SMYTH_CHECK(entry.name.find('\0') == entry.name.npos);
  SMYTH_CHECK((entry.mode & ~0777u) == 0 && (entry.mode & 0222u) == 0);
}

}  // namespace

// What may be unpacked leads nowhere else, and has no more in it than was said.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view zip(reinterpret_cast<const char*>(data), size);
  const auto entries = smyth::package::list_zip(zip, bytes_max);
  if (!entries) {
    SMYTH_CHECK(!entries.error().message.empty());
    return 0;
  }
  std::set<std::string> names;
  std::uint64_t said = 0;
  for (const ZipEntry& entry : *entries) {
    check_name(entry, names);
    said += entry.bytes;
    std::uint64_t count = 0;
    const auto read = smyth::package::read_entry(entry, [&](std::string_view part) -> Result<void> {
      count += part.size();
      return {};
    });
    SMYTH_CHECK(count <= entry.bytes && (!read || count == entry.bytes));
  }
  SMYTH_CHECK(said <= bytes_max);
  return 0;
}
