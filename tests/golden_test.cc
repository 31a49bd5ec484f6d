// The checkpoints of tests/golden, written by real TensorFlow, against TensorFlow's own answer.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "cairn/checkpoint/checkpoint.h"
#include "tests/support/expected_checkpoint.h"

namespace cairn::testing {
namespace {

// Unlike a checkpoint of one shard written in the order of its names, these are not what we write.
bool IsLaidOutOtherwise(const ExpectedCheckpoint& expected) {
  return expected.name == "merged" || expected.name == "objects" || expected.name == "sliced";
}

std::string PathOf(const ExpectedCheckpoint& expected) {
  return std::string(CAIRN_GOLDEN) + "/" + expected.prefix;
}

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

class GoldenTest : public ::testing::TestWithParam<ExpectedCheckpoint> {
 protected:
  void ExpectAllOfIt(const TensorDict& dict) {
    ASSERT_NO_FATAL_FAILURE(ExpectSameTensors(dict, GetParam()));
    for (size_t i = 0; i < dict.size(); ++i) {
      const std::string name(dict.name(i));
      SCOPED_TRACE(name);
      const auto source = dict.source(i);
      ASSERT_TRUE(source.ok()) << source.status().message();
      ExpectSameValue(**source, GetParam().tensors.at(name));
    }
  }
};

TEST_P(GoldenTest, IsReadAsTensorFlowReadsIt) {
  for (const Access access : {Access::kMap, Access::kRead}) {
    SCOPED_TRACE(access == Access::kMap ? "mapped" : "read");
    OpenOptions options;
    options.access = access;
    const auto dict = Open(LocalFileSystem(), PathOf(GetParam()), options);
    ASSERT_TRUE(dict.ok()) << dict.status().message();
    ExpectAllOfIt(*dict);
  }
}

TEST_P(GoldenTest, VerifiesAsSound) {
  const auto report = Verify(LocalFileSystem(), PathOf(GetParam()));
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_TRUE(report->ok()) << report->findings[0].error.message();
  EXPECT_EQ(report->num_tensors, GetParam().tensors.size());
  EXPECT_EQ(report->num_unprotected, 0);
}

TEST_P(GoldenTest, SavedAgainItIsEqual) {
  const auto dict = Open(LocalFileSystem(), PathOf(GetParam()));
  ASSERT_TRUE(dict.ok()) << dict.status().message();
  for (const uint64_t alignment : {1, 64}) {
    SCOPED_TRACE(alignment);
    const std::string folder = ::testing::TempDir() + "golden_" + GetParam().name;
    std::filesystem::remove_all(folder);
    SaveOptions options;
    options.alignment = alignment;
    const auto saved = Save(LocalFileSystem(), folder + "/model", *dict, options);
    ASSERT_TRUE(saved.ok()) << saved.status().message();
    const auto copy = Open(LocalFileSystem(), folder + "/model");
    ASSERT_TRUE(copy.ok()) << copy.status().message();
    ExpectAllOfIt(*copy);
    if (alignment != 1 || IsLaidOutOtherwise(GetParam())) continue;
    for (const std::string ending : {".index", ".data-00000-of-00001"}) {
      EXPECT_TRUE(Contents(folder + "/model" + ending) == Contents(PathOf(GetParam()) + ending))
          << ending << " is not what TensorFlow wrote";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, GoldenTest, ::testing::ValuesIn(ReadExpected(CAIRN_GOLDEN)),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace cairn::testing
