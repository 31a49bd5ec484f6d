// ChooseResumePoint: what a run that was stopped goes on from.
#include <gmock/gmock.h>

#include "cairn/checkpoint/repair.h"
#include "cairn/run/run_directory_fixture.h"
#include "cairn/state/resume_choice.h"
#include "cairn/testing/fault_file_system.h"

namespace cairn {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ResumePointTest : public RunDirectoryTest {};

struct Harm {
  const char* what;
  void (*apply)(MemoryFileSystem&);
  Reason scan;    // what the scan sees; kNone = only reading everything shows it
  Reason verify;  // what the rejected line says
};

std::vector<std::byte> Content(MemoryFileSystem& fs, const char* path) { return *fs.Get(path); }

class DamagedRunTest : public ResumePointTest, public testing::WithParamInterface<Harm> {};

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
  EXPECT_EQ(point.reason, "the newest with a run state");
  EXPECT_THAT(PassedOverLines(fs_),
              ElementsAre(testing::StartsWith(
                  "model-30: " + std::string(ReasonWord(GetParam().verify)) + ": ")));
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
               // 'a' is the first tensor after the run state, whose name sorts before.
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

TEST_F(ResumePointTest, ALostStateFileChangesNothing) {
  SaveAt("run/model-10");
  SaveAt("run/model-20");
  for (const char* text : {"", "garbage", "model_checkpoint_path: \"model-99\""}) {
    Put("run/checkpoint", text);
    EXPECT_EQ(Choose().name, "model-20") << text;
  }
  ASSERT_TRUE(fs_.Remove("run/checkpoint").ok());
  EXPECT_EQ(Choose().name, "model-20");
}

TEST_F(ResumePointTest, WithoutAStepTheStateFileDecides) {
  SaveAt("run/model15000");
  SaveAt("run/model9000");
  Name("model15000");
  EXPECT_EQ(Choose().name, "model15000");
  EXPECT_EQ(Choose().reason, "the newest by its state file");
  FlipBitOf("run/model15000.data-00000-of-00001", 0);
  EXPECT_EQ(Choose().name, "model9000");
  EXPECT_THAT(PassedOverLines(fs_), ElementsAre(HasSubstr("model15000: E_CRC: ")));
}

TEST_F(ResumePointTest, WithoutAStepTheOrderOfTheStateFileDecidesBeforeTime) {
  SaveAt("run/c");
  SaveAt("run/a");
  SaveAt("run/b");
  SaveAt("run/unlisted");
  Put("run/checkpoint",
      "model_checkpoint_path: 'gone' all_model_checkpoint_paths: ['b', 'c', 'gone']");
  EXPECT_EQ(Choose().name, "c");
  EXPECT_EQ(Choose().reason, "the last that its state file lists");
  FlipBitOf("run/c.data-00000-of-00001", 0);
  EXPECT_EQ(Choose().name, "b");
  FlipBitOf("run/b.data-00000-of-00001", 0);
  EXPECT_EQ(Choose().name, "unlisted");
}

TEST_F(ResumePointTest, WithoutStepAndStateFileTheMostRecentIsTaken) {
  SaveAt("run/zebra");
  SaveAt("run/apple");
  EXPECT_EQ(Choose().name, "apple");
  EXPECT_EQ(Choose().reason, "the most recently changed; no name tells a step");
  ASSERT_TRUE(fs_.Put("run/zebra.index", *fs_.Get("run/zebra.index")).ok());
  EXPECT_EQ(Choose().name, "zebra");
}

TEST_F(ResumePointTest, TheBestModelBesideTheRunIsNotResumed) {
  SaveAt("run/model-20", 20);
  SaveAt("run/model-30", 30);
  SaveAt("run/val-best-30");
  SaveAt("run/best-100");
  Name("model-30");
  EXPECT_EQ(Choose().name, "model-30");
  EXPECT_THAT(Notes(), ElementsAre("best-100 is not taken: it has no run state"));
  // Not even where the state file names it, or the run's newest is damaged.
  Name("best-100");
  FlipBitOf("run/model-30.index", 100);
  EXPECT_EQ(Choose().name, "model-20");
  EXPECT_THAT(Notes(), ElementsAre("val-best-30 is not taken: it has no run state",
                                   "TensorFlow's latest_checkpoint gives best-100, which the state "
                                   "file names; it is not taken: it has no run state"));
}

TEST_F(ResumePointTest, ACopyWithARunStateHasTheStepOfTheRunState) {
  SaveAt("run/model-30", 30);
  SaveAt("run/best-100", 20);
  SaveAt("run/a-copy", 30);
  EXPECT_EQ(Choose().name, "model-30");
}

TEST_F(ResumePointTest, WhatTheStateFileNamesComesBeforeHigherSteps) {
  SaveAt("run/model.ckpt-10");
  SaveAt("run/model.ckpt-20");
  Name("model.ckpt-10");
  EXPECT_EQ(Choose().name, "model.ckpt-10");
  EXPECT_THAT(Notes(),
              ElementsAre("model.ckpt-20 is not taken: the state file names model.ckpt-10"));
  FlipBitOf("run/model.ckpt-10.data-00000-of-00001", 0);
  EXPECT_EQ(Choose().name, "model.ckpt-20");
  EXPECT_EQ(Choose().reason, "the highest step");
}

TEST_F(ResumePointTest, WhatTheStateFileNamesMayLieInAFolder) {
  SaveAt("run/deep/model-10", 10);
  Name("deep/model-10");
  EXPECT_EQ(Choose().name, "deep/model-10");
  EXPECT_EQ(Scan().checkpoints[0].nbytes,
            fs_.Stat("run/deep/model-10.index")->size +
                fs_.Stat("run/deep/model-10.data-00000-of-00001")->size);
}

TEST_F(ResumePointTest, QuickReadsNoValues) {
  SaveAt("run/model-10", 10);
  SaveAt("run/model-20", 20);
  FlipBitOf("run/model-20.data-00000-of-00001",
            8 * fs_.Stat("run/model-20.data-00000-of-00001")->size - 1);
  VerifyOptions quick;
  quick.depth = VerifyDepth::kQuick;
  EXPECT_EQ(ChooseIn(fs_, "run", quick).point->name, "model-20");
  EXPECT_EQ(Choose().name, "model-10");
}

TEST_F(ResumePointTest, APartialRescueIsPassedOver) {
  SaveAt("run/model-10", 10);
  SaveAt("damaged/model-20", 20);
  FlipBitOf("damaged/model-20.data-00000-of-00001",
            8 * fs_.Stat("damaged/model-20.data-00000-of-00001")->size - 1);
  ASSERT_TRUE(Repair(fs_, "damaged/model-20", "run/model-20")->is_partial);
  EXPECT_EQ(Choose().name, "model-10");
  EXPECT_THAT(PassedOverLines(fs_), ElementsAre(HasSubstr("model-20: E_PARTIAL: ")));
}

TEST_F(ResumePointTest, NamesAreEscaped) {
  SaveAt("run/a-1\x1b[2J\n-20", 20);
  SaveAt("run/model-10", 10);
  FlipBitOf("run/a-1\x1b[2J\n-20.index", 100);
  EXPECT_THAT(PassedOverLines(fs_), ElementsAre(testing::StartsWith("a-1\\x1b[2J\\n-20: ")));
}

TEST_F(ResumePointTest, AnIndexThatIsADirectoryIsPassedOver) {
  SaveAt("run/model-10", 10);
  Put("run/model-20.data-00000-of-00001", "data");
  Put("run/model-20.index/x", "x");
  EXPECT_EQ(Choose().name, "model-10");
  EXPECT_THAT(PassedOverLines(fs_), ElementsAre(HasSubstr("model-20: E_FILE_TYPE: ")));
}

TEST_F(ResumePointTest, TroubleOfTheMachineHidesNoOlderOne) {
  SaveAt("run/model-10", 10);
  SaveAt("run/model-20", 20);
  for (const Reason reason : {Reason::kIo, Reason::kNoMemory, Reason::kLimit}) {
    for (const Call call : {Call::kOpen, Call::kStat, Call::kRead}) {
      FaultFileSystem faulty(fs_);
      faulty.script().Inject(
          {.call = call, .reason = reason, .repeat = Repeat::kSticky, .path_part = "model-20"});
      const auto point = ChooseIn(faulty, "run").point;
      ASSERT_TRUE(point.ok()) << cairn::Name(call) << ": " << point.status().message();
      EXPECT_EQ(point->name, "model-10");
      EXPECT_THAT(
          PassedOverLines(faulty),
          ElementsAre(testing::StartsWith("model-20: " + std::string(ReasonWord(reason)) + ": ")))
          << cairn::Name(call);
    }
  }
}

TEST_F(ResumePointTest, AnUncommittedSaveIsPassedOver) {
  SaveAt("run/model-10");
  Put("run/model-20.data-00000-of-00001", "uncommitted");
  EXPECT_EQ(Choose().name, "model-10");
  EXPECT_THAT(PassedOverLines(fs_), IsEmpty());
}

TEST_F(ResumePointTest, AnInterruptedFirstSaveIsNoCheckpoint) {
  Put("run/model-10.data-00000-of-00001", "half");
  Put("run/model-10.index.cairn-tmp0", "half");
  const ResumePoint point = Choose();
  EXPECT_EQ(point.name, std::nullopt);
  EXPECT_EQ(point.reason, "no checkpoint; the first save, model-10, did not finish");
}

TEST_F(ResumePointTest, LostIndexesAreNoFreshStart) {
  SaveAt("run/model-10");
  Name("model-10");
  ASSERT_TRUE(fs_.Remove("run/model-10.index").ok());
  const Status named = ChooseError();
  EXPECT_EQ(named.code(), StatusCode::kDataLoss);
  EXPECT_THAT(std::string(named.message()), HasSubstr("model-10: data without an index"));
  for (const char* damaged : {"?", ""}) {  // a power cut may leave it empty
    Put("run/checkpoint", damaged);
    EXPECT_EQ(ChooseError().code(), StatusCode::kDataLoss);
  }
  ASSERT_TRUE(fs_.Remove("run/checkpoint").ok());
  Put("run/model-20.data-00000-of-00001", "x");
  EXPECT_EQ(ChooseError().code(), StatusCode::kDataLoss);
}

TEST_F(ResumePointTest, NoneThatVerifiesIsAnErrorThatSaysWhy) {
  SaveAt("run/model-10");
  SaveAt("run/model-20");
  FlipBitOf("run/model-10.data-00000-of-00001", 0);
  ASSERT_TRUE(fs_.Remove("run/model-20.data-00000-of-00001").ok());
  const Status error = ChooseError();
  EXPECT_EQ(error.code(), StatusCode::kDataLoss);
  EXPECT_THAT(std::string(error.message()), HasSubstr("run: none of 2 checkpoints verifies"));
  EXPECT_THAT(std::string(error.message()), HasSubstr("model-20: E_MISSING: "));
  EXPECT_THAT(std::string(error.message()), HasSubstr("model-10: E_CRC: "));
}

TEST_F(ResumePointTest, AFileThatCannotBeReadIsPassedOverToo) {
  SaveAt("run/model-10");
  SaveAt("run/model-20");
  FaultFileSystem faulty(fs_);
  faulty.script().Inject(
      {.call = Call::kRead, .repeat = Repeat::kSticky, .path_part = "model-20.data"});
  const auto point = ChooseIn(faulty, "run").point;
  ASSERT_TRUE(point.ok()) << point.status().message();
  EXPECT_EQ(point->name, "model-10");
  EXPECT_THAT(PassedOverLines(faulty), ElementsAre(HasSubstr("model-20: E_IO: ")));
}

TEST_F(ResumePointTest, ADirectoryThatCannotBeListedIsNoFreshStart) {
  SaveAt("run/model-10");
  FaultFileSystem faulty(fs_);
  faulty.script().Inject({.call = Call::kList});
  EXPECT_EQ(ChooseIn(faulty, "run").point.status().reason(), Reason::kIo);
  Put("file", "x");
  EXPECT_FALSE(ChooseIn(fs_, "file").point.ok());
}

TEST_F(ResumePointTest, CancellingIsNotDamage) {
  SaveAt("run/model-10");
  SaveAt("run/model-20");
  const std::atomic<bool> cancel = true;
  VerifyOptions options;
  options.transfer.cancel = &cancel;
  EXPECT_EQ(ChooseIn(fs_, "run", options).point.status().reason(), Reason::kCancelled);
}

TEST_F(ResumePointTest, ScanningAndChoosingWriteNothing) {
  SaveAt("run/model-10");
  Put("run/model-20.data-00000-of-00001.cairn-tmp0", "x");
  FaultFileSystem watched(fs_);
  ASSERT_TRUE(ChooseIn(watched, "run").point.ok());
  EXPECT_EQ(watched.script().num_mutations(), 0u);
}

// A later program's state is not guessed at, and what is older is still good.

TEST_F(ResumePointTest, ARunStateOfALaterVersionIsPassedOver) {
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
  EXPECT_THAT(PassedOverLines(fs_),
              ElementsAre(HasSubstr("model-20: E_VERSION: run state: version 2")));
}

}  // namespace
}  // namespace cairn
