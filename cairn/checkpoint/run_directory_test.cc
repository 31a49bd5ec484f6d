#include "cairn/checkpoint/run_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/run_state.h"
#include "cairn/checkpoint/state_file.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/v1_bytes.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RunDirectoryTest : public testing::Test {
 protected:
  // Two tensors, and a run state where a step is given.
  void SaveAt(const std::string& prefix, std::optional<int64_t> step = std::nullopt,
              float value = 1) {
    TensorDict::Builder builder;
    builder.Add("a", SourceOf<float>({2}, {value, 2}));
    builder.Add("b", SourceOf<int64_t>({}, {7}));
    if (step) {
      RunState state;
      state.step = *step;
      builder.Add(std::string(kRunStateName), *MakeRunStateSource(state));
    }
    const auto report = Save(fs_, prefix, *builder.Build());
    ASSERT_TRUE(report.ok()) << report.status().message();
  }
  void Put(const std::string& path, std::string_view content) {
    ASSERT_TRUE(fs_.Put(path, AsBytes(content)).ok());
  }
  void Name(const std::string& latest) {
    StateFile state;
    state.latest = latest;
    ASSERT_TRUE(WriteStateFile(fs_, "run", state).ok());
  }
  void FlipBitOf(const std::string& path, uint64_t bit) {
    ASSERT_TRUE(fs_.Put(path, FlipBit(*fs_.Get(path), bit)).ok());
  }
  RunDirectory Scan() {
    auto run = ScanRunDirectory(fs_, "run");
    EXPECT_TRUE(run.ok()) << run.status().message();
    return *run;
  }
  ResumePoint Choose() {
    auto point = ChooseResumePoint(fs_, "run");
    EXPECT_TRUE(point.ok()) << point.status().message();
    return point.ok() ? *point : ResumePoint{"(error)", "", {}};
  }
  std::vector<std::string> Names(const RunDirectory& run) {
    std::vector<std::string> names;
    for (const RunCheckpoint& checkpoint : run.checkpoints) names.push_back(checkpoint.name);
    return names;
  }

  MemoryFileSystem fs_;
};

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

struct Harm {
  const char* what;
  void (*apply)(MemoryFileSystem&);
  Reason scan;    // what the scan sees; kNone = only reading everything shows it
  Reason verify;  // what the rejected line says
};

std::vector<std::byte> Content(MemoryFileSystem& fs, const char* path) { return *fs.Get(path); }

class DamagedRunTest : public RunDirectoryTest, public testing::WithParamInterface<Harm> {};

TEST_P(DamagedRunTest, TheOneBeforeIsTaken) {
  SaveAt("run/model-10", 10);
  SaveAt("run/model-20", 20);
  SaveAt("run/model-30", 30, 3);
  Name("model-30");
  GetParam().apply(fs_);
  const RunDirectory run = Scan();
  ASSERT_EQ(run.checkpoints.size(), 3u);
  const auto newest = std::ranges::find(run.checkpoints, "model-30"s, &RunCheckpoint::name);
  EXPECT_EQ(newest->complete.reason(), GetParam().scan) << newest->complete.message();
  EXPECT_EQ(newest->step, 30);
  const ResumePoint point = Choose();
  EXPECT_EQ(point.name, "model-20");
  EXPECT_EQ(point.reason, "newest that verifies");
  ASSERT_EQ(point.rejected.size(), 1u);
  EXPECT_THAT(
      point.rejected[0],
      testing::StartsWith("model-30: " + std::string(ReasonWord(GetParam().verify)) + ": "));
}

