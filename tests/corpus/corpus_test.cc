// Every checkpoint of the corpus of real TensorFlow files against TensorFlow's own answer. The
// corpus is not part of the project: CAIRN_CORPUS names its folder.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iostream>
#include <set>

#include <gtest/gtest.h>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/io/memory_file_system.h"
#include "tests/support/expected_checkpoint.h"

namespace cairn::testing {
namespace {

// Tensors that are answered with an error, and why that is right. "*" stands for every tensor whose
// value TensorFlow cannot give either.
struct Unreadable {
  std::string_view checkpoint;
  std::string_view tensor;
  Reason reason;
  std::string_view why;
};

constexpr Unreadable kUnreadable[] = {
    {"damaged__empty_data_file__checkpoint-1", "*", Reason::kBounds, "its data file is empty"},
    {"index_only__style", "*", Reason::kMissing, "its data file is not there"},
    {"index_only__transformer", "*", Reason::kMissing, "its data file is not there"},
    {"tf_features__merged_parts__unmerged_temp__part-00000-of-00003", "shared", Reason::kSlice,
     "its other slices are in another part"},
    {"tf_features__merged_parts__unmerged_temp__part-00001-of-00003", "shared", Reason::kSlice,
     "its other slices are in another part"},
};

// Tensors that TensorFlow's reader lists and cannot give, and we do. The hashes are those of what
// its RestoreV2 gives: slice by slice for a partitioned half, which it cannot join.
struct BeyondTensorFlow {
  std::string_view checkpoint;
  std::string_view tensor;
  std::string_view sha256;
};

constexpr std::string_view kEmbedding =
    "47208d175c8ba6259ca7c0504509ea95d8e3e3c258e15b3553687e37f83369c7";
constexpr std::string_view kEmbeddingAdam =
    "618a3e3dab351e17fd537b06fecdc23ef3222fd7cb3f5390786fddee77efa7d5";
constexpr std::string_view kEmbeddingAdam1 =
    "7cfb7dcedc6ee2586a5883be2834964fbd3cbe7e3cd501938d8d37a2bd3b316f";

constexpr BeyondTensorFlow kBeyond[] = {
    {"tf_features__slices__ckpt", "half",
     "0fe963a582f563c0505e96b8cd5cfb0fff5e41351a643064311624da2c544b2e"},
    {"tf_features__tf1_v1__model", "net/embedding", kEmbedding},
    {"tf_features__tf1_v1__model", "net/embedding/Adam", kEmbeddingAdam},
    {"tf_features__tf1_v1__model", "net/embedding/Adam_1", kEmbeddingAdam1},
    {"tf_features__tf1_v1_sharded__model-sharded-of-00001", "net/embedding", kEmbedding},
    {"tf_features__tf1_v1_sharded__model-sharded-of-00001", "net/embedding/Adam", kEmbeddingAdam},
    {"tf_features__tf1_v1_sharded__model-sharded-of-00001", "net/embedding/Adam_1",
     kEmbeddingAdam1},
    {"tf_features__v1_dtypes__model", "complex64",
     "7fac9fcad050d65410fa6534722e574594183e9e1150feccfcffaa2559eced75"},
    {"tf_features__v1_dtypes__model", "float16",
     "945464361361f7eb2aef9834deef52b2924e0dcc1dd109a8fcf556266d32c68f"},
};

std::string CorpusFolder() {
  const char* folder = std::getenv("CAIRN_CORPUS");
  return folder == nullptr ? "" : folder;
}

// One nameless case where the corpus is not there, so that its absence shows as a skipped test.
std::vector<ExpectedCheckpoint> Cases() {
  if (CorpusFolder().empty()) return {ExpectedCheckpoint{"no_corpus", "", {}}};
  return ReadExpected(CorpusFolder() + "/expected");
}

const Unreadable* FindRow(std::string_view checkpoint, std::string_view tensor, bool has_value) {
  for (const Unreadable& row : kUnreadable) {
    if (row.checkpoint != checkpoint) continue;
    if (row.tensor == tensor || (row.tensor == "*" && !has_value)) return &row;
  }
  return nullptr;
}

const BeyondTensorFlow* FindBeyond(std::string_view checkpoint, std::string_view tensor) {
  const auto* row = std::ranges::find_if(kBeyond, [&](const BeyondTensorFlow& beyond) {
    return beyond.checkpoint == checkpoint && beyond.tensor == tensor;
  });
  return row == std::end(kBeyond) ? nullptr : row;
}

std::string PathOf(const ExpectedCheckpoint& expected) {
  return CorpusFolder() + "/" + expected.prefix;
}

std::string StoredBytes(FileSystem& fs, const StoredAt& at) {
  const auto file = fs.OpenForReading(at.path, Access::kRead);
  std::string bytes(at.nbytes, '\0');
  EXPECT_TRUE(file.ok() &&
              (*file)->ReadAt(at.offset, std::as_writable_bytes(std::span(bytes))).ok());
  return bytes;
}

class CorpusTest : public ::testing::TestWithParam<ExpectedCheckpoint> {
 protected:
  void SetUp() override {
    if (CorpusFolder().empty()) GTEST_SKIP() << "CAIRN_CORPUS does not name the corpus";
  }

