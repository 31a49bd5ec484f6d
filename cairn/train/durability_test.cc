// A save that fails or is cut off at each of its calls: what was acknowledged stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/testing/fault_file_system.h"
#include "cairn/train/durable_run_fixture.h"

namespace cairn {
namespace {

void ExpectGoesOn(MemoryFileSystem& fs, int64_t oldest, int64_t newest, const std::string& place) {
  const Judgement judgement = Judge(fs, {.oldest = oldest, .newest = newest});
  EXPECT_EQ(judgement.breach, Breach::kNone) << place << ": " << judgement.why;
}

// A save of step kNewStep over a file system that has kOldStep.
struct Attempt {
  MemoryFileSystem fs;
  FaultFileSystem faulty{fs};
  Process process{faulty};

  Attempt() {
    EXPECT_TRUE(process.SaveUntil(kOldStep).ok());
    process.Step();
    faulty.script().Reset();
  }
};

constexpr Call kCalls[] = {
    Call::kOpen,   Call::kRead,   Call::kCreate,        Call::kWrite,    Call::kAllocate,
    Call::kSync,   Call::kClose,  Call::kStat,          Call::kList,     Call::kCreateDirectories,
    Call::kRename, Call::kRemove, Call::kSyncDirectory, Call::kFreeSpace};

struct FaultKind {
  const char* what;
  Reason reason;
  Repeat repeat;
  size_t done_nbytes;
};

class FailingSaveTest : public testing::TestWithParam<FaultKind> {};

TEST_P(FailingSaveTest, AtEachCallTheOldOneStaysAndTheNextSaveWorks) {
  Attempt clean;
  ASSERT_TRUE(clean.process.Save().ok());
  int num_points = 0, num_errors = 0;
  for (const Call call : kCalls) {
    for (uint64_t nth = 1; nth <= clean.faulty.script().count(call); ++nth) {
      ++num_points;
      const std::string place = std::string(Name(call)) + " " + std::to_string(nth);
      Attempt attempt;
      attempt.faulty.script().Inject(
          {call, GetParam().reason, nth, GetParam().repeat, GetParam().done_nbytes});
      const Status status = attempt.process.Save();
      EXPECT_EQ(attempt.faulty.script().UseAfterFailure(), std::nullopt) << place;
      attempt.faulty.script().Reset();
      if (!status.ok()) {
        ++num_errors;
        EXPECT_EQ(status.reason(), GetParam().reason) << place << ": " << status.message();
        EXPECT_THAT(std::string(status.message()), testing::HasSubstr("run")) << place;
      }
      const auto after_cut = attempt.fs.AfterPowerCut();
      ExpectGoesOn(*after_cut, status.ok() ? kNewStep : kOldStep, kNewStep,
                   place + ", then a power cut");

      const Status again = status.ok() ? Status() : attempt.process.Save();
      EXPECT_TRUE(again.ok()) << place << ": " << again.message();
      EXPECT_TRUE(attempt.process.SaveUntil(kEndStep).ok()) << place;
      EXPECT_EQ(ContentsOf(attempt.fs), UndisturbedEnd()) << place;
    }
  }
  std::printf("%s: %d points, %d failed saves\n", GetParam().what, num_points, num_errors);
  EXPECT_GT(num_errors, 20);
}

INSTANTIATE_TEST_SUITE_P(
    , FailingSaveTest,
    testing::Values(FaultKind{"IoErrorOnce", Reason::kIo, Repeat::kOnce, 0},
                    FaultKind{"IoErrorForGood", Reason::kIo, Repeat::kSticky, 0},
                    FaultKind{"NoSpaceOnce", Reason::kNoSpace, Repeat::kOnce, 0},
                    FaultKind{"NoSpaceForGood", Reason::kNoSpace, Repeat::kSticky, 0},
                    FaultKind{"ShortWriteThenNoSpace", Reason::kNoSpace, Repeat::kSticky, 5},
                    FaultKind{"ReadOnlyForGood", Reason::kReadOnly, Repeat::kSticky, 0}),
    [](const auto& test_info) { return std::string(test_info.param.what); });

}  // namespace
}  // namespace cairn