INSTANTIATE_TEST_SUITE_P(
    , DamagedRunTest,
    testing::Values(
        Harm{"data gone",
             [](MemoryFileSystem& fs) {
               ASSERT_TRUE(fs.Remove("run/model-30.data-00000-of-00001").ok());
             },
             Reason::kMissing, Reason::kMissing},
        Harm{"data empty",
             [](MemoryFileSystem& fs) {
               ASSERT_TRUE(fs.Put("run/model-30.data-00000-of-00001", {}).ok());
             },
             Reason::kBounds, Reason::kBounds},
        Harm{"data cut by one byte",
             [](MemoryFileSystem& fs) {
               const auto content = Content(fs, "run/model-30.data-00000-of-00001");
               ASSERT_TRUE(
                   fs.Put("run/model-30.data-00000-of-00001", CutAt(content, content.size() - 1))
                       .ok());
             },
             Reason::kBounds, Reason::kBounds},
        Harm{"a bit of a tensor",
             [](MemoryFileSystem& fs) {
               // 'a' is the first tensor behind the run state, whose name sorts before.
               auto content = Content(fs, "run/model-30.data-00000-of-00001");
               ASSERT_TRUE(fs.Put("run/model-30.data-00000-of-00001",
                                  FlipBit(content, content.size() * 8 - 1))
                               .ok());
             },
             Reason::kNone, Reason::kCrc},
        Harm{"a bit of the run state",
             [](MemoryFileSystem& fs) {
               auto content = Content(fs, "run/model-30.data-00000-of-00001");
               ASSERT_TRUE(
                   fs.Put("run/model-30.data-00000-of-00001", FlipBit(content, 8 * 10)).ok());
             },
             Reason::kCrc, Reason::kCrc},
        Harm{"data of another step",
             [](MemoryFileSystem& fs) {
               ASSERT_TRUE(fs.Put("run/model-30.data-00000-of-00001",
                                  Content(fs, "run/model-20.data-00000-of-00001"))
                               .ok());
             },
             Reason::kCrc, Reason::kCrc},
        Harm{"index empty",
             [](MemoryFileSystem& fs) { ASSERT_TRUE(fs.Put("run/model-30.index", {}).ok()); },
             Reason::kTruncated, Reason::kTruncated},
        Harm{"index is something else",
             [](MemoryFileSystem& fs) {
               ASSERT_TRUE(fs.Put("run/model-30.index", AsBytes(std::string(200, 'x'))).ok());
             },
             Reason::kBadMagic, Reason::kBadMagic},
        Harm{"a bit of the index",
             [](MemoryFileSystem& fs) {
               ASSERT_TRUE(
                   fs.Put("run/model-30.index", FlipBit(Content(fs, "run/model-30.index"), 100))
                       .ok());
             },
             Reason::kCrc, Reason::kCrc}));

TEST_F(RunDirectoryTest, ALostStateFileChangesNothing) {
  SaveAt("run/model-10");
  SaveAt("run/model-20");
  for (const char* text : {"", "garbage", "model_checkpoint_path: \"model-10\"",
                           "model_checkpoint_path: \"model-99\""}) {
    Put("run/checkpoint", text);
    EXPECT_EQ(Choose().name, "model-20") << text;
  }
  ASSERT_TRUE(fs_.Remove("run/checkpoint").ok());
  EXPECT_EQ(Choose().name, "model-20");
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
  EXPECT_EQ(Choose().name, "other-10");
}

TEST_F(RunDirectoryTest, AnUncommittedSaveIsPassedOver) {
  SaveAt("run/model-10");
  Put("run/model-20.data-00000-of-00001", "uncommitted");
  EXPECT_EQ(Choose().name, "model-10");
  EXPECT_THAT(Choose().rejected, IsEmpty());
}

TEST_F(RunDirectoryTest, AnInterruptedFirstSaveIsNoCheckpoint) {
  Put("run/model-10.data-00000-of-00001", "half");
  Put("run/model-10.index.cairn-tmp0", "half");
  const ResumePoint point = Choose();
  EXPECT_EQ(point.name, std::nullopt);
  EXPECT_EQ(point.reason, "no checkpoint; the first save, model-10, did not finish");
}

TEST_F(RunDirectoryTest, LostIndexesAreNoFreshStart) {
  SaveAt("run/model-10");
  Name("model-10");
  ASSERT_TRUE(fs_.Remove("run/model-10.index").ok());
  const Status named = ChooseResumePoint(fs_, "run").status();
  EXPECT_EQ(named.code(), StatusCode::kDataLoss);
  EXPECT_THAT(std::string(named.message()), HasSubstr("model-10: data without an index"));
  for (const char* damaged : {"?", ""}) {  // a power cut may leave it empty
    Put("run/checkpoint", damaged);
    EXPECT_EQ(ChooseResumePoint(fs_, "run").status().code(), StatusCode::kDataLoss);
  }
  ASSERT_TRUE(fs_.Remove("run/checkpoint").ok());
  Put("run/model-20.data-00000-of-00001", "x");
  EXPECT_EQ(ChooseResumePoint(fs_, "run").status().code(), StatusCode::kDataLoss);
}

