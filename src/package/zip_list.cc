#include "package/zip.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace smyth::package {
namespace {

constexpr std::string_view end_mark{"PK\5\6"};
constexpr std::string_view central_mark{"PK\1\2"};
constexpr std::string_view local_mark{"PK\3\4"};
constexpr std::size_t end_bytes = 22;
constexpr std::size_t central_bytes = 46;
constexpr std::size_t local_bytes = 30;
constexpr std::size_t comment_bytes_max = 0xffff;
constexpr std::uint32_t u16_max = 0xffff;  // These mean: it stands elsewhere, as it is larger.
constexpr std::uint32_t u32_max = 0xffffffff;
constexpr std::uint16_t wide_field = 1;
constexpr std::uint16_t encrypted_flags = 1u | 1u << 6 | 1u << 13;
constexpr unsigned made_by_unix = 3;
constexpr std::uint32_t kind_bits = 0170000;
constexpr std::size_t target_bytes_max = 4'096;

std::uint64_t number(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

std::uint16_t u16(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(number(bytes, at, 2));
}
std::uint32_t u32(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint32_t>(number(bytes, at, 4));
}

std::unexpected<Error> damaged(std::string_view what) {
  return fail(fmt::format("it is damaged: {}", what), "make it anew");
}

std::unexpected<Error> refused(std::string_view name, std::string_view why,
                               std::string_view hint = {}) {
  return fail(fmt::format("its entry `{}` {}", name, why), std::string(hint));
}

// Where the table at the end says that the list of entries is.
struct End {
  std::uint32_t count = 0;
  std::uint64_t at = 0;
  std::uint64_t bytes = 0;
};

Result<End> find_end(std::string_view zip) {
  const std::size_t furthest = zip.size() - std::min(zip.size(), end_bytes + comment_bytes_max);
  for (std::size_t at = zip.size() - std::min(zip.size(), end_bytes); zip.size() >= end_bytes;
       --at) {
    const std::string_view rest = zip.substr(at);
    if (rest.starts_with(end_mark) && rest.size() == end_bytes + u16(rest, 20)) {
      const End end{.count = u16(rest, 10), .at = u32(rest, 16), .bytes = u32(rest, 12)};
      if (end.count == u16_max || end.at == u32_max || end.bytes == u32_max) {
        return fail("it has too many entries or is too large: at most 65,534 entries can be had");
      }
      if (u16(rest, 4) != 0 || u16(rest, 6) != 0 || u16(rest, 8) != end.count) {
        return fail("it is only a part of several files", "make it one file");
      }
      if (end.at + end.bytes > at) return damaged("its list of entries is not whole");
      return end;
    }
    if (at == furthest) break;
  }
  if (zip.starts_with(local_mark)) return damaged("it ends too early");
  return fail("it is no .zip file");
}

// Of plain parts; nullopt: it leads out.
std::optional<std::string> plain(std::string_view name) {
  if (name.starts_with('/') || name.find('\0') != name.npos) return std::nullopt;
  std::string parts;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, end);
    name.remove_prefix(std::min(end + 1, name.size()));
    if (part == "..") return std::nullopt;
    if (part.empty() || part == ".") continue;
    if (!parts.empty()) parts += '/';
    parts += part;
  }
  return parts;
}

// Sizes and place that are larger than their fields stand in another one.
Result<void> widen(std::string_view extra, std::uint64_t& bytes, std::uint64_t& packed,
                   std::uint64_t& at) {
  while (extra.size() >= 4) {
    const std::size_t size = u16(extra, 2);
    if (extra.size() < 4 + size) break;
    std::string_view field = extra.substr(4, size);
    const bool is_it = u16(extra, 0) == wide_field;
    extra.remove_prefix(4 + size);
    if (!is_it) continue;
    for (std::uint64_t* value : {&bytes, &packed, &at}) {
      if (*value != u32_max) continue;
      if (field.size() < 8) return damaged("a size is missing");
      *value = number(field, 0, 8);
      field.remove_prefix(8);
    }
  }
  return {};
}

// The bytes of an entry, behind its own head.
Result<std::string_view> packed_part(std::string_view zip, std::uint64_t at, std::uint64_t size) {
  if (at > zip.size() || zip.size() - at < local_bytes) return damaged("an entry is missing");
  const std::string_view head = zip.substr(at);
  if (!head.starts_with(local_mark)) return damaged("an entry is not where it should be");
  const std::uint64_t begin = local_bytes + u16(head, 26) + u16(head, 28);
  if (begin > head.size() || head.size() - begin < size) return damaged("an entry is not whole");
  return head.substr(begin, size);
}

Result<ZipEntry::Kind> kind_of(std::string_view name, std::uint32_t mode) {
  switch (mode & kind_bits) {
    case 0:
    case 0100000:
      return name.ends_with('/') ? ZipEntry::Kind::folder : ZipEntry::Kind::file;
    case 0040000:
      return ZipEntry::Kind::folder;
    case 0120000:
      return ZipEntry::Kind::link;
    default:
      return refused(name, "is neither file, folder nor link");
  }
}

