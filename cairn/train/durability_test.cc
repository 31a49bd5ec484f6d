// A save that fails or is cut off at each of its calls: what was acknowledged stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/row_name.h"
#include "cairn/testing/sanitizer.h"
#include "cairn/train/durable_run_fixture.h"

namespace cairn {
namespace {

void ExpectGoesOn(MemoryFileSystem& fs, const Promise& promise, const RunOptions& options,
                  const std::string& place) {
  const Judgement judgement = Judge(fs, promise, options);
  EXPECT_EQ(judgement.breach, Breach::kNone) << place << ": " << judgement.why;
}

// A save of step kNewStep over a file system that has kOldStep.
struct Attempt {
  MemoryFileSystem fs;
  FaultFileSystem faulty{fs};
  Process process;

  explicit Attempt(const RunOptions& options) : process(faulty, options) {
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

class FailingSaveTest : public testing::TestWithParam<std::tuple<FaultKind, SaveMode>> {};

TEST_P(FailingSaveTest, AtEachCallTheOldOneStaysAndTheNextSaveWorks) {
  const auto& [kind, mode] = GetParam();
  const RunOptions options = {.mode = mode};
  Attempt clean(options);
  ASSERT_TRUE(clean.process.Save().ok());
  uint64_t num_points = 0, num_errors = 0;
  for (const Call call : kCalls) {
    for (uint64_t nth = 1; nth <= clean.faulty.script().count(call); ++nth) {
      if (num_points++ % kCallStep != 0) continue;
      const std::string place = std::string(Name(call)) + " " + std::to_string(nth);
      Attempt attempt(options);
      attempt.faulty.script().Inject({call, kind.reason, nth, kind.repeat, kind.done_nbytes});
      const Status status = attempt.process.Save();
      EXPECT_EQ(attempt.faulty.script().UseAfterFailure(), std::nullopt) << place;
      attempt.faulty.script().Reset();
      if (!status.ok()) {
        ++num_errors;
        EXPECT_EQ(status.reason(), kind.reason) << place << ": " << status.message();
        EXPECT_THAT(std::string(status.message()), testing::HasSubstr("run")) << place;
      }
      const auto after_cut = attempt.fs.AfterPowerCut();
      ExpectGoesOn(*after_cut, {.oldest = status.ok() ? kNewStep : kOldStep, .newest = kNewStep},
                   options, place + ", then a power cut");

      const Status again = status.ok() ? Status() : attempt.process.Save();
      EXPECT_TRUE(again.ok()) << place << ": " << again.message();
      EXPECT_TRUE(attempt.process.SaveUntil(kEndStep).ok()) << place;
      EXPECT_EQ(ContentsOf(attempt.fs), UndisturbedEnd()) << place;
    }
  }
  std::printf("%s: %zu points, %zu failed saves\n", kind.what, num_points, num_errors);
  // Where there was no room only once, most saves succeed: they make room and try again.
  EXPECT_GT(num_errors * kCallStep, 8u);
}

constexpr FaultKind kFaultKinds[] = {
    {"IoErrorOnce", Reason::kIo, Repeat::kOnce, 0},
    {"IoErrorForGood", Reason::kIo, Repeat::kSticky, 0},
    {"NoSpaceOnce", Reason::kNoSpace, Repeat::kOnce, 0},
    {"NoSpaceForGood", Reason::kNoSpace, Repeat::kSticky, 0},
    {"ShortWriteThenNoSpace", Reason::kNoSpace, Repeat::kSticky, 5},
    {"ReadOnlyForGood", Reason::kReadOnly, Repeat::kSticky, 0}};

INSTANTIATE_TEST_SUITE_P(, FailingSaveTest,
                         testing::Combine(testing::ValuesIn(kFaultKinds),
                                          testing::ValuesIn(kSaveModes)),
                         [](const auto& test_info) {
                           return RowName(std::string(std::get<0>(test_info.param).what) + " " +
                                          ToString(std::get<1>(test_info.param)));
                         });

// The process is killed: what it wrote stays, synced or not.
class KilledSaveTest
    : public testing::TestWithParam<std::tuple<SaveMode, SaveDurability, CheckpointFormat>> {};

TEST_P(KilledSaveTest, AtEachCallWhatWasAcknowledgedStays) {
  const auto& [mode, durability, format] = GetParam();
  const RunOptions options = {.mode = mode, .durability = durability, .format = format};
  bool has_stopped = true;
  uint64_t num_kills = 0;
  std::set<int64_t> resumed;
  for (uint64_t nth = 1; has_stopped; nth += kCallStep, ++num_kills) {
    auto attempt = std::make_unique<Attempt>(options);
    attempt->faulty.script().StopAt(nth, /*done_nbytes=*/nth % 3);
    const Status status = attempt->process.Save();
    has_stopped = attempt->faulty.script().has_stopped();
    const std::unique_ptr<MemoryFileSystem> left = AfterKill(attempt->fs);
    const std::string place = "killed before call " + std::to_string(nth);
    resumed.insert(Process(*left, options).Resume(*left)->position.step);
    ExpectGoesOn(*left,
                 {.oldest = status.ok() ? kNewStep : kOldStep, .newest = kNewStep, .num_sound = 2},
                 options, place);
    EXPECT_TRUE(status.ok() || has_stopped) << place;  // old ones may have been left
  }
  std::printf("%zu kills\n", num_kills);
  EXPECT_GT(num_kills * kCallStep, 8u);
  EXPECT_EQ(resumed, (std::set<int64_t>{kOldStep, kNewStep}));
}

INSTANTIATE_TEST_SUITE_P(
    , KilledSaveTest,
    testing::Combine(testing::ValuesIn(kSaveModes),
                     testing::Values(SaveDurability::kPower, SaveDurability::kProcess),
                     testing::ValuesIn(kFormats)),
    [](const auto& test_info) {
      const bool is_power = std::get<1>(test_info.param) == SaveDurability::kPower;
      return RowName(ToString(std::get<2>(test_info.param)) + (is_power ? " power " : " process ") +
                     ToString(std::get<0>(test_info.param)));
    });

}  // namespace
}  // namespace cairn