TEST_F(RunDirectoryTest, NoneThatVerifiesIsAnErrorThatSaysWhy) {
  SaveAt("run/model-10");
  SaveAt("run/model-20");
  FlipBitOf("run/model-10.data-00000-of-00001", 0);
  ASSERT_TRUE(fs_.Remove("run/model-20.data-00000-of-00001").ok());
  const Status error = ChooseResumePoint(fs_, "run").status();
  EXPECT_EQ(error.code(), StatusCode::kDataLoss);
  EXPECT_THAT(std::string(error.message()), HasSubstr("run: none of 2 checkpoints verifies"));
  EXPECT_THAT(std::string(error.message()), HasSubstr("model-20: E_MISSING: "));
  EXPECT_THAT(std::string(error.message()), HasSubstr("model-10: E_CRC: "));
}

TEST_F(RunDirectoryTest, AFileThatCannotBeReadIsPassedOverToo) {
  SaveAt("run/model-10");
  SaveAt("run/model-20");
  FaultFileSystem faulty(fs_);
  faulty.script().Inject(
      {.call = Call::kRead, .repeat = Repeat::kSticky, .path_part = "model-20.data"});
  const auto point = ChooseResumePoint(faulty, "run");
  ASSERT_TRUE(point.ok()) << point.status().message();
  EXPECT_EQ(point->name, "model-10");
  EXPECT_THAT(point->rejected, ElementsAre(HasSubstr("model-20: E_IO: ")));
}

TEST_F(RunDirectoryTest, ADirectoryThatCannotBeListedIsNoFreshStart) {
  SaveAt("run/model-10");
  FaultFileSystem faulty(fs_);
  faulty.script().Inject({.call = Call::kList});
  EXPECT_EQ(ChooseResumePoint(faulty, "run").status().reason(), Reason::kIo);
  Put("file", "x");
  EXPECT_FALSE(ChooseResumePoint(fs_, "file").ok());
}

TEST_F(RunDirectoryTest, CancellingIsNotDamage) {
  SaveAt("run/model-10");
  SaveAt("run/model-20");
  const std::atomic<bool> cancel = true;
  VerifyOptions options;
  options.transfer.cancel = &cancel;
  EXPECT_EQ(ChooseResumePoint(fs_, "run", options).status().reason(), Reason::kCancelled);
}

TEST_F(RunDirectoryTest, ScanningAndChoosingWriteNothing) {
  SaveAt("run/model-10");
  Put("run/model-20.data-00000-of-00001.cairn-tmp0", "x");
  FaultFileSystem watched(fs_);
  ASSERT_TRUE(ChooseResumePoint(watched, "run").ok());
  EXPECT_EQ(watched.script().num_mutations(), 0u);
}

TEST_F(RunDirectoryTest, ScanningReadsNoTensor) {
  SaveAt("run/model-10");
  FaultFileSystem watched(fs_);
  ASSERT_TRUE(ScanRunDirectory(watched, "run").ok());
  for (const TracedCall& call : watched.script().trace())
    EXPECT_FALSE(call.call == Call::kRead && call.path.find(".data-") != std::string::npos);
}

// A later program's state is not guessed at, and what is older is still good.
TEST_F(RunDirectoryTest, ARunStateOfALaterVersionIsPassedOver) {
  SaveAt("run/model-10", 10);
  TensorDict::Builder builder;
  class Later final : public TensorSource {
   public:
    DType dtype() const override { return DType::kString; }
    const Shape& shape() const override { return shape_; }
    Result<std::unique_ptr<TensorStream>> OpenStream() const override {
      return Status(Reason::kDType, "strings");
    }
    Result<StringTensor> ReadStrings() const override {
      StringTensor strings;
      strings.Add(R"({"version":2,"step":20,"epoch":1})");
      return strings;
    }

   private:
    Shape shape_;
  };
  builder.Add(std::string(kRunStateName), std::make_shared<const Later>());
  ASSERT_TRUE(Save(fs_, "run/model-20", *builder.Build()).ok());
  EXPECT_EQ(Choose().name, "model-10");
  EXPECT_THAT(Choose().rejected,
              ElementsAre(HasSubstr("model-20: E_VERSION: run state: version 2")));
}

}  // namespace
}  // namespace cairn
