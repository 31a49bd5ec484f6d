#include "cairn/formats/safetensors/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/core/bookkeeping.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/source/string_source.h"
#include "cairn/testing/sparse_file_system.h"
#include "cairn/testing/values.h"

namespace cairn::safetensors {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::string_literals;

TensorDict Sound() {
  TensorDict::Builder builder;
  builder.Add("w", SourceOf<float>({2, 2}, {1, -0.0f, 3, 4}));
  builder.Add("b", SourceOf<int8_t>({3}, {1, 2, 3}));
  builder.Add("scalar", SourceOf<int64_t>({}, {7}));
  builder.Add("empty", SourceOf<double>({0, 3}, {}));
  builder.Add(std::string(kObjectGraphKey), MakeTextSource("z\x07graph\0\xff"s));
  builder.SetMetadata({{"format", "pt"}});
  return *builder.Build();
}

class SafetensorsTest : public testing::Test {
 protected:
  SaveReport SaveAt(const std::string& path, const SaveOptions& options = {}) {
    const auto report = Save(fs_, path, Sound(), options);
    EXPECT_TRUE(report.ok()) << report.status().message();
    return report.ok() ? *report : SaveReport();
  }
  std::string Get(const std::string& path) { return std::string(AsText(*fs_.Get(path))); }
  void Put(const std::string& path, const std::string& bytes) {
    ASSERT_TRUE(fs_.Put(path, AsBytes(bytes)).ok());
  }
  std::vector<std::string> Findings(const std::string& path, VerifyDepth depth) {
    VerifyOptions options;
    options.depth = depth;
    const auto report = Verify(fs_, path, options);
    EXPECT_TRUE(report.ok()) << report.status().message();
    std::vector<std::string> lines;
    for (const Finding& finding : report->findings) lines.push_back(finding.error.ToString());
    return lines;
  }
  void ExpectSound(const std::string& path) {
    const auto dict = Open(fs_, path, {});
    ASSERT_TRUE(dict.ok()) << dict.status().message();
    ASSERT_EQ(dict->size(), 5u);
    EXPECT_EQ(dict->metadata().at("format"), "pt");
    const TensorDict sound = Sound();
    for (size_t i = 0; i < sound.size(); ++i) {
      EXPECT_EQ(dict->name(i), sound.name(i));
      EXPECT_EQ(dict->info(i).dtype, sound.info(i).dtype);
      if (dict->info(i).dtype == DType::kString) {
        EXPECT_EQ(*(*dict->source(i))->ReadStrings(), *(*sound.source(i))->ReadStrings());
      } else {
        EXPECT_EQ(*ReadStream(**dict->source(i)), *ReadStream(**sound.source(i)));
      }
    }
  }

