// Readers beside a live run that removes older checkpoints.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/run/resume_point.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

TensorDict SampleDict() {
  TensorDict::Builder builder;
  builder.Add("a", SourceOf<float>({2}, {1, 2}));
  builder.Add("b", SourceOf<int64_t>({}, {7}));
  return *builder.Build();
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
    taken.insert(opened->path);
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
      EXPECT_TRUE(report->ok()) << place << ": " << report->findings[0].error.message();
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

}  // namespace
}  // namespace cairn
