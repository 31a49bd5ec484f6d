// Every checkpoint of the corpus of real TensorFlow files against TensorFlow's own answer. The
// corpus is no part of the project: CAIRN_CORPUS names its folder.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iostream>
#include <set>

#include <gtest/gtest.h>

#include "cairn/checkpoint/checkpoint.h"
#include "tests/support/expected_checkpoint.h"

namespace cairn::testing {
namespace {

// What is answered with an error, and why that is right. A row for a checkpoint that does not open
// has no tensor; "*" stands for every tensor whose value TensorFlow cannot give either.
struct Unreadable {
  std::string_view checkpoint;
  std::string_view tensor;
  Reason reason;
  std::string_view why;
};

constexpr std::string_view kWholeCheckpoint = "";
constexpr std::string_view kSlices = "a partitioned variable, stored in slices";
constexpr std::string_view kV1 = "TensorFlow V1";

constexpr Unreadable kUnreadable[] = {
    {"damaged__empty_data_file__checkpoint-1", "*", Reason::kBounds, "its data file is empty"},
    {"index_only__style", "*", Reason::kMissing, "its data file is not there"},
    {"index_only__transformer", "*", Reason::kMissing, "its data file is not there"},
    {"tf_features__variants__ckpt", "list", Reason::kUnsupported, "a variant"},
    {"tf_features__slices__ckpt", "grid", Reason::kUnsupported, kSlices},
    {"tf_features__slices__ckpt", "half", Reason::kUnsupported, kSlices},
    {"tf_features__slices__ckpt", "rows", Reason::kUnsupported, kSlices},
    {"tf_features__merged_parts__ckpt", "shared", Reason::kUnsupported, kSlices},
    {"tf_features__merged_parts__unmerged_temp__part-00000-of-00003", "shared",
     Reason::kUnsupported, kSlices},
    {"tf_features__merged_parts__unmerged_temp__part-00001-of-00003", "shared",
     Reason::kUnsupported, kSlices},
    {"tf_features__tf1_run__model-3", "net/embedding", Reason::kUnsupported, kSlices},
    {"tf_features__tf1_run__model-3", "net/embedding/Adam", Reason::kUnsupported, kSlices},
    {"tf_features__tf1_run__model-3", "net/embedding/Adam_1", Reason::kUnsupported, kSlices},
    {"tf_features__tf1_run__model-6", "net/embedding", Reason::kUnsupported, kSlices},
    {"tf_features__tf1_run__model-6", "net/embedding/Adam", Reason::kUnsupported, kSlices},
    {"tf_features__tf1_run__model-6", "net/embedding/Adam_1", Reason::kUnsupported, kSlices},
    {"tf_features__tf1_v2_sharded__model", "net/embedding", Reason::kUnsupported, kSlices},
    {"tf_features__tf1_v2_sharded__model", "net/embedding/Adam", Reason::kUnsupported, kSlices},
    {"tf_features__tf1_v2_sharded__model", "net/embedding/Adam_1", Reason::kUnsupported, kSlices},
    {"tf_features__tf2_shard_policy__ckpt-1",
     "model/optimizer/_variables/3/.ATTRIBUTES/VARIABLE_VALUE", Reason::kUnsupported, kSlices},
    {"tf_features__tf2_shard_policy__ckpt-1",
     "model/optimizer/_variables/9/.ATTRIBUTES/VARIABLE_VALUE", Reason::kUnsupported, kSlices},
    {"tf_features__tf1_v1__model", kWholeCheckpoint, Reason::kUnsupported, kV1},
    {"tf_features__tf1_v1_sharded__model-sharded-of-00001", kWholeCheckpoint, Reason::kUnsupported,
     kV1},
    {"tf_features__v1_dtypes__model", kWholeCheckpoint, Reason::kUnsupported, kV1},
    {"v1_sharded_half_plus_two__export-sharded-of-00001", kWholeCheckpoint, Reason::kUnsupported,
     kV1},
    {"v1_unsharded_half_plus_two__export", kWholeCheckpoint, Reason::kUnsupported, kV1},
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

// "export-?????-of-00001", as TensorFlow takes it, is the file "export-00000-of-00001".
std::string PathOf(const ExpectedCheckpoint& expected) {
  std::string path = CorpusFolder() + "/" + expected.prefix;
  if (const size_t at = path.find("?????"); at != std::string::npos) path.replace(at, 5, "00000");
  return path;
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
    ASSERT_NE(expected.sha256, "") << "TensorFlow gives no value, and the table has no row for it";
    ExpectSameValue(**source, expected);
  }

  void ExpectReason(const Status& status, const Unreadable& row) {
    EXPECT_EQ(ReasonWord(status.reason()), ReasonWord(row.reason)) << status.message();
    const bool is_waiting = row.reason == Reason::kUnsupported;
    reported_.insert((is_waiting ? "waiting: " : "not there: ") + std::string(row.checkpoint) +
                     ": " + (row.tensor.empty() ? "" : std::string(row.tensor) + ": ") +
                     std::string(ReasonWord(row.reason)) + ", " + std::string(row.why));
  }

  static void TearDownTestSuite() {
    for (const std::string& line : reported_) std::cout << line << "\n";
    std::cout << std::ranges::count_if(reported_, [](std::string_view line) {
      return line.starts_with("waiting");
    }) << " waiting\n";
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
    if (const Unreadable* row = FindRow(GetParam().name, kWholeCheckpoint, true)) {
      ASSERT_FALSE(dict.ok()) << "it opens: take it out of the table";
      ExpectReason(dict.status(), *row);
      continue;
    }
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
  if (const Unreadable* row = FindRow(GetParam().name, kWholeCheckpoint, true)) {
    EXPECT_EQ(report.status().reason(), row->reason) << report.status().message();
    return;
  }
  ASSERT_TRUE(report.ok()) << report.status().message();
  const auto dict = Open(LocalFileSystem(), PathOf(GetParam()));
  ASSERT_TRUE(dict.ok()) << dict.status().message();
  std::vector<std::string> unreadable;
  for (size_t i = 0; i < dict->size(); ++i) {
    if (!dict->source(i).ok()) unreadable.emplace_back(dict->name(i));
  }
  std::vector<std::string> found;
  for (const Finding& finding : report->findings) found.push_back(finding.tensor);
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
    if (row.tensor == kWholeCheckpoint || row.tensor == "*") continue;
    EXPECT_TRUE(found->second.tensors.contains(std::string(row.tensor))) << row.tensor;
  }
}

}  // namespace
}  // namespace cairn::testing