  MemoryFileSystem fs_;
};

TEST_F(SafetensorsTest, ThereAndBack) {
  const SaveReport report = SaveAt("m.safetensors");
  EXPECT_EQ(report.num_tensors, 5u);
  EXPECT_THAT(report.notes, ElementsAre("_CHECKPOINTABLE_OBJECT_GRAPH is kept in the metadata"));
  EXPECT_TRUE(*Recognise(fs_, "m.safetensors"));
  ExpectSound("m.safetensors");
  EXPECT_THAT(Findings("m.safetensors", VerifyDepth::kStrict), testing::IsEmpty());
  EXPECT_EQ(Describe(fs_, "m.safetensors", {})->files.size(), 1u);
}

// A value can be viewed in place if it is bytes of the file, at a multiple of the size of an
// element.
TEST_F(SafetensorsTest, ValuesLieAlignedInTheFile) {
  SaveAt("m.safetensors");
  const TensorDict dict = *Open(fs_, "m.safetensors", {});
  for (const char* const name : {"w", "b", "scalar", "empty"}) {
    const auto source = *dict.Get(name);
    ASSERT_TRUE(source->extent().has_value()) << name;
    EXPECT_EQ(source->extent()->offset % ElementNbytes(source->dtype()), 0u) << name;
    EXPECT_TRUE(source->extent()->checksum.has_value()) << name;
  }
}

TEST_F(SafetensorsTest, EqualDictsGiveEqualBytes) {
  SaveAt("a.safetensors");
  SaveAt("b.safetensors");
  EXPECT_EQ(Get("a.safetensors"), Get("b.safetensors"));
}

TEST_F(SafetensorsTest, SeveralFiles) {
  SaveOptions options;
  options.max_shard_nbytes = 16;
  const SaveReport report = SaveAt("m.safetensors", options);
  EXPECT_THAT(report.files,
              ElementsAre("m-00001-of-00003.safetensors", "m-00002-of-00003.safetensors",
                          "m-00003-of-00003.safetensors", "m.safetensors.index.json"));
  ExpectSound("m.safetensors.index.json");
  EXPECT_THAT(Findings("m.safetensors.index.json", VerifyDepth::kStrict), testing::IsEmpty());
  EXPECT_EQ(Save(fs_, "m.safetensors", Sound(), options).status().reason(), Reason::kExists);
}

// Loaders refuse metadata without it; each reads the file that it needs alone.
TEST_F(SafetensorsTest, EveryFileSaysThatItIsOfNoFrameworkOfItsOwn) {
  TensorDict::Builder builder;
  builder.Add("a", SourceOf<int8_t>({2}, {1, 2}));
  builder.Add("b", SourceOf<int8_t>({2}, {3, 4}));
  builder.SetMetadata({{"author", "me"}});
  SaveOptions options;
  options.max_shard_nbytes = 2;
  ASSERT_TRUE(Save(fs_, "m.safetensors", *builder.Build(), options).ok());
  for (const char* const path : {"m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors"}) {
    const TensorDict dict = *Open(fs_, path, {});
    EXPECT_EQ(dict.metadata().at("format"), "pt") << path;
    EXPECT_EQ(dict.metadata().at("author"), "me") << path;
  }
  builder = TensorDict::Builder();
  builder.Add("a", SourceOf<int8_t>({2}, {1, 2}));
  builder.SetMetadata({{"format", "tf"}});
  ASSERT_TRUE(Save(fs_, "tf.safetensors", *builder.Build(), {}).ok());
  EXPECT_EQ(Open(fs_, "tf.safetensors", {})->metadata().at("format"), "tf");
}

TEST_F(SafetensorsTest, WhatIsThereIsReplacedOnlyWhereThatIsAsked) {
  Put("m.safetensors", "old");
  EXPECT_EQ(Save(fs_, "m.safetensors", Sound(), {}).status().reason(), Reason::kExists);
  EXPECT_EQ(Get("m.safetensors"), "old");
  SaveOptions options;
  options.if_exists = IfExists::kReplace;
  SaveAt("m.safetensors", options);
  ExpectSound("m.safetensors");
}

TEST_F(SafetensorsTest, WhatCannotBeHeldIsNamedBeforeAnythingIsWritten) {
  TensorDict::Builder builder;
  builder.Add("c", SourceOf<std::complex<double>>({1}, {{1, 2}}));
  builder.Add("odd", SourceOfBytes(DType::kFloat4E2M1FN, {3}, std::vector<std::byte>(3)));
  builder.Add("text", MakeTextSource("x"));
  builder.Add("\xff", SourceOf<int8_t>({1}, {1}));
  builder.Add("__metadata__", SourceOf<int8_t>({1}, {1}));
  const Status status = Save(fs_, "m.safetensors", *builder.Build(), {}).status();
  EXPECT_EQ(status.reason(), Reason::kUnsupported);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("5 tensors cannot be stored as safetensors: '__metadata__' (the name is "
                        "that of the metadata), 'c' (complex128), 'odd' (3 elements of 4 bits do "
                        "not fill their last byte), 'text' (string), '\\xff' (its "
                        "name is not UTF-8)"));
  EXPECT_THAT(std::string(status.hint()), HasSubstr("Leave them out"));
  EXPECT_FALSE(*fs_.Exists("m.safetensors"));
}

// Some bits change no value, such as the case of a hex digit. A strict verification finds them,
// too.
TEST_F(SafetensorsTest, EveryTurnedBitIsFound) {
  SaveAt("m.safetensors");
  const std::string sound = Get("m.safetensors");
  VerifyOptions strict;
  strict.depth = VerifyDepth::kStrict;
  for (size_t bit = 0; bit < sound.size() * 8; ++bit) {
    std::string turned = sound;
    turned[bit / 8] = static_cast<char>(turned[bit / 8] ^ (1 << (bit % 8)));
    Put("t.safetensors", turned);
    const auto strictly = Verify(fs_, "t.safetensors", strict);
    ASSERT_TRUE(strictly.ok());
    EXPECT_FALSE(strictly->ok()) << bit;
    const auto report = Verify(fs_, "t.safetensors", {});
    ASSERT_TRUE(report.ok());
    if (!report->ok()) continue;
    EXPECT_EQ(report->num_unprotected, 0u) << bit;
    ExpectSound("t.safetensors");
  }
}

