#include "cairn/codec/zip/zip_writer.h"

#include <gtest/gtest.h>

#include "cairn/codec/zip/member_stream.h"
#include "cairn/codec/zip/zip_headers_checksum.h"
#include "cairn/io/checksum.h"
#include "cairn/testing/table_bytes.h"

namespace cairn {
namespace {

struct Content {
  std::string name;
  std::string bytes;
  std::string note = "";
};

std::string Archive(const std::vector<Content>& contents, bool is_large, uint64_t alignment) {
  std::string archive;
  std::vector<ZipMember> members;
  uint32_t headers_crc32 = 0;
  for (const Content& content : contents) {
    ZipMember member = MakeZipMember(content.name, ZipMethod::kStored);
    member.note = content.note;
    member.has_headers_checksum = members.empty();
    member.header_offset = archive.size();
    const size_t header_nbytes = EncodeZipLocalHeader(member, is_large, alignment).size();
    member.nbytes = member.packed_nbytes = content.bytes.size();
    member.crc32 = Crc32(AsBytes(content.bytes));
    const std::string header = EncodeZipLocalHeader(member, is_large, alignment);
    headers_crc32 = ExtendChecksum(Checksum::Kind::kCrc32, headers_crc32, AsBytes(header));
    EXPECT_EQ(header.size(), header_nbytes) << "sizes and checksum change no length";
    EXPECT_EQ((archive.size() + header.size()) % alignment, 0u);
    archive += header + content.bytes;
    members.push_back(member);
  }
  return archive + EncodeZipDirectory(members, archive.size(), headers_crc32);
}

TEST(ZipWriterTest, WhatIsWrittenIsRead) {
  const std::vector<Content> contents = {{"a.npy", "first"},
                                         {"\xc3\xbc/b.npy", "", "bfloat16"},
                                         {std::string(60'000, 'n'), std::string(3000, 'x')}};
  for (const bool is_large : {false, true}) {
    for (const uint64_t alignment : {1, 64, 4096}) {
      const auto file = OpenBytes(Archive(contents, is_large, alignment));
      const auto members = ReadZipDirectory(*file, {});
      ASSERT_TRUE(members.ok()) << members.status().message();
      ASSERT_EQ(members->size(), contents.size());
      for (size_t i = 0; i < contents.size(); ++i) {
        EXPECT_EQ((*members)[i].name, contents[i].name);
        EXPECT_EQ((*members)[i].note, contents[i].note);
        EXPECT_EQ((*members)[i].flags, i == 1 ? 1 << 11 : 0);
        const auto data = LocateZipData(*file, (*members)[i]);
        ASSERT_TRUE(data.ok()) << data.status().message();
        std::string bytes(contents[i].bytes.size(), '\0');
        ASSERT_TRUE(file->ReadAt(*data, std::as_writable_bytes(std::span(bytes))).ok());
        EXPECT_EQ(bytes, contents[i].bytes);
      }
    }
  }
}

Status CheckHeaders(const std::string& archive) {
  const auto file = OpenBytes(archive);
  CAIRN_ASSIGN_OR_RETURN(const auto members, ReadZipDirectory(*file, {}));
  CAIRN_RETURN_IF_ERROR(CheckZipHeaders(*file, members, {}));
  for (const ZipMember& member : members)
    CAIRN_RETURN_IF_ERROR(LocateZipData(*file, member).status());
  return {};
}

TEST(ZipWriterTest, EveryFlippedBitOfTheHeadersIsFound) {
  for (const uint64_t alignment : {1, 64}) {
    const std::string sound = Archive({{"a.npy", "", "int4"}, {"b.npy", ""}}, true, alignment);
    ASSERT_TRUE(CheckHeaders(sound).ok()) << CheckHeaders(sound).message();
    for (size_t bit = 0; bit < 8 * sound.size(); ++bit) {
      std::string turned = sound;
      turned[bit / 8] = static_cast<char>(turned[bit / 8] ^ 1 << bit % 8);
      EXPECT_FALSE(CheckHeaders(turned).ok()) << bit;
    }
  }
}

TEST(ZipWriterTest, ANoteThatOneHeaderAloneHasIsAmbiguous) {
  const std::string archive = Archive({{"a", "x", "int4"}}, false, 1);
  const size_t local = archive.find("int4");
  const size_t central = archive.rfind("int4");
  ASSERT_NE(local, central);
  for (const size_t at : {local, central}) {
    std::string changed = archive;
    changed[at + 3] = '2';
    const auto file = OpenBytes(changed);
    const auto members = ReadZipDirectory(*file, {});
    ASSERT_TRUE(members.ok());
    EXPECT_EQ(LocateZipData(*file, (*members)[0]).status().reason(), Reason::kAmbiguous);
  }
}

TEST(ZipWriterTest, MoreMembersThanSixteenBitsCount) {
  std::vector<Content> contents(70'000);
  for (size_t i = 0; i < contents.size(); ++i) contents[i].name = std::to_string(i);
  const auto file = OpenBytes(Archive(contents, false, 1));
  const auto members = ReadZipDirectory(*file, {});
  ASSERT_TRUE(members.ok()) << members.status().message();
  EXPECT_EQ(members->size(), contents.size());
}

TEST(ZipWriterTest, NamesThatUnpackingChanges) {
  for (const char* const name : {"a", "a/b.npy", "..a", "a..", "a/.b", "w:0"}) {
    EXPECT_TRUE(CheckZipName(name).ok()) << name;
    EXPECT_FALSE(UnpackingChanges(name)) << name;
  }
  for (const char* const name : {"/a", "../a", "..", "a/..", "a/../b", "a\\b", "a//b", "./a"}) {
    EXPECT_TRUE(CheckZipName(name).ok()) << name;
    EXPECT_TRUE(UnpackingChanges(name)) << name;
    const auto file = OpenBytes(Archive({{name, "x"}}, false, 1));
    const auto members = ReadZipDirectory(*file, {});
    ASSERT_TRUE(members.ok()) << members.status().message();
    EXPECT_EQ((*members)[0].name, name);
  }
}

TEST(ZipWriterTest, NamesThatAreRefused) {
  EXPECT_EQ(CheckZipName(std::string_view("a\0b", 3)).reason(), Reason::kPath);
  EXPECT_TRUE(CheckZipName(std::string(65'535, 'n')).ok());
  EXPECT_EQ(CheckZipName(std::string(65'536, 'n')).reason(), Reason::kLimit);
}

}  // namespace
}  // namespace cairn