  void CheckTensor(const TensorDict& dict, size_t i) {
    const std::string name(dict.name(i));
    const ExpectedTensor& expected = GetParam().tensors.at(name);
    const Unreadable* row = FindRow(GetParam().name, name, !expected.sha256.empty());
    const auto source = dict.source(i);
    if (row != nullptr) {
      ASSERT_FALSE(source.ok()) << "it can be read: take it out of the table";
      ExpectReason(source.status(), *row);
      return;
    }
    ASSERT_TRUE(source.ok()) << source.status().message();
    if (expected.dtype == "variant") return;  // VariantsAreCarriedAsTheyAre
    ExpectedTensor value = expected;
    if (const auto* beyond = FindBeyond(GetParam().name, name)) value.sha256 = beyond->sha256;
    ASSERT_NE(value.sha256, "") << "TensorFlow gives no value, and no table has a row for it";
    ExpectSameValue(**source, value);
  }

  void ExpectReason(const Status& status, const Unreadable& row) {
    EXPECT_EQ(ReasonWord(status.reason()), ReasonWord(row.reason)) << status.message();
    reported_.insert(std::string(row.checkpoint) + ": " + std::string(row.tensor) + ": " +
                     std::string(ReasonWord(row.reason)) + ", " + std::string(row.why));
  }

  static void TearDownTestSuite() {
    for (const std::string& line : reported_) std::cout << line << "\n";
  }

