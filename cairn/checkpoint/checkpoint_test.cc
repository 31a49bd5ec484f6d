#include "cairn/checkpoint/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "cairn/io/memory_file_system.h"
#include "cairn/state/state_file.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

TensorDict SampleDict() {
  TensorDict::Builder builder;
  builder.Add("a", SourceOf<float>({2}, {1, 2}));
  builder.Add("b", SourceOf<int64_t>({}, {7}));
  return *builder.Build();
}

TEST(CheckpointTest, WhatIsSavedOpensAndVerifies) {
  MemoryFileSystem fs;
  const auto saved = Save(fs, "run/model-1", SampleDict());
  ASSERT_TRUE(saved.ok()) << saved.status().message();
  EXPECT_EQ(saved->num_tensors, 2u);
  const auto dict = Open(fs, "run");
  ASSERT_TRUE(dict.ok()) << dict.status().message();
  EXPECT_EQ(*ValuesOf<float>(**dict->Get("a")), (std::vector<float>{1, 2}));
  const auto report = Verify(fs, "run/model-1.index");
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_TRUE(report->ok());
  EXPECT_EQ(report->num_tensors, 2u);
}

TEST(CheckpointTest, VerifyNamesWhatIsDamaged) {
  MemoryFileSystem fs;
  ASSERT_TRUE(Save(fs, "run/model-1", SampleDict()).ok());
  const std::string data = "run/model-1.data-00000-of-00001";
  ASSERT_TRUE(fs.Put(data, FlipBit(*fs.Get(data), 0)).ok());
  const auto report = Verify(fs, data);
  ASSERT_TRUE(report.ok()) << report.status().message();
  ASSERT_EQ(report->findings.size(), 1u);
  EXPECT_EQ(report->findings[0].error.tensor(), "a");
  EXPECT_EQ(report->findings[0].error.reason(), Reason::kCrc);
}

TEST(CheckpointTest, NothingThatExistsIsReplaced) {
  MemoryFileSystem fs;
  ASSERT_TRUE(Save(fs, "run/model-1", SampleDict()).ok());
  EXPECT_EQ(Save(fs, "run/model-1", SampleDict()).status().reason(), Reason::kExists);
}

TEST(CheckpointTest, APathWithoutANameIsRefused) {
  MemoryFileSystem fs;
  for (const std::string& path : {std::string(), std::string("run/"), std::string("a\0b", 3)})
    EXPECT_EQ(Save(fs, path, SampleDict()).status().reason(), Reason::kArgument);
  EXPECT_THAT(*fs.List("."), testing::IsEmpty());
}

TEST(CheckpointTest, ThereIsNothingToVerify) {
  MemoryFileSystem fs;
  EXPECT_EQ(Verify(fs, "run/model-1").status().reason(), Reason::kMissing);
}

// Every directory of the corpus that TensorFlow, tensorpack or an Estimator left a state file in.
TEST(CheckpointCorpusTest, DirectoriesResolveToWhatTheirStateFileNames) {
  const char* corpus = std::getenv("CAIRN_CORPUS");
  if (corpus == nullptr) GTEST_SKIP() << "the corpus (CAIRN_CORPUS) is not here";
  struct Row {
    const char* directory;
    const char* name;
  };
  for (const Row& row :
       {Row{"tf1_estimator_two_shards", "model.ckpt-1000"},
        Row{"tf2_estimator_run", "model.ckpt-1000"}, Row{"tf_features/tf2_objects", "ckpt-3"},
        Row{"tf_features/tf1_run", "model-6"}, Row{"tf_features/tf2_shard_policy", "ckpt-1"},
        Row{"sonnet/mean_2x2", "checkpoint-1"}, Row{"saved_model_counter", "variables/variables"},
        Row{"tensorpack/train_run", "model-12"}}) {
    const std::string directory = std::string(corpus) + "/" + row.directory;
    const auto resolved = Resolve(LocalFileSystem(), directory);
    ASSERT_TRUE(resolved.ok()) << resolved.status().message();
    EXPECT_EQ(resolved->path, directory + "/" + row.name);
    EXPECT_TRUE(Open(LocalFileSystem(), directory).ok());
  }
  for (const char* path :
       {"v1_unsharded_half_plus_two", "tf_features/tf1_v1", "tf_features/tf1_v1_sharded",
        "v1_sharded_half_plus_two/export-00000-of-00001"}) {
    const auto resolved = Resolve(LocalFileSystem(), std::string(corpus) + "/" + path);
    ASSERT_TRUE(resolved.ok()) << path << ": " << resolved.status().message();
    EXPECT_EQ(resolved->format->name, "tf-v1") << path;
  }
}

}  // namespace
}  // namespace cairn
