#include "cairn/checkpoint/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "cairn/checkpoint/checkpoint_files.h"
#include "cairn/checkpoint/run_directory.h"
#include "cairn/checkpoint/state_file.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using testing::HasSubstr;

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

// Before its n-th call a live run makes room: the index of model-2 goes first, then its data.
class RotatingFileSystem final : public FileSystem {
 public:
  RotatingFileSystem(MemoryFileSystem& base, uint64_t nth) : base_(base), num_left_(nth) {}

  bool has_rotated() const { return num_left_ == 0; }

  Result<std::shared_ptr<const RandomAccessFile>> OpenForReading(const std::string& path,
                                                                 Access access) override {
    return Now().OpenForReading(path, access);
  }
  Result<std::unique_ptr<WritableFile>> CreateForWriting(const std::string& path) override {
    return Now().CreateForWriting(path);
  }
  Result<FileInfo> Stat(const std::string& path) override { return Now().Stat(path); }
  Result<std::vector<std::string>> List(const std::string& path) override {
    return Now().List(path);
  }
  Status CreateDirectories(const std::string& path) override {
    return Now().CreateDirectories(path);
  }
  Status Rename(const std::string& from, const std::string& to) override {
    return Now().Rename(from, to);
  }
  Status RenameNoReplace(const std::string& from, const std::string& to) override {
    return Now().RenameNoReplace(from, to);
  }
  Status Remove(const std::string& path) override { return Now().Remove(path); }
  Status SyncDirectory(const std::string& path) override { return Now().SyncDirectory(path); }
  Result<FreeSpace> GetFreeSpace(const std::string& path) override {
    return Now().GetFreeSpace(path);
  }

 private:
  MemoryFileSystem& Now() {
    if (num_left_ > 0 && --num_left_ == 0) {
      EXPECT_TRUE(base_.Remove("run/model-2.index").ok());
      EXPECT_TRUE(base_.Remove("run/model-2.data-00000-of-00001").ok());
    }
    return base_;
  }

  MemoryFileSystem& base_;
  uint64_t num_left_;
};

// Calls `read` on a file system that rotates before each of its calls in turn.
template <typename Read>
void RotateBeforeEachCall(Read read) {
  bool has_rotated = true;
  for (uint64_t nth = 1; has_rotated; ++nth) {
    MemoryFileSystem disk;
    ASSERT_TRUE(Save(disk, "run/model-1", SampleDict()).ok());
    ASSERT_TRUE(Save(disk, "run/model-2", SampleDict()).ok());
    RotatingFileSystem fs(disk, nth);
    read(fs, "before call " + std::to_string(nth));
    has_rotated = fs.has_rotated();
  }
}

TEST(RotationTest, ADirectoryIsAskedOnceMore) {
  std::set<std::string> taken;
  RotateBeforeEachCall([&](FileSystem& fs, const std::string& place) {
    const auto opened = OpenResolved(fs, "run");
    ASSERT_TRUE(opened.ok()) << place << ": " << opened.status().message();
    taken.insert(opened->resolved.path);
    for (size_t i = 0; i < opened->dict.size(); ++i)
      EXPECT_TRUE(opened->dict.source(i).ok()) << place;
  });
  EXPECT_THAT(taken, testing::ElementsAre("run/model-1", "run/model-2"));
}

TEST(RotationTest, WhatIsRemovedIsNotDamaged) {
  std::set<std::string_view> reasons;
  RotateBeforeEachCall([&](FileSystem& fs, const std::string& place) {
    const auto report = Verify(fs, "run/model-2");
    if (report.ok()) {
      EXPECT_TRUE(report->ok()) << place << ": " << report->findings[0].message;
    } else {
      reasons.insert(ReasonWord(report.status().reason()));
      EXPECT_NE(report.status().code(), StatusCode::kDataLoss) << place;
    }
  });
  EXPECT_THAT(reasons, testing::ElementsAre("E_GONE", "E_MISSING"));
}

TEST(RotationTest, AScanLeavesOutWhatIsRemoved) {
  RotateBeforeEachCall([&](FileSystem& fs, const std::string& place) {
    const auto run = ScanRunDirectory(fs, "run");
    ASSERT_TRUE(run.ok()) << place;
    for (const RunCheckpoint& checkpoint : run->checkpoints)
      EXPECT_TRUE(checkpoint.complete.ok()) << place << ": " << checkpoint.complete.message();
    const ResumeChoice choice = ChooseResumePoint(fs, *run);
    EXPECT_TRUE(choice.point.ok() || choice.point.status().reason() == Reason::kGone) << place;
    EXPECT_THAT(choice.passed_over, testing::IsEmpty()) << place;
  });
}

TEST(CheckpointTest, VerifyNamesWhatIsDamaged) {
  MemoryFileSystem fs;
  ASSERT_TRUE(Save(fs, "run/model-1", SampleDict()).ok());
  const std::string data = "run/model-1.data-00000-of-00001";
  ASSERT_TRUE(fs.Put(data, FlipBit(*fs.Get(data), 0)).ok());
  const auto report = Verify(fs, data);
  ASSERT_TRUE(report.ok()) << report.status().message();
  ASSERT_EQ(report->findings.size(), 1u);
  EXPECT_EQ(report->findings[0].tensor, "a");
  EXPECT_EQ(report->findings[0].reason, Reason::kCrc);
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
TEST(CheckpointCorpusTest, StateFilesAreReadAndWrittenAsTheyAre) {
  const char* corpus = std::getenv("CAIRN_CORPUS");
  if (corpus == nullptr) GTEST_SKIP() << "the corpus (CAIRN_CORPUS) is not here";
  FileSystem& fs = LocalFileSystem();
  size_t num_files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus)) {
    if (entry.path().filename() != kStateFileName || !entry.is_regular_file()) continue;
    ++num_files;
    const std::string path = entry.path();
    const auto state = ReadStateFileAt(fs, path);
    ASSERT_TRUE(state.ok()) << state.status().message();
    EXPECT_EQ(FormatStateFile(*state), AsText(*ReadWholeFile(fs, path))) << path;
  }
  EXPECT_GT(num_files, 50u);
}

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

TEST(CheckpointCorpusTest, RunDirectoriesAreJudgedByTheirFiles) {
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
TEST(CheckpointCorpusTest, VariantsWithoutTheirDataAreNotComplete) {
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

TEST(CheckpointFilesTest, TheStepStandsBehindTheLastDash) {
  EXPECT_EQ(StepOfName("model-20"), 20);
  EXPECT_EQ(StepOfName("model.ckpt-0"), 0);
  EXPECT_EQ(StepOfName("a-1-002"), 2);
  EXPECT_EQ(StepOfName("model-9223372036854775807"), INT64_MAX);
  for (const char* name : {"", "-", "model", "model-", "resnet50", "20", "model-1x", "model-x1",
                           "model-1_0", "model- 7", "model-+7", "model-9223372036854775808"})
    EXPECT_EQ(StepOfName(name), std::nullopt) << name;
}

}  // namespace
}  // namespace cairn