TEST_F(SafetensorsTest, AFileThatLostTheKeyOfItsChecksumsIsDamaged) {
  SaveAt("m.safetensors");
  for (const std::string key : {"cairn.crc32c", "cairn.json_crc32c"}) {
    std::string turned = Get("m.safetensors");
    turned[turned.find("\"" + key) + 1] ^= 1;
    Put("t.safetensors", turned);
    EXPECT_EQ(Open(fs_, "t.safetensors", {}).status().reason(), Reason::kCrc) << key;
  }
}

TEST_F(SafetensorsTest, EveryCutIsFound) {
  SaveAt("m.safetensors");
  const std::string sound = Get("m.safetensors");
  for (size_t size = 0; size < sound.size(); ++size) {
    Put("t.safetensors", sound.substr(0, size));
    EXPECT_FALSE(Open(fs_, "t.safetensors", {}).ok()) << size;
    EXPECT_FALSE(Findings("t.safetensors", VerifyDepth::kQuick).empty()) << size;
  }
}

TEST_F(SafetensorsTest, E1E2HeadersThatDoNotFit) {
  const std::pair<std::string, Reason> rows[] = {
      {"1234567", Reason::kTruncated},
      {"\xff\xff\xff\xff\xff\xff\xff\xff{}"s, Reason::kTruncated},
      {"\x01\xe1\xf5\x05\0\0\0\0{}"s, Reason::kTruncated},  // 10^8 + 1
      {"\x03\0\0\0\0\0\0\0{}"s, Reason::kTruncated},
      {"\0\0\0\0\0\0\0\0{}"s, Reason::kFormat},
  };
  for (const auto& [bytes, reason] : rows) {
    Put("t.safetensors", bytes);
    EXPECT_EQ(Open(fs_, "t.safetensors", {}).status().reason(), reason);
  }
}

// The size of a header that is damaged may still lie inside a large file.
TEST(SafetensorsLargeFileTest, AHeaderThatTheFormatDoesNotAllowIsDamage) {
  SparseFileSystem fs;
  {
    const auto file = *fs.CreateForWriting("m.safetensors");
    ASSERT_TRUE(file->WriteAt(0, AsBytes("\x01\xe1\xf5\x05\0\0\0\0{}"s)).ok());  // 10^8 + 1
    ASSERT_TRUE(file->WriteAt(uint64_t{1} << 30, AsBytes("x")).ok());
    ASSERT_TRUE(file->Close().ok());
  }
  EXPECT_EQ(Open(fs, "m.safetensors", {}).status().reason(), Reason::kFormat);
}

TEST_F(SafetensorsTest, FilesOfOthersAreUnprotected) {
  const std::string json = R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})";
  Put("t.safetensors",
      std::string(1, static_cast<char>(json.size())) + std::string(7, '\0') + json + "xy");
  const auto report = Verify(fs_, "t.safetensors", {});
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->ok());
  EXPECT_EQ(report->num_unprotected, 1u);
}

// The header of a file is that of another file, whose tensors differ, or only their values.
TEST_F(SafetensorsTest, H8ChecksumsOfAnotherFile) {
  const auto file_with = [&](const std::string& name, float value) {
    TensorDict::Builder builder;
    builder.Add(name, SourceOf<float>({1}, {value}));
    EXPECT_TRUE(Save(fs_, name + ".safetensors", *builder.Build(), {}).ok());
    return Get(name + ".safetensors");
  };
  const std::string ours = file_with("a", 1);
  constexpr size_t kKeyNbytes = std::string_view(R"(cairn.crc32c":")").size();
  const auto checksums = [](const std::string& file) {
    return file.find("cairn.crc32c") + kKeyNbytes;
  };
  constexpr size_t kTextNbytes = 16;
  std::string mixed = ours;
  const std::string another = file_with("b", 1);
  mixed.replace(checksums(mixed), kTextNbytes, another, checksums(another), kTextNbytes);
  Put("m.safetensors", mixed);
  EXPECT_EQ(Open(fs_, "m.safetensors", {}).status().reason(), Reason::kCrc);
  ASSERT_TRUE(fs_.Remove("a.safetensors").ok());
  const std::string values = file_with("a", 2);
  mixed.replace(checksums(mixed), kTextNbytes, values, checksums(values), kTextNbytes);
  Put("m.safetensors", mixed);
  EXPECT_THAT(Findings("m.safetensors", VerifyDepth::kFull),
              ElementsAre(HasSubstr("E_CRC: m.safetensors: tensor 'a'")));
}

