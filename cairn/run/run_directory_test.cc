#include "cairn/state/run_directory.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "cairn/run/run_directory_fixture.h"
#include "cairn/state/resume_choice.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/v1_bytes.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(RunDirectoryTest, ListsByStepAsANumber) {
  SaveAt("run/model-100");
  SaveAt("run/model-9");
  SaveAt("run/model-10");
  SaveAt("run/best");
  SaveAt("run/resnet50");
  Name("model-100");
  const RunDirectory run = Scan();
  EXPECT_THAT(Names(run), ElementsAre("best", "resnet50", "model-9", "model-10", "model-100"));
  EXPECT_EQ(run.checkpoints[1].step, std::nullopt);
  EXPECT_EQ(run.checkpoints[4].step, 100);
  EXPECT_EQ(run.named, "model-100");
  EXPECT_TRUE(run.has_state_file);
  EXPECT_THAT(run.notes, IsEmpty());
  for (const RunCheckpoint& checkpoint : run.checkpoints) {
    EXPECT_TRUE(checkpoint.complete.ok()) << checkpoint.complete.message();
    EXPECT_EQ(checkpoint.nbytes,
              fs_.Stat("run/" + checkpoint.name + ".index")->size + 2 * sizeof(float) + 8);
  }
}

TEST_F(RunDirectoryTest, TheRunStateKnowsTheStepBetterThanTheName) {
  SaveAt("run/model-5", 50);
  SaveAt("run/model-40");
  SaveAt("run/min-cost", 45);
  SaveAt("run/min-error", 45);
  EXPECT_THAT(Names(Scan()), ElementsAre("model-40", "min-cost", "min-error", "model-5"));
  EXPECT_THAT(Scan().notes, IsEmpty());
  EXPECT_EQ(Choose().name, "model-5");
}

TEST_F(RunDirectoryTest, AV1CheckpointIsSeenByAnyOfItsShards) {
  const std::string shard = V1Bytes().AddWhole("w", DType::kInt8, {1}, V1Values({1})).file();
  Put("run/whole-1-00000-of-00002", shard);
  Put("run/whole-1-00001-of-00002", V1Bytes().file());
  Put("run/no_first-2-00001-of-00002", shard);
  Put("run/no_last-3-00000-of-00002", shard);
  const RunDirectory run = Scan();
  EXPECT_THAT(Names(run),
              ElementsAre("whole-1-\?\?\?\?\?-of-00002", "no_first-2-\?\?\?\?\?-of-00002",
                          "no_last-3-\?\?\?\?\?-of-00002"));
  EXPECT_TRUE(run.checkpoints[0].complete.ok());
  EXPECT_EQ(run.checkpoints[1].complete.reason(), Reason::kMissing);
  EXPECT_EQ(run.checkpoints[2].complete.reason(), Reason::kMissing);
  EXPECT_EQ(Choose().name, "whole-1-\?\?\?\?\?-of-00002");
}

TEST_F(RunDirectoryTest, NothingIsThere) {
  EXPECT_THAT(Scan().checkpoints, IsEmpty());
  ASSERT_TRUE(fs_.CreateDirectories("run").ok());
  EXPECT_FALSE(Scan().has_state_file);
  const ResumePoint point = Choose();
  EXPECT_EQ(point.name, std::nullopt);
  EXPECT_EQ(point.reason, "no checkpoint");
}

TEST_F(RunDirectoryTest, WhatIsNoCheckpointIsLeftOut) {
  SaveAt("run/model-1");
  SaveAt("run/sub/model-9");
  Put("run/model-2.index.cairn-tmp0", "x");
  Put("run/model-2.data-00000-of-00001.cairn-tmp0", "x");
  Put("run/model-3.index.tempstate123", "x");
  Put("run/model-4_temp/part-00000-of-00001.index", "x");
  Put("run/model-5.index/x", "x");
  Put("run/.index", "x");
  Put("run/graph-0101-000000.meta", "x");
  const RunDirectory run = Scan();
  EXPECT_THAT(Names(run), ElementsAre("model-1"));
  EXPECT_THAT(run.uncommitted, IsEmpty());
  EXPECT_EQ(Choose().name, "model-1");
  EXPECT_TRUE(*fs_.Exists("run/model-2.index.cairn-tmp0"));
}

TEST_F(RunDirectoryTest, H10AMillionNames) {
  SaveAt("run/model-1");
  for (int i = 0; i < 1'000'000; ++i) Put("run/log-" + std::to_string(i) + ".meta", "");
  const RunDirectory run = Scan();
  EXPECT_THAT(Names(run), ElementsAre("model-1"));
  EXPECT_EQ(Choose().name, "model-1");
}

