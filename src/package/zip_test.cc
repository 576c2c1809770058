#include "package/zip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace smyth::package {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Item {
  std::string name;
  std::string content;
  std::uint32_t mode = 0100644;
  bool deflates = false;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;  // 0: as `deflates` says.
  std::uint32_t said_bytes = 0;
};

std::string little(std::uint64_t value, int size) {
  std::string text;
  for (int i = 0; i < size; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

std::string deflated(const std::string& text) {
  std::string packed(compressBound(text.size()) + 64, '\0');
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string zip_of(const std::vector<Item>& items, const std::string& comment = {}) {
  std::string zip;
  std::string list;
  for (const Item& item : items) {
    const std::string packed = item.deflates ? deflated(item.content) : item.content;
    const auto crc = crc32(0, reinterpret_cast<const Bytef*>(item.content.data()),
                           static_cast<uInt>(item.content.size()));
    const std::uint64_t method = item.method != 0 ? item.method : item.deflates ? 8u : 0u;
    const auto bytes = item.said_bytes != 0 ? item.said_bytes : item.content.size();
    const std::string shared = little(item.flags, 2) + little(method, 2) + little(0, 4) +
                               little(crc, 4) + little(packed.size(), 4) + little(bytes, 4) +
                               little(item.name.size(), 2) + little(0, 2);
    list += "PK\1\2" + little(3u << 8 | 20u, 2) + little(20, 2) + shared + little(0, 2) +
            little(0, 4) + little(item.mode << 16, 4) + little(zip.size(), 4) + item.name;
    zip += "PK\3\4" + little(20, 2) + shared + item.name + packed;
  }
  const auto at = zip.size();
  return zip + list + "PK\5\6" + little(0, 4) + little(items.size(), 2) + little(items.size(), 2) +
         little(list.size(), 4) + little(at, 4) + little(comment.size(), 2) + comment;
}

std::string refusal(const std::string& zip, std::uint64_t bytes_max = unpacked_bytes_max) {
  const auto entries = list_zip(zip, bytes_max);
  if (!entries) return entries.error().message;
  for (const ZipEntry& entry : *entries) {
    auto read = read_entry(entry, [](std::string_view) { return Result<void>{}; });
    if (!read) return read.error().message;
  }
  return "none";
}

class UnpackZip : public ::testing::Test {
 protected:
  UnpackZip() {
    std::string name = (fs::temp_directory_path() / "smyth-zip-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    fs::create_directory(root_ / "to");
  }
  ~UnpackZip() override { fs::remove_all(root_); }

  Result<void> unpack(const std::string& zip) {
    std::ofstream(root_ / "a.zip") << zip;
    return unpack_zip(root_ / "a.zip", root_ / "to");
  }
  std::string text(const char* name) const {
    std::ifstream file(root_ / "to" / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  mode_t mode(const char* name) const {
    struct stat about{};
    return ::lstat((root_ / "to" / name).c_str(), &about) == 0 ? about.st_mode & 0777 : 0;
  }

  fs::path root_;
};

TEST_F(UnpackZip, MakesFilesFoldersAndLinksWithTheirModesButNotToBeWritten) {
  const std::string large(300'000, 'x');
  ASSERT_TRUE(unpack(zip_of({{.name = "bootstrap", .content = "#!", .mode = 0100755},
                             {.name = "a/", .mode = 0040555},
                             {.name = "a/large", .content = large, .deflates = true},
                             {.name = "a/b/link", .content = "../large", .mode = 0120777},
                             {.name = "no/mode", .content = "x", .mode = 0}},
                            "a comment")));
  EXPECT_EQ(text("bootstrap"), "#!");
  EXPECT_EQ(text("a/b/link"), large);
  EXPECT_EQ(mode("bootstrap"), 0555u);
  EXPECT_EQ(mode("a/large"), 0444u);
  EXPECT_EQ(mode("a"), 0755u);  // Else it could not be removed.
  EXPECT_EQ(mode("no/mode"), 0444u);
}

TEST_F(UnpackZip, DropsSetuid) {
  ASSERT_TRUE(unpack(zip_of({{.name = "a", .content = "", .mode = 0106755}})));
  EXPECT_EQ(mode("a"), 0555u);
}

TEST_F(UnpackZip, SaysWhatIsNoFile) {
  EXPECT_THAT(unpack_zip(root_ / "to", root_ / "to").error().message, HasSubstr("no file"));
  EXPECT_THAT(unpack_zip(root_ / "none", root_ / "to").error().message,
              HasSubstr("No such file or directory"));
}

TEST(Zip, IsListedWithFoldersFirst) {
  const std::string zip = zip_of({{.name = "a/b", .content = "x"}, {.name = "a/"}, {.name = "./"}});
  const auto entries = list_zip(zip);
  ASSERT_TRUE(entries);
  EXPECT_THAT(*entries, ElementsAre(::testing::Field(&ZipEntry::name, "a"),
                                    ::testing::Field(&ZipEntry::name, "a/b")));
}

TEST(Zip, NamesThatLeadOutAreRefused) {
  for (const char* name : {"../a", "/etc/a", "a/../../b", "a/..", ".."}) {
    EXPECT_THAT(refusal(zip_of({{.name = name, .content = "x"}})), HasSubstr("leads out")) << name;
  }
  EXPECT_THAT(refusal(zip_of({{.name = std::string("a\0b", 3), .content = "x"}})),
              HasSubstr("leads out"));
}

TEST(Zip, LinksThatLeadOutAreRefused) {
  const auto link = [](const char* name, const char* target) {
    return refusal(zip_of({{.name = name, .content = target, .mode = 0120777}}));
  };
  EXPECT_EQ(link("a/b/c", "../../d"), "none");
  EXPECT_THAT(link("a/b/c", "../../../d"), HasSubstr("is a link to `../../../d`"));
  EXPECT_THAT(link("a", "/etc/passwd"), HasSubstr("is a link to `/etc/passwd`"));
  // What is before the `..` may be a link into a folder of less depth.
  EXPECT_THAT(link("a", "b/../c"), HasSubstr("is a link to"));
  EXPECT_THAT(link("a", ""), HasSubstr("is a link to"));
}

TEST(Zip, NothingIsUnpackedThroughALink) {
  EXPECT_THAT(refusal(zip_of({{.name = "a", .content = "b", .mode = 0120777},
                              {.name = "a/c", .content = "x"}})),
              HasSubstr("lies below `a`, which is no folder"));
}

TEST(Zip, NamesThatStandTwiceAreRefused) {
  const Item file{.name = "a/b", .content = "x"};
  EXPECT_EQ(refusal(zip_of({file, file})), "its entry `a/b` stands in it twice");
  EXPECT_EQ(refusal(zip_of({file, {.name = "a//./b", .content = "y"}})),
            "its entry `a/b` stands in it twice");
  EXPECT_EQ(refusal(zip_of({{.name = "a/"}, {.name = "a/"}})), "none");
}

TEST(Zip, OtherKindsEncryptedAndUnknownOnesAreRefused) {
  EXPECT_EQ(refusal(zip_of({{.name = "a", .mode = 0010644}})),
            "its entry `a` is neither file, folder nor link");
  EXPECT_EQ(refusal(zip_of({{.name = "a", .content = "x", .flags = 1}})),
            "its entry `a` is encrypted");
  EXPECT_EQ(refusal(zip_of({{.name = "a", .content = "x", .method = 12}})),
            "its entry `a` is packed by method 12");
}

TEST(Zip, HasAtMostSoManyBytesUnpacked) {
  const std::string zip = zip_of({{.name = "a", .content = std::string(600, 'x')},
                                  {.name = "b", .content = std::string(600, 'x')}});
  EXPECT_EQ(refusal(zip, 1'200), "none");
  EXPECT_EQ(refusal(zip, 1'199), "it has more than 1199 bytes unpacked");
  EXPECT_EQ(refusal(zip_of({{.name = "a", .content = "x", .said_bytes = 0xfffffffe}})),
            "it is damaged: an entry has two sizes");
}

TEST(Zip, HasNoMoreInItThanItSays) {
  const Item bomb{.name = "a", .content = std::string(1'000'000, 'x'), .deflates = true};
  Item liar = bomb;
  liar.said_bytes = 10;
  EXPECT_EQ(refusal(zip_of({bomb})), "none");
  EXPECT_EQ(refusal(zip_of({liar})), "it is damaged: the content of `a` is not what was packed");
}

TEST(Zip, DamagedOnesAreRefused) {
  const std::string whole =
      zip_of({{.name = "a", .content = "abc"}, {.name = "b", .deflates = true}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(refusal(whole.substr(0, size)), "none") << size;
  }
  EXPECT_EQ(refusal("no zip at all, but long enough to be one"), "it is no .zip file");
  EXPECT_EQ(refusal(""), "it is no .zip file");
  EXPECT_EQ(refusal(whole.substr(0, 60)), "it is damaged: it ends too early");
  std::string other = whole;
  other[other.find("abc")] = 'x';
  EXPECT_EQ(refusal(other), "it is damaged: the content of `a` is not what was packed");
  EXPECT_EQ(refusal(zip_of({})), "none");
}

}  // namespace
}  // namespace smyth::package