TEST_F(SafetensorsTest, ACutFileGivesWhatIsBeforeTheCut) {
  SaveAt("m.safetensors");
  const std::string sound = Get("m.safetensors");
  Put("m.safetensors", sound.substr(0, sound.size() - 1));  // in b, the smallest elements
  const auto salvaged = Salvage(fs_, "m.safetensors", {});
  ASSERT_TRUE(salvaged.ok());
  EXPECT_EQ(salvaged->lost.size(), 1u);
  EXPECT_EQ(salvaged->dict.Get("b").status().reason(), Reason::kTruncated);
  EXPECT_TRUE(salvaged->dict.Get("w").ok());
}

TEST_F(SafetensorsTest, E14FilesThatDoNotFitTheirIndex) {
  SaveOptions options;
  options.max_shard_nbytes = 16;
  SaveAt("m.safetensors", options);
  const std::string index = Get("m.safetensors.index.json");
  const auto reason_with = [&](const std::string& from, const std::string& to) {
    std::string changed = index;
    changed.replace(changed.rfind(from), from.size(), to);
    Put("m.safetensors.index.json", changed);
    return Open(fs_, "m.safetensors.index.json", {}).status().reason();
  };
  EXPECT_EQ(reason_with("\"w\": \"m-00002", "\"w\": \"m-00001"), Reason::kMissing);
  EXPECT_EQ(reason_with("\"w\"", "\"v\""), Reason::kFormat);
  EXPECT_EQ(reason_with("m-00003-of", "m-00009-of"), Reason::kMissing);
  Put("m.safetensors.index.json", index);
  ASSERT_TRUE(fs_.Remove("m-00001-of-00003.safetensors").ok());
  EXPECT_EQ(Open(fs_, "m.safetensors.index.json", {}).status().reason(), Reason::kMissing);
  Put("m-00001-of-00003.safetensors", Get("m-00002-of-00003.safetensors"));
  EXPECT_EQ(Open(fs_, "m.safetensors.index.json", {}).status().reason(), Reason::kFormat);
  EXPECT_FALSE(Findings("m.safetensors.index.json", VerifyDepth::kFull).empty());
}

TEST_F(SafetensorsTest, ATensorInTwoFilesOfAnotherProgramIsRefused) {
  const std::string json = R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})";
  const std::string file =
      std::string(1, static_cast<char>(json.size())) + std::string(7, '\0') + json + "xy";
  Put("1.safetensors", file);
  Put("2.safetensors", file);
  Put("m.safetensors.index.json",
      R"({"metadata":{},"weight_map":{"a":"1.safetensors","b":"2.safetensors"}})");
  EXPECT_EQ(Open(fs_, "m.safetensors.index.json", {}).status().reason(), Reason::kDuplicate);
}

// Two checkpoints of one model: names, shapes and the sizes of all files are the same.
class MixedFilesTest : public SafetensorsTest {
 protected:
  MixedFilesTest() {
    for (const std::string place : {"a/", "b/"}) {
      TensorDict::Builder builder;
      for (const char* const name : {"u", "v", "w"})
        builder.Add(name, SourceOf<int8_t>({2}, {place[0], name[0]}));
      SaveOptions options;
      options.max_shard_nbytes = 2;
      EXPECT_TRUE(Save(fs_, place + "m.safetensors", *builder.Build(), options).ok());
    }
  }
  void CopyFromB(const std::string& name) { Put("a/" + name, Get("b/" + name)); }
  static constexpr const char* kIndex = "m.safetensors.index.json";
  static constexpr const char* kSecond = "m-00002-of-00003.safetensors";
};

