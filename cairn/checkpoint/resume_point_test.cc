// ChooseResumePoint: what a run that was stopped goes on from.
#include <gmock/gmock.h>

#include "cairn/checkpoint/run_directory_fixture.h"
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

TEST_F(ResumePointTest, ALostStateFileChangesNothing) {
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

TEST_F(ResumePointTest, AnUncommittedSaveIsPassedOver) {
  SaveAt("run/model-10");
  Put("run/model-20.data-00000-of-00001", "uncommitted");
  EXPECT_EQ(Choose().name, "model-10");
  EXPECT_THAT(Choose().rejected, IsEmpty());
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

TEST_F(ResumePointTest, NoneThatVerifiesIsAnErrorThatSaysWhy) {
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

TEST_F(ResumePointTest, AFileThatCannotBeReadIsPassedOverToo) {
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

TEST_F(ResumePointTest, ADirectoryThatCannotBeListedIsNoFreshStart) {
  SaveAt("run/model-10");
  FaultFileSystem faulty(fs_);
  faulty.script().Inject({.call = Call::kList});
  EXPECT_EQ(ChooseResumePoint(faulty, "run").status().reason(), Reason::kIo);
  Put("file", "x");
  EXPECT_FALSE(ChooseResumePoint(fs_, "file").ok());
}

TEST_F(ResumePointTest, CancellingIsNotDamage) {
  SaveAt("run/model-10");
  SaveAt("run/model-20");
  const std::atomic<bool> cancel = true;
  VerifyOptions options;
  options.transfer.cancel = &cancel;
  EXPECT_EQ(ChooseResumePoint(fs_, "run", options).status().reason(), Reason::kCancelled);
}

TEST_F(ResumePointTest, ScanningAndChoosingWriteNothing) {
  SaveAt("run/model-10");
  Put("run/model-20.data-00000-of-00001.cairn-tmp0", "x");
  FaultFileSystem watched(fs_);
  ASSERT_TRUE(ChooseResumePoint(watched, "run").ok());
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
  EXPECT_THAT(Choose().rejected,
              ElementsAre(HasSubstr("model-20: E_VERSION: run state: version 2")));
}

}  // namespace
}  // namespace cairn