 private:
  static inline std::set<std::string> reported_;
};

TEST_P(CorpusTest, IsReadAsTensorFlowReadsIt) {
  for (const Access access : {Access::kMap, Access::kRead}) {
    SCOPED_TRACE(access == Access::kMap ? "mapped" : "read");
    OpenOptions options;
    options.access = access;
    const auto dict = Open(LocalFileSystem(), PathOf(GetParam()), options);
    ASSERT_TRUE(dict.ok()) << dict.status().message();
    ASSERT_NO_FATAL_FAILURE(ExpectSameTensors(*dict, GetParam()));
    for (size_t i = 0; i < dict->size(); ++i) {
      SCOPED_TRACE(std::string(dict->name(i)));
      CheckTensor(*dict, i);
    }
  }
}

// Verify finds nothing but what Open and the sources say.
TEST_P(CorpusTest, VerifiesButForWhatCannotBeRead) {
  const auto report = Verify(LocalFileSystem(), PathOf(GetParam()));
  ASSERT_TRUE(report.ok()) << report.status().message();
  const auto dict = Open(LocalFileSystem(), PathOf(GetParam()));
  ASSERT_TRUE(dict.ok()) << dict.status().message();
  std::vector<std::string> found;
  std::set<std::string> missing_files;  // one finding speaks for all tensors in such a file
  for (const Finding& finding : report->findings) {
    if (!finding.error.tensor().empty())
      found.emplace_back(finding.error.tensor());
    else if (finding.error.reason() == Reason::kMissing)
      missing_files.emplace(finding.error.path());
  }
  std::vector<std::string> unreadable;
  for (size_t i = 0; i < dict->size(); ++i) {
    const Status status = dict->source(i).status();
    if (!status.ok() && !missing_files.contains(std::string(status.path())))
      unreadable.emplace_back(dict->name(i));
  }
  EXPECT_EQ(found, unreadable);
}

INSTANTIATE_TEST_SUITE_P(, CorpusTest, ::testing::ValuesIn(Cases()), [](const auto& test) {
  std::string name = test.param.name;
  std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

// A row that names nothing would hide a mistake.
TEST(CorpusTableTest, EveryRowNamesATensorOfTheCorpus) {
  if (CorpusFolder().empty()) GTEST_SKIP() << "CAIRN_CORPUS does not name the corpus";
  std::map<std::string, ExpectedCheckpoint> by_name;
  for (ExpectedCheckpoint& expected : Cases()) by_name[expected.name] = std::move(expected);
  for (const Unreadable& row : kUnreadable) {
    const auto found = by_name.find(std::string(row.checkpoint));
    ASSERT_NE(found, by_name.end()) << row.checkpoint;
    if (row.tensor == "*") continue;
    EXPECT_TRUE(found->second.tensors.contains(std::string(row.tensor))) << row.tensor;
  }
  for (const BeyondTensorFlow& row : kBeyond) {
    const auto found = by_name.find(std::string(row.checkpoint));
    ASSERT_NE(found, by_name.end()) << row.checkpoint;
    ASSERT_TRUE(found->second.tensors.contains(std::string(row.tensor))) << row.tensor;
    EXPECT_EQ(found->second.tensors.at(std::string(row.tensor)).sha256, "") << row.tensor;
  }
}

// A crash came between the save of three parts and their merge, and left each part's own tensors,
// and the variable that two of them share, which is in both saves.
TEST(CorpusPartsTest, PartsThatWereNeverMerged) {
  if (CorpusFolder().empty()) GTEST_SKIP() << "CAIRN_CORPUS does not name the corpus";
  std::vector<std::string> parts;
  for (const char* part : {"part-00000-of-00003", "part-00001-of-00003", "part-00002-of-00003"})
    parts.push_back(CorpusFolder() + "/tf_features/merged_parts/unmerged_temp/" + part);
  const auto dict = tf_bundle::OpenParts(LocalFileSystem(), parts, {});
  ASSERT_TRUE(dict.ok()) << dict.status().message();
  for (const ExpectedCheckpoint& expected : Cases()) {
    const bool is_merged = expected.name == "tf_features__merged_parts__ckpt";
    if (is_merged) ExpectSameTensors(*dict, expected);
    if (!is_merged && !expected.name.starts_with("tf_features__merged_parts__unmerged")) continue;
    for (const auto& [name, tensor] : expected.tensors) {
      if ((name == "shared") == is_merged) ExpectSameValue(**dict->Get(name), tensor);
    }
  }
}

// TensorFlow's reader has no value for them; what is saved again is what was there, byte for byte.
TEST(CorpusVariantTest, VariantsAreCarriedAsTheyAre) {
  if (CorpusFolder().empty()) GTEST_SKIP() << "CAIRN_CORPUS does not name the corpus";
  const std::string prefix = CorpusFolder() + "/tf_features/variants/ckpt";
  const auto dict = Open(LocalFileSystem(), prefix);
  ASSERT_TRUE(dict.ok()) << dict.status().message();
  MemoryFileSystem fs;
  ASSERT_TRUE(Save(fs, "again", *dict).ok());
  const auto again = Open(fs, "again");
  ASSERT_TRUE(again.ok()) << again.status().message();
  const auto i = dict->Find("list");
  ASSERT_TRUE(i);
  EXPECT_EQ(StoredBytes(LocalFileSystem(), *dict->stored_at(*i)),
            StoredBytes(fs, *again->stored_at(*i)));
  EXPECT_EQ(dict->stored_at(*i)->checksum, again->stored_at(*i)->checksum);
}

}  // namespace
}  // namespace cairn::testing
