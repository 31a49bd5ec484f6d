#include "cairn/formats/npz/npz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/io/memory_file_system.h"
#include "cairn/testing/values.h"
#include "cairn/testing/zip_bytes.h"

namespace cairn::npz {
namespace {

using ::testing::HasSubstr;
using namespace std::string_literals;

std::string Array(const std::string& descr, const std::string& shape, const std::string& value,
                  bool is_fortran_order = false) {
  return NpyBytes("{'descr': '" + descr + "', 'fortran_order': " +
                      (is_fortran_order ? "True" : "False") + ", 'shape': " + shape + ", }\n",
                  value);
}

// Six digits.
std::string NumberOf(size_t i) { return std::to_string(1'000'000 + i).substr(1); }

class NpzTest : public testing::Test {
 protected:
  void Put(const std::string& path, const std::string& bytes) {
    ASSERT_TRUE(fs_.Put(path, AsBytes(bytes)).ok());
  }
  // An archive with one member, "x.npy", stored or deflated.
  void PutMember(const std::string& content, bool is_deflated) {
    ZipBytes zip;
    zip.members = {is_deflated ? DeflatedMember("x.npy", content) : StoredMember("x.npy", content)};
    Put("m.npz", zip.file());
  }
  Result<std::string> ValueOfX(const std::string& path = "m.npz") {
    CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, path.ends_with(".npz") ? OpenNpz(fs_, path, {})
                                                                         : OpenNpy(fs_, path, {}));
    CAIRN_ASSIGN_OR_RETURN(const auto source, dict.Get("x"));
    CAIRN_ASSIGN_OR_RETURN(const Bytes value, ReadStream(*source));
    return std::string(AsText(value));
  }
  MemoryFileSystem fs_;
};

TEST_F(NpzTest, EveryWayToStoreNumbers) {
  struct Row {
    std::string array;
    std::string value;
  };
  for (const Row& row :
       {Row{Array("<i2", "(2, 2)", "a0b0c0d0"), "a0b0c0d0"},
        Row{Array(">i2", "(2, 2)", "0a0b0c0d"), "a0b0c0d0"},
        Row{Array("<i2", "(2, 2)", "a0b0c0d0", true), "a0c0b0d0"},
        Row{Array(">i2", "(2, 2)", "0a0b0c0d", true), "a0c0b0d0"},
        Row{Array("|i1", "(3,)", "abc", true), "abc"}, Row{Array("|u1", "()", "a"), "a"},
        Row{Array("<f8", "(0, 3)", ""), ""}, Row{Array("|V2", "(2,)", "abcd"), "abcd"}}) {
    for (const bool is_deflated : {false, true}) {
      PutMember(row.array, is_deflated);
      const auto value = ValueOfX();
      ASSERT_TRUE(value.ok()) << value.status().message();
      EXPECT_EQ(*value, row.value);
    }
    Put("x.npy", row.array);
    EXPECT_EQ(*ValueOfX("x.npy"), row.value);
  }
}

TEST_F(NpzTest, FortranOrderOfThreeDimensions) {
  PutMember(Array("|i1", "(2, 3, 2)", "abcdefghijkl", true), true);
  EXPECT_EQ(*ValueOfX(), "agciekbhdjfl");
}

TEST_F(NpzTest, Texts) {
  struct Row {
    std::string array;
    std::vector<std::string> texts;
  };
  const std::string a("a\0\0\0", 4);
  const std::string umlaut("\xf6\0\0\0", 4);
  for (const Row& row :
       {Row{Array("|S3", "(3,)", "abcx\0\0\0y\0"s), {"abc", "x", "\0y"s}},
        Row{Array("<U2", "(2,)", a + umlaut + a + "\0\0\0\0"s), {"a\xc3\xb6", "a"}},
        Row{Array(">U1", "(1,)", "\0\1\xf6\0"s), {"\xf0\x9f\x98\x80"}},
        Row{Array("|S1", "(0, 2)", ""), {}}}) {
    for (const bool is_deflated : {false, true}) {
      PutMember(row.array, is_deflated);
      const auto dict = OpenNpz(fs_, "m.npz", {});
      ASSERT_TRUE(dict.ok()) << dict.status().message();
      EXPECT_EQ(dict->info(0).dtype, DType::kString);
      const auto strings = (*dict->source(0))->ReadStrings();
      ASSERT_TRUE(strings.ok()) << strings.status().message();
      for (size_t i = 0; i < row.texts.size(); ++i) {
        EXPECT_EQ((*strings)[i], row.texts[i]);
      }
    }
  }
  PutMember(Array("<U1", "(1,)", "\0\xd8\0\0"s), false);  // half a surrogate
  EXPECT_EQ((*OpenNpz(fs_, "m.npz", {})->source(0))->ReadStrings().status().reason(),
            Reason::kFormat);
}

TEST_F(NpzTest, ManyTextsInFortranOrder) {
  constexpr size_t kNumRows = 200'000;  // several pieces
  std::string column;
  for (size_t i = 0; i < kNumRows; ++i) column += NumberOf(i);
  for (const bool is_deflated : {false, true}) {
    PutMember(Array("|S6", "(" + std::to_string(kNumRows) + ", 2)", column + column, true),
              is_deflated);
    const auto strings = (*OpenNpz(fs_, "m.npz", {})->source(0))->ReadStrings();
    ASSERT_TRUE(strings.ok()) << strings.status().message();
    ASSERT_EQ(strings->size(), 2 * kNumRows);
    for (size_t i = 0; i < strings->size(); ++i) ASSERT_EQ((*strings)[i], NumberOf(i / 2));
  }
}

TEST_F(NpzTest, DamageIsSaidBeforeWhatItDidToAText) {
  const std::string content = Array("<U1", "(1,)", "\0\xd8\0\0"s);  // half a surrogate
  for (auto make : {StoredMember, DeflatedMember}) {
    ZipBytes zip;
    zip.members = {make("x.npy", content)};
    zip.members[0].crc32 ^= 1;
    Put("m.npz", zip.file());
    EXPECT_EQ((*OpenNpz(fs_, "m.npz", {})->source(0))->ReadStrings().status().reason(),
              Reason::kCrc);
  }
}

TEST_F(NpzTest, NotesSayWhatNumpyCannot) {
  const auto put = [&](const std::string& note, const std::string& array) {
    ZipBytes zip;
    zip.members = {StoredMember("x.npy", array)};
    const std::string field = "Cn" + std::string(1, static_cast<char>(note.size())) + "\0"s + note;
    zip.members[0].extra = zip.members[0].local_extra = field;
    Put("m.npz", zip.file());
    return OpenNpz(fs_, "m.npz", {});
  };
  struct Row {
    std::string note;
    std::string array;
    DType dtype;
  };
  for (const Row& row : {Row{"bfloat16", Array("|V2", "(2,)", "abcd"), DType::kBFloat16},
                         Row{"int4", Array("<V1", "(2,)", "ab"), DType::kInt4},
                         Row{"qint8", Array("|i1", "()", "a"), DType::kQInt8},
                         Row{"qint32", Array(">i4", "(1,)", "abcd"), DType::kQInt32},
                         Row{"string", Array("|u1", "(4,)", "a\0b\0"s), DType::kString}}) {
    const auto dict = put(row.note, row.array);
    ASSERT_TRUE(dict.ok()) << row.note << dict.status().message();
    EXPECT_EQ(dict->info(0).dtype, row.dtype);
  }
  EXPECT_EQ(*ReadAsText(*OpenNpz(fs_, "m.npz", {}), "x"), "a\0b\0|"s);
  for (const Row& row :
       {Row{"bfloat", Array("|V2", "(2,)", "abcd"), {}},
        Row{"bfloat16", Array("|V1", "(2,)", "ab"), {}},
        Row{"bfloat16", Array("<f2", "(2,)", "abcd"), {}},
        Row{"qint8", Array("|u1", "()", "a"), {}}, Row{"int4", Array("|S1", "(2,)", "ab"), {}},
        Row{"string", Array("|u1", "(2, 1)", "ab"), {}},
        Row{"string", Array("|i1", "(2,)", "ab"), {}},
        Row{"variant", Array("|u1", "(2,)", "ab"), {}}})
    EXPECT_EQ(put(row.note, row.array).status().reason(), Reason::kFormat) << row.note;
}

TEST_F(NpzTest, EveryTurnedBitOfAValueIsFound) {
  for (const bool is_deflated : {false, true}) {
    PutMember(Array("<i4", "(4,)", "0123456789abcdef"), is_deflated);
    const std::string sound(AsText(*fs_.Get("m.npz")));
    const std::string value = *ValueOfX();
    for (size_t bit = 0; bit < sound.size() * 8; ++bit) {
      std::string turned = sound;
      turned[bit / 8] = static_cast<char>(turned[bit / 8] ^ (1 << (bit % 8)));
      Put("m.npz", turned);
      const auto read = ValueOfX();
      if (!read.ok()) continue;
      // The header of an array is under the checksum of the member alone; where the value
      // lies in the file as it is, a turned header gives other elements of the right bytes.
      EXPECT_EQ(*read, value) << bit << (is_deflated ? " deflated" : " stored");
    }
  }
}

// Dates, attributes and the like change no value. A strict verification finds their damage, too.
TEST_F(NpzTest, EveryTurnedBitOfAnArchiveOfOursIsFoundByStrict) {
  TensorDict::Builder builder;
  builder.Add("a", SourceOf<int32_t>({2}, {1, 2}));
  builder.Add("b", SourceOf<int8_t>({3}, {1, 2, 3}));
  const TensorDict dict = *builder.Build();
  VerifyOptions strict;
  strict.depth = VerifyDepth::kStrict;
  for (const bool compress : {false, true}) {
    const SaveOptions options{.compress = compress, .if_exists = IfExists::kReplace};
    ASSERT_TRUE(SaveNpz(fs_, "m.npz", dict, options).ok());
    const std::string sound(AsText(*fs_.Get("m.npz")));
    ASSERT_TRUE(VerifyNpz(fs_, "m.npz", strict)->ok());
    for (size_t bit = 0; bit < sound.size() * 8; ++bit) {
      std::string turned = sound;
      turned[bit / 8] = static_cast<char>(turned[bit / 8] ^ (1 << (bit % 8)));
      Put("t.npz", turned);
      EXPECT_FALSE(VerifyNpz(fs_, "t.npz", strict)->ok()) << bit << (compress ? " deflated" : "");
      if (!VerifyNpz(fs_, "t.npz", {})->ok()) continue;
      const TensorDict read = *OpenNpz(fs_, "t.npz", {});
      EXPECT_EQ(read.info(0).dtype, DType::kInt32) << bit;
      EXPECT_EQ(*ReadStream(**read.Get("a")), *ReadStream(**dict.Get("a"))) << bit;
    }
  }
}

TEST_F(NpzTest, OtherFilesAreListedAndTheArraysRead) {
  ZipBytes zip;
  zip.members = {StoredMember("x.npy", Array("|i1", "(1,)", "a")),
                 StoredMember("about.txt", "text"), StoredMember("folder/", "")};
  Put("m.npz", zip.file());
  const TensorDict dict = *OpenNpz(fs_, "m.npz", {});
  ASSERT_EQ(dict.size(), 2u);
  EXPECT_EQ(dict.info(0).name, "about.txt");
  EXPECT_EQ(dict.info(0).stored_as, "file");
  EXPECT_EQ(dict.info(0).nbytes, 4u);
  EXPECT_FALSE(dict.info(0).is_readable());
  EXPECT_EQ(dict.source(0).status().message(), "tensor 'about.txt': its name does not end in .npy");
  EXPECT_EQ(*ValueOfX(), "a");
  zip.members.push_back(StoredMember("x", "text"));
  Put("m.npz", zip.file());
  EXPECT_EQ(OpenNpz(fs_, "m.npz", {}).status().message(),
            "m.npz: tensor 'x': two members have this name");
}

TEST_F(NpzTest, WhatIsNoArrayIsRefused) {
  PutMember(Array("|i1", "(2,)", "a"), false);  // D5: no data
  EXPECT_EQ(OpenNpz(fs_, "m.npz", {}).status().reason(), Reason::kSize);
  PutMember(Array("|i1", "(268435456,)", "a"), true);
  EXPECT_EQ(OpenNpz(fs_, "m.npz", {}).status().reason(), Reason::kSize);
  Put("x.npy", Array("|i1", "(2,)", "a"));
  EXPECT_EQ(OpenNpy(fs_, "x.npy", {}).status().reason(), Reason::kTruncated);
  Put("x.npy", Array("|O", "(1,)", "12345678"));
  EXPECT_EQ(OpenNpy(fs_, "x.npy", {}).status().reason(), Reason::kUnsafe);
  Put("x.npy",
      NpyBytes("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }\n", "1234"));
  EXPECT_EQ(OpenNpy(fs_, "x.npy", {}).status().reason(), Reason::kUnsupported);
  Put("x.npy", Array("|i1", "(2,)", "abc"));
  EXPECT_EQ(OpenNpy(fs_, "x.npy", {}).status().reason(), Reason::kSize);
}

TEST_F(NpzTest, ArraysThatCannotBeReadAreListedBesideTheOthers) {
  const std::string longer = "\x93NUMPY\2\0\0\0\2\0"s + std::string(2 << 16, ' ');
  for (auto make : {StoredMember, DeflatedMember}) {
    ZipBytes zip;
    zip.members = {make("good.npy", Array("|i1", "(3,)", "abc")),
                   make("later.npy", "\x93NUMPY\4\0??????????"s), make("long.npy", longer),
                   make("objects.npy", Array("|O", "(2, 5)", "a pickle of any size"))};
    Put("m.npz", zip.file());
    const auto dict = OpenNpz(fs_, "m.npz", {});
    ASSERT_TRUE(dict.ok()) << dict.status().message();
    ASSERT_EQ(dict->size(), 4u);
    EXPECT_EQ(*ReadAsText(*dict, "good"), "abc");
    const std::tuple<size_t, Reason, std::string> rows[] = {{1, Reason::kVersion, "unknown"},
                                                            {2, Reason::kLimit, "unknown"},
                                                            {3, Reason::kUnsafe, "object"}};
    for (const auto& [i, reason, type] : rows) {
      EXPECT_FALSE(dict->info(i).is_readable());
      EXPECT_EQ(dict->info(i).stored_as, type);
      EXPECT_EQ(dict->source(i).status().reason(), reason);
    }
    EXPECT_THAT(dict->info(3).dims, testing::ElementsAre(2, 5));
    EXPECT_EQ(dict->info(3).nbytes, 20u);
    const auto report = VerifyNpz(fs_, "m.npz", {});
    ASSERT_EQ(report->findings.size(), 3u);
    EXPECT_EQ(report->findings[2].error.tensor(), "objects");
    EXPECT_EQ(report->nbytes, 3u);
    const Status held = CanHoldNpz(*dict, {});
    EXPECT_EQ(held.reason(), Reason::kUnsupported);
    EXPECT_THAT(std::string(held.message()),
                HasSubstr("'objects' (holds Python objects, which are never read)"));
  }
}

TEST_F(NpzTest, TimesStayTimes) {
  PutMember(Array(">M8[ns]", "(1, 2)", "hgfedcbaHGFEDCBA", true), false);
  const auto dict = OpenNpz(fs_, "m.npz", {});
  ASSERT_TRUE(dict.ok()) << dict.status().message();
  EXPECT_EQ(dict->info(0).dtype, DType::kInt64);
  EXPECT_EQ(*ValueOfX(), "abcdefghABCDEFGH");
  ASSERT_TRUE(SaveNpz(fs_, "again.npz", *dict, {}).ok());
  EXPECT_EQ(OpenNpz(fs_, "again.npz", {})->info(0).stored_as, "datetime64[ns]");
  TensorDict::Builder built;
  built.Add("x", *dict->source(0), "timedelta64[D]");
  ASSERT_TRUE(SaveNpy(fs_, "again.npy", *built.Build(), {}).ok());
  EXPECT_EQ(OpenNpy(fs_, "again.npy", {})->info(0).stored_as, "timedelta64[D]");
}

TEST_F(NpzTest, VerifySaysWhatIsWrong) {
  PutMember(Array("|i1", "(3,)", "abc"), false);
  EXPECT_TRUE(VerifyNpz(fs_, "m.npz", {})->ok());
  std::string damaged(AsText(*fs_.Get("m.npz")));
  damaged[damaged.find("abc")] ^= 1;
  Put("m.npz", damaged);
  const auto report = VerifyNpz(fs_, "m.npz", {});
  ASSERT_EQ(report->findings.size(), 1u);
  EXPECT_EQ(report->findings[0].error.reason(), Reason::kCrc);
  EXPECT_EQ(report->findings[0].error.tensor(), "x");
  Put("m.npz", "PK\x05\x06");
  EXPECT_EQ(VerifyNpz(fs_, "m.npz", {})->findings.size(), 1u);
}

}  // namespace
}  // namespace cairn::npz