Result<ZipEntry> read_central(std::string_view zip, std::string_view head) {
  const std::string_view written = head.substr(central_bytes, u16(head, 28));
  if (written.empty()) return damaged("an entry has no name");
  if ((u16(head, 8) & encrypted_flags) != 0) {
    return refused(written, "is encrypted", "make the .zip without a password");
  }
  const std::uint16_t method = u16(head, 10);
  if (method != 0 && method != 8) {
    return refused(written, fmt::format("is packed by method {}", method),
                   "Lambda takes `stored` and `deflated` ones");
  }
  const bool has_mode = u16(head, 4) >> 8 == made_by_unix;
  const std::uint32_t mode = has_mode ? u32(head, 38) >> 16 : 0;
  const auto kind = kind_of(written, mode);
  if (!kind) return std::unexpected(kind.error());
  auto name = plain(written);
  if (!name || name->empty()) {
    // "./" stands in some, for the folder that all was packed in.
    if (name && *kind == ZipEntry::Kind::folder) return ZipEntry{.kind = *kind};
    return refused(written, "leads out of the folder that it is unpacked in");
  }
  std::uint64_t bytes = u32(head, 24);
  std::uint64_t packed = u32(head, 20);
  std::uint64_t at = u32(head, 42);
  const std::string_view extra = head.substr(central_bytes + written.size(), u16(head, 30));
  if (auto widened = widen(extra, bytes, packed, at); !widened) {
    return std::unexpected(widened.error());
  }
  const auto part = packed_part(zip, at, packed);
  if (!part) return std::unexpected(part.error());
  if (method == 0 && packed != bytes) return damaged("an entry has two sizes");
  const std::uint32_t otherwise = *kind == ZipEntry::Kind::folder ? 0755 : 0644;
  const std::uint32_t permissions = (mode & 0777) != 0 ? mode & 0777 : otherwise;
  return ZipEntry{.name = std::move(*name),
                  .kind = *kind,
                  .mode = (permissions | 0400) & ~0222u,
                  .crc = u32(head, 16),
                  .is_deflated = method == 8,
                  .bytes = bytes,
                  .packed = *part};
}

// Only leading `..`, and no more of them than there are folders: then no chain of links leads out.
bool stays_inside(const std::string& name, std::string_view target) {
  auto depth = std::ranges::count(name, '/');
  if (target.empty() || target.starts_with('/')) return false;
  bool is_leading = true;
  while (!target.empty()) {
    const std::size_t end = std::min(target.find('/'), target.size());
    const std::string_view part = target.substr(0, end);
    target.remove_prefix(std::min(end + 1, target.size()));
    if (part == "..") {
      if (!is_leading || --depth < 0) return false;
    } else if (!part.empty() && part != ".") {
      is_leading = false;
    }
  }
  return true;
}

Result<void> check_link(const ZipEntry& entry) {
  if (entry.bytes > target_bytes_max) return refused(entry.name, "is too long for a link");
  std::string target;
  auto read = read_entry(entry, [&](std::string_view part) -> Result<void> {
    target += part;
    return {};
  });
  if (!read) return read;
  if (target.find('\0') == target.npos && stays_inside(entry.name, target)) return {};
  return refused(entry.name,
                 fmt::format("is a link to `{}`, out of the folder that it is unpacked in", target),
                 "pack what it leads to instead: `zip` does unless it is told `-y`");
}

// Each name once, and below folders alone.
class Names {
 public:
  Result<void> add(const ZipEntry& entry) {
    const auto [found, is_new] = kinds_.emplace(entry.name, entry.kind);
    const bool is_folder = entry.kind == ZipEntry::Kind::folder;
    if (!is_new && !(is_folder && found->second == ZipEntry::Kind::folder)) {
      return refused(entry.name, "stands in it twice");
    }
    return {};
  }

  Result<void> check_folders() const {
    for (const auto& [name, kind] : kinds_) {
      for (std::size_t at = name.find('/'); at != name.npos; at = name.find('/', at + 1)) {
        const auto above = kinds_.find(name.substr(0, at));
        if (above != kinds_.end() && above->second != ZipEntry::Kind::folder) {
          return refused(name, fmt::format("lies below `{}`, which is no folder", above->first));
        }
      }
    }
    return {};
  }

 private:
  std::map<std::string, ZipEntry::Kind> kinds_;
};

}  // namespace

Result<std::vector<ZipEntry>> list_zip(std::string_view zip, std::uint64_t bytes_max) {
  const auto end = find_end(zip);
  if (!end) return std::unexpected(end.error());
  std::string_view list = zip.substr(end->at, end->bytes);
  std::vector<ZipEntry> entries;
  Names names;
  std::uint64_t bytes = 0;
  for (std::uint32_t left = end->count; left > 0; --left) {
    if (list.size() < central_bytes || !list.starts_with(central_mark)) {
      return damaged("its list of entries is not whole");
    }
    const std::size_t size = central_bytes + u16(list, 28) + u16(list, 30) + u16(list, 32);
    if (list.size() < size) return damaged("its list of entries is not whole");
    auto entry = read_central(zip, list.substr(0, size));
    if (!entry) return std::unexpected(entry.error());
    list.remove_prefix(size);
    if (entry->name.empty()) continue;
    bytes = entry->bytes > bytes_max ? entry->bytes : bytes + entry->bytes;
    if (bytes > bytes_max) {
      return fail(fmt::format("it has more than {} bytes unpacked", bytes_max),
                  "Lambda takes no more for a function and its layers");
    }
    if (auto added = names.add(*entry); !added) return std::unexpected(added.error());
    if (entry->kind == ZipEntry::Kind::link) {
      if (auto checked = check_link(*entry); !checked) return std::unexpected(checked.error());
    }
    entries.push_back(std::move(*entry));
  }
  if (auto checked = names.check_folders(); !checked) return std::unexpected(checked.error());
  std::ranges::sort(entries, {}, &ZipEntry::name);
  return entries;
}

}  // namespace smyth::package