TEST_F(RunDirectoryTest, AStateFileIsExplained) {
  SaveAt("run/model-10");
  Name("model-99");
  EXPECT_EQ(Scan().named, std::nullopt);
  EXPECT_THAT(Scan().notes, ElementsAre(HasSubstr("names 'model-99', which is not there")));
  Name("/moved/from/model-10");
  EXPECT_EQ(Scan().named, "model-10");
  EXPECT_THAT(Scan().notes, ElementsAre(HasSubstr("is elsewhere; taken as run/model-10")));
  Put("run/checkpoint", "?");
  EXPECT_TRUE(Scan().has_state_file);
  EXPECT_THAT(Scan().notes, ElementsAre(HasSubstr("run/checkpoint: line 1")));
}

TEST_F(RunDirectoryTest, ListedCheckpointsThatAreGoneAreNoted) {
  SaveAt("run/model-30");
  Put("run/checkpoint",
      "model_checkpoint_path: 'model-30' all_model_checkpoint_paths: "
      "['model-10', '/moved/model-20', 'model-30', 'sub/model-5']");
  EXPECT_EQ(Scan().named, "model-30");
  EXPECT_THAT(Scan().notes,
              ElementsAre("the state file lists what is gone: 'model-10', '/moved/model-20'"));
}

TEST_F(RunDirectoryTest, SidesThatDisagreeAreNoted) {
  SaveAt("run/model-10");
  SaveAt("run/other-10");
  Put("run/model-10.data-00000-of-00002", "left over");
  Put("run/model-20.data-00000-of-00001", "uncommitted");
  const RunDirectory run = Scan();
  EXPECT_THAT(run.uncommitted, ElementsAre("model-20"));
  EXPECT_THAT(run.notes, ElementsAre(HasSubstr("model-10: data files of 2 shard sets"),
                                     HasSubstr("model-20: data without an index"),
                                     HasSubstr("model-10 and other-10 are both of step 10")));
  EXPECT_TRUE(run.checkpoints[0].complete.ok());
  EXPECT_EQ(Choose().name, "model-10");
}

TEST_F(RunDirectoryTest, ScanningReadsNoTensor) {
  SaveAt("run/model-10");
  FaultFileSystem watched(fs_);
  ASSERT_TRUE(ScanRunDirectory(watched, "run").ok());
  for (const TracedCall& call : watched.script().trace())
    EXPECT_FALSE(call.call == Call::kRead && call.path.find(".data-") != std::string::npos);
}

TEST(RunDirectoryCorpusTest, RunDirectoriesAreJudgedByTheirFiles) {
  const char* corpus = std::getenv("CAIRN_CORPUS");
  if (corpus == nullptr) GTEST_SKIP() << "the corpus (CAIRN_CORPUS) is not here";
  const std::string root = corpus;
  const auto run = ScanRunDirectory(LocalFileSystem(), root + "/tf2_estimator_run");
  ASSERT_TRUE(run.ok()) << run.status().message();
  std::vector<int64_t> steps;
  for (const RunCheckpoint& checkpoint : run->checkpoints) {
    EXPECT_TRUE(checkpoint.complete.ok()) << checkpoint.complete.message();
    steps.push_back(checkpoint.step.value_or(-1));
  }
  EXPECT_THAT(steps, testing::ElementsAre(0, 999, 1000));
  EXPECT_EQ(run->named, "model.ckpt-1000");
  const auto choose = [&](const std::string& directory) {
    return ChooseResumePoint(LocalFileSystem(),
                             *ScanRunDirectory(LocalFileSystem(), root + directory))
        .point;
  };
  EXPECT_EQ(choose("/tensorpack/train_run")->name, "model-12");
  EXPECT_EQ(choose("/damaged/empty_data_file").status().code(), StatusCode::kDataLoss);
}

// Even where values are of a kind that is not read, their bytes must be there.
TEST(RunDirectoryCorpusTest, VariantsWithoutTheirDataAreNotComplete) {
  const char* corpus = std::getenv("CAIRN_CORPUS");
  if (corpus == nullptr) GTEST_SKIP() << "the corpus (CAIRN_CORPUS) is not here";
  MemoryFileSystem fs;
  for (const char* name : {"ckpt.index", "ckpt.data-00000-of-00001"}) {
    const std::string from = std::string(corpus) + "/tf_features/variants/" + name;
    ASSERT_TRUE(fs.Put(std::string("run/") + name, *ReadWholeFile(LocalFileSystem(), from)).ok());
  }
  const auto whole = ScanRunDirectory(fs, "run");
  ASSERT_EQ(whole->checkpoints.size(), 1u);
  EXPECT_TRUE(whole->checkpoints[0].complete.ok()) << whole->checkpoints[0].complete.message();
  ASSERT_TRUE(fs.Put("run/ckpt.data-00000-of-00001", {}).ok());
  EXPECT_EQ(ScanRunDirectory(fs, "run")->checkpoints[0].complete.reason(), Reason::kBounds);
}

}  // namespace
}  // namespace cairn
