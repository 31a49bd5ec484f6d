#include "cairn/codec/zip/zip_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/codec/zip/member_stream.h"
#include "cairn/testing/row_name.h"
#include "cairn/testing/table_bytes.h"
#include "cairn/testing/zip_bytes.h"

namespace cairn {
namespace {

using namespace std::string_literals;

ZipBytes Sound() {
  return {.members = {StoredMember("a", "first"), DeflatedMember("dir/b", std::string(5000, 'x')),
                      StoredMember("", "")}};
}

// Every member read to its end. Errors: the first.
Result<std::vector<std::string>> ReadAllOf(const std::string& bytes) {
  const auto file = OpenBytes(bytes);
  CAIRN_ASSIGN_OR_RETURN(const auto members, ReadZipDirectory(*file, {}));
  std::vector<std::string> contents;
  for (const ZipMember& member : members) {
    CAIRN_ASSIGN_OR_RETURN(const auto stream, OpenZipMember(file, member));
    std::string content;
    std::vector<std::byte> scratch(777);
    while (true) {
      CAIRN_ASSIGN_OR_RETURN(const Bytes piece, stream->Next(scratch));
      if (piece.empty()) break;
      content += AsText(piece);
    }
    contents.push_back(std::move(content));
  }
  return contents;
}

TEST(ZipTest, GivesWhatItHolds) {
  const auto contents = ReadAllOf(Sound().file());
  ASSERT_TRUE(contents.ok()) << contents.status().message();
  EXPECT_EQ(*contents, (std::vector<std::string>{"first", std::string(5000, 'x'), ""}));
  EXPECT_TRUE(ReadAllOf(ZipBytes().file())->empty());
  ZipBytes commented = Sound();
  commented.comment = "a comment, PK\x05\x06 and more of it than an end has bytes";
  EXPECT_TRUE(ReadAllOf(commented.file()).ok());
}

TEST(ZipTest, D9Zip64) {
  ZipBytes zip = Sound();
  ZipMemberBytes& member = zip.members[0];
  member.extra = "\x01\0\x08\0\x05\0\0\0\0\0\0\0"s;
  const std::string file = zip.file();
  std::string large = file;  // the size of the directory says: see the extra field
  const size_t at = large.find("PK\x01\x02") + 24;
  large.replace(at, 4, "\xff\xff\xff\xff");
  EXPECT_TRUE(ReadAllOf(large).ok()) << ReadAllOf(large).status().message();
  std::string wrong = large;
  wrong[large.find("\x01\0\x08\0\x05"s) + 4] = '\x06';
  EXPECT_EQ(ReadAllOf(wrong).status().reason(), Reason::kAmbiguous);
}

struct Damage {
  const char* what;
  std::string file;
  Reason reason;
};

template <typename Change>
std::string With(Change change) {
  ZipBytes zip = Sound();
  change(zip);
  return zip.file();
}

class DamagedZipTest : public testing::TestWithParam<Damage> {};

TEST_P(DamagedZipTest, IsRefused) {
  const auto contents = ReadAllOf(GetParam().file);
  EXPECT_EQ(contents.status().reason(), GetParam().reason) << contents.status().message();
}

INSTANTIATE_TEST_SUITE_P(
    , DamagedZipTest,
    testing::Values(
        Damage{"D8 nothing", "", Reason::kZip},
        Damage{"D8 no end", Sound().file().substr(0, 100), Reason::kZip},
        Damage{"D8 an end in the comment",
               With([](ZipBytes& zip) { zip.comment = ZipBytes().file(); }), Reason::kAmbiguous},
        Damage{"D8 a member more", With([](ZipBytes& zip) { zip.num_members = 2; }), Reason::kZip},
        Damage{"D8 a member less", With([](ZipBytes& zip) { zip.num_members = 4; }), Reason::kZip},
        Damage{"D9 a zip64 record that is not there",
               With([](ZipBytes& zip) { zip.num_members = 0xffff; }), Reason::kZip},
        Damage{"D10 another name", With([](ZipBytes& zip) { zip.members[0].local_name = "b"; }),
               Reason::kAmbiguous},
        Damage{"D10 a name of another length",
               With([](ZipBytes& zip) { zip.members[0].local_name = "aa"; }), Reason::kAmbiguous},
        Damage{"D10 another method", With([](ZipBytes& zip) { zip.members[0].local_method = 8; }),
               Reason::kAmbiguous},
        Damage{"D10 another checksum", With([](ZipBytes& zip) { zip.members[0].local_crc32 = 1; }),
               Reason::kAmbiguous},
        Damage{"D10 another size", With([](ZipBytes& zip) { zip.members[0].local_nbytes = 4; }),
               Reason::kAmbiguous},
        Damage{"D10 stored with two sizes", With([](ZipBytes& zip) { zip.members[0].nbytes = 4; }),
               Reason::kAmbiguous},
        Damage{"D11 members that overlap", With([](ZipBytes& zip) {
                 zip.members.push_back(zip.members[0]);
                 zip.members[3].name = "again";
                 zip.members[3].header_offset = 5;
                 zip.members[3].has_own_data = false;
               }),
               Reason::kOverlap},
        Damage{"D12 NUL", With([](ZipBytes& zip) { zip.members[0].name = "a\0b"s; }),
               Reason::kPath},
        Damage{"D12 a name twice", With([](ZipBytes& zip) { zip.members[1].name = "a"; }),
               Reason::kDuplicate},
        Damage{"D13 a bomb", With([](ZipBytes& zip) { zip.members[1].nbytes = 100; }),
               Reason::kLimit},
        Damage{"D13 a wrong checksum", With([](ZipBytes& zip) { zip.members[1].crc32 ^= 1; }),
               Reason::kCrc},
        Damage{"D13 too short", With([](ZipBytes& zip) { zip.members[1].nbytes = 6000; }),
               Reason::kSize},
        Damage{"D13 something behind", With([](ZipBytes& zip) { zip.members[1].packed += "x"; }),
               Reason::kFormat},
        Damage{"D13 cut", With([](ZipBytes& zip) { zip.members[1].packed.pop_back(); }),
               Reason::kFormat},
        Damage{"D13 encrypted", With([](ZipBytes& zip) { zip.members[0].flags = 1; }),
               Reason::kUnsupported},
        Damage{"D13 method 99", With([](ZipBytes& zip) { zip.members[0].method = 99; }),
               Reason::kUnsupported},
        Damage{"D14 data before", With([](ZipBytes& zip) { zip.before = "#!/bin/sh\n"; }),
               Reason::kAmbiguous},
        Damage{"D14 data between", With([](ZipBytes& zip) { zip.between = "x"; }),
               Reason::kAmbiguous}),
    [](const auto& row) { return RowName(row.param.what); });

TEST(ZipTest, EveryTurnedBitAndCutIsFoundOrChangesNoContent) {
  ZipBytes zip = Sound();
  zip.members[1] = DeflatedMember("b", "a short text, twice a short text");
  const std::string sound = zip.file();
  const auto contents = *ReadAllOf(sound);
  for (size_t bit = 0; bit < sound.size() * 8; ++bit) {
    std::string turned = sound;
    turned[bit / 8] = static_cast<char>(turned[bit / 8] ^ (1 << (bit % 8)));
    if (const auto read = ReadAllOf(turned); read.ok()) {
      EXPECT_EQ(*read, contents) << bit;
    }
  }
  for (size_t size = 0; size < sound.size(); ++size)
    EXPECT_FALSE(ReadAllOf(sound.substr(0, size)).ok()) << size;
}

}  // namespace
}  // namespace cairn