TEST_F(MixedFilesTest, AFileOfAnotherCheckpointIsRefused) {
  CopyFromB(kSecond);
  const Status status = Open(fs_, "a/m.safetensors.index.json", {}).status();
  EXPECT_EQ(status.reason(), Reason::kFormat);
  EXPECT_EQ(status.path(), std::string("a/") + kSecond);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("is not the file that the index was written with"));
  EXPECT_THAT(Findings("a/m.safetensors.index.json", VerifyDepth::kFull),
              testing::Contains(HasSubstr(kSecond)));
  const auto salvaged = Salvage(fs_, "a/m.safetensors.index.json", {});
  ASSERT_TRUE(salvaged.ok());
  EXPECT_FALSE(salvaged->lost.empty());
  EXPECT_TRUE(salvaged->dict.Find("u"));
  EXPECT_FALSE(salvaged->dict.Find("v"));
}

TEST_F(MixedFilesTest, TheIndexOfAnotherCheckpointIsRefused) {
  CopyFromB(kIndex);
  EXPECT_EQ(Open(fs_, "a/m.safetensors.index.json", {}).status().reason(), Reason::kFormat);
  EXPECT_EQ(Salvage(fs_, "a/m.safetensors.index.json", {})->dict.size(), 0u);
}

TEST_F(MixedFilesTest, AnIndexThatLostTheMarkOfAFileIsRefused) {
  std::string index = Get("a/m.safetensors.index.json");
  index[index.find("cairn.file." + std::string(kSecond))] ^= 1;
  Put("a/m.safetensors.index.json", index);
  EXPECT_EQ(Open(fs_, "a/m.safetensors.index.json", {}).status().reason(), Reason::kFormat);
}

// The damaged checksum of one tensor must not lose the others of its file.
TEST_F(MixedFilesTest, AFileWithADamagedHeaderIsKeptBySalvage) {
  std::string file = Get("a/" + std::string(kSecond));
  const size_t digit = file.find("cairn.crc32c\":\"") + 15;
  file[digit] = file[digit] == '0' ? '1' : '0';
  Put("a/" + std::string(kSecond), file);
  EXPECT_FALSE(Open(fs_, "a/m.safetensors.index.json", {}).ok());
  const auto salvaged = Salvage(fs_, "a/m.safetensors.index.json", {});
  ASSERT_TRUE(salvaged.ok());
  EXPECT_EQ(salvaged->lost.size(), 1u);
  EXPECT_TRUE(salvaged->dict.Find("v"));
}

TEST_F(SafetensorsTest, ATotalThatIsNotTheirsIsFoundByStrict) {
  SaveOptions options;
  options.max_shard_nbytes = 16;
  SaveAt("m.safetensors", options);
  std::string index = Get("m.safetensors.index.json");
  index.replace(index.find("total_size\": 27"), 15, "total_size\": 28");
  Put("m.safetensors.index.json", index);
  EXPECT_THAT(Findings("m.safetensors.index.json", VerifyDepth::kFull), testing::IsEmpty());
  EXPECT_THAT(
      Findings("m.safetensors.index.json", VerifyDepth::kStrict),
      ElementsAre(HasSubstr("\"total_size\" is 28, the tensors have 27 bytes"),
                  HasSubstr("m.safetensors.index.json: the JSON is not as it was written")));
}

TEST_F(SafetensorsTest, AFileThatIsMissingIsOneFinding) {
  SaveOptions options;
  options.max_shard_nbytes = 16;
  SaveAt("m.safetensors", options);
  ASSERT_TRUE(fs_.Remove("m-00001-of-00003.safetensors").ok());
  EXPECT_THAT(Findings("m.safetensors.index.json", VerifyDepth::kFull),
              ElementsAre(HasSubstr("m-00001-of-00003.safetensors: not found")));
}

TEST_F(SafetensorsTest, AFileUnderTheNameOfTheIndexIsRefused) {
  SaveOptions options;
  options.max_shard_nbytes = 16;
  SaveAt("m.safetensors", options);
  Put("m.safetensors.index.json", Get("m-00001-of-00003.safetensors"));
  EXPECT_EQ(Open(fs_, "m.safetensors.index.json", {}).status().message(),
            "m.safetensors.index.json: has the name of an index and is not one");
}

}  // namespace
}  // namespace cairn::safetensors
