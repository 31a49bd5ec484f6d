// A save that fails or is cut off at each of its calls: what was acknowledged stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/core/hex.h"
#include "cairn/io/checksum.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/train/toy_run.h"

namespace cairn {
namespace {

using Contents = std::map<std::string, std::string>;

constexpr int64_t kOld = 3, kNew = 4, kEnd = 6;  // steps; retention keeps two

ModelSaverOptions Options() {
  ModelSaverOptions options = {.retention = {.max_to_keep = 2},
                               .clock = [] { return 1'700'000'000.0; }};
  options.save.transfer.threads = 1;
  return options;
}

// The state of the run after `step` steps, as the text of everything in it.
std::string Fingerprint(ToyRun& run) {
  std::string text = *FormatRunState(*run.parts.Save({}));
  for (const float weight : run.weights) text += "," + std::to_string(std::bit_cast<int>(weight));
  for (const int64_t value : run.history) text += "," + std::to_string(value);
  return text + run.words[0];
}

std::string ExpectedAt(int64_t step) {
  ToyRun run;
  for (int64_t i = 0; i < step; ++i) run.Step();
  return Fingerprint(run);
}

// A run in one process, saving after every step.
struct Process {
  ToyRun run;
  ModelSaver saver;
  int64_t step = 0;

  explicit Process(FileSystem& fs) : saver(fs, "run", run.session, run.parts, Options()) {}
  Result<Resumed> Resume(FileSystem& fs) {
    Result<Resumed> resumed = cairn::Resume(fs, "run", run.session, run.parts);
    if (resumed.ok()) step = resumed->position.step;
    return resumed;
  }
  void Step() { run.Step(), ++step; }
  Status Save() { return saver.Save({.step = step}).status(); }
  Status SaveUntil(int64_t end) {
    while (step < end) {
      Step();
      CAIRN_RETURN_IF_ERROR(Save());
    }
    return {};
  }
};

// Name -> checksum; of the state file the names in it, since times depend on what had to be guessed
// after a crash.
Contents ContentsOf(MemoryFileSystem& fs) {
  Contents contents;
  const std::vector<std::string> names = *fs.List("run");
  for (const std::string& name : names) {
    if (const auto content = fs.Get("run/" + name); content.ok())
      contents[name] = Hex(Crc32c(*content));
  }
  const StateFile state = *ReadStateFile(fs, "run");
  std::string& listed = contents[std::string(kStateFileName)] = state.latest + ":";
  for (const std::string& path : state.all) listed += " " + path;
  return contents;
}

const Contents& UninterruptedEnd() {
  static const Contents contents = [] {
    MemoryFileSystem fs;
    EXPECT_TRUE(Process(fs).SaveUntil(kEnd).ok());
    return ContentsOf(fs);
  }();
  return contents;
}

// Resumes in a new process, checks that it has exactly the state of one of the steps, trains to the
// end and compares the directory with that of a run that nothing happened to.
void ExpectGoesOn(MemoryFileSystem& fs, int64_t oldest, int64_t newest, const std::string& place) {
  Process process(fs);
  const Result<Resumed> resumed = process.Resume(fs);
  ASSERT_TRUE(resumed.ok()) << place << ": " << resumed.status().message();
  EXPECT_GE(process.step, oldest) << place << "\n" << resumed->ToString();
  EXPECT_LE(process.step, newest) << place;
  EXPECT_THAT(resumed->passed_over, testing::IsEmpty()) << place;
  EXPECT_EQ(Fingerprint(process.run), ExpectedAt(process.step)) << place;
  const Status status = process.SaveUntil(kEnd);
  ASSERT_TRUE(status.ok()) << place << ": " << status.message();
  EXPECT_EQ(ContentsOf(fs), UninterruptedEnd()) << place;
}

// A save of step kNew over a file system that has kOld.
struct Attempt {
  MemoryFileSystem fs;
  FaultFileSystem faulty{fs};
  Process process{faulty};

  Attempt() {
    EXPECT_TRUE(process.SaveUntil(kOld).ok());
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
      ExpectGoesOn(*after_cut, status.ok() ? kNew : kOld, kNew, place + ", then a power cut");

      const Status again = status.ok() ? Status() : attempt.process.Save();
      EXPECT_TRUE(again.ok()) << place << ": " << again.message();
      EXPECT_TRUE(attempt.process.SaveUntil(kEnd).ok()) << place;
      EXPECT_EQ(ContentsOf(attempt.fs), UninterruptedEnd()) << place;
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

class PowerCutTest : public testing::TestWithParam<Survives> {};

TEST_P(PowerCutTest, AtEachCallTheOldOrTheNewOneIsThere) {
  int num_points = 0;
  for (uint64_t nth = 1;; ++nth) {
    Attempt attempt;
    attempt.faulty.script().StopAt(nth);
    const Status status = attempt.process.Save();
    if (!attempt.faulty.script().has_stopped()) break;
    ++num_points;
    const auto after = attempt.fs.AfterPowerCut(GetParam());
    ExpectGoesOn(*after, status.ok() ? kNew : kOld, kNew, "call " + std::to_string(nth));
  }
  std::printf("power cut at %d calls\n", num_points);
  EXPECT_GT(num_points, 15);
}

// The same for the first save of all, where "old" is nothing.
TEST_P(PowerCutTest, AtEachCallOfTheFirstSave) {
  for (uint64_t nth = 1;; ++nth) {
    MemoryFileSystem fs;
    FaultFileSystem faulty(fs);
    Process process(faulty);
    process.Step();
    faulty.script().StopAt(nth);
    const Status status = process.Save();
    if (!faulty.script().has_stopped()) break;
    const auto after = fs.AfterPowerCut(GetParam());
    ExpectGoesOn(*after, status.ok() ? 1 : 0, 1, "call " + std::to_string(nth));
  }
}

// A crash without a power cut, and the process that comes after it crashes as well.
TEST(CrashTest, AtEachCallAndAgainAtEachCallOfTheNextSave) {
  int num_points = 0;
  for (uint64_t first = 1;; ++first) {
    Attempt attempt;
    attempt.faulty.script().StopAt(first);
    const bool is_acknowledged = attempt.process.Save().ok();
    if (!attempt.faulty.script().has_stopped()) break;
    for (uint64_t second = 1;; ++second) {
      ++num_points;
      const auto fs = attempt.fs.AfterPowerCut(Survives::kNamesAndSizes);
      FaultFileSystem faulty(*fs);
      Process process(faulty);
      ASSERT_TRUE(process.Resume(*fs).ok()) << first;
      EXPECT_GE(process.step, is_acknowledged ? kNew : kOld);
      const int64_t before = process.step;
      process.Step();
      faulty.script().StopAt(second);
      (void)process.Save();
      if (!faulty.script().has_stopped()) break;
      ExpectGoesOn(*fs, before, before + 1,
                   "calls " + std::to_string(first) + " and " + std::to_string(second));
    }
  }
  std::printf("%d pairs of crashes\n", num_points);
}

INSTANTIATE_TEST_SUITE_P(, PowerCutTest,
                         testing::Values(Survives::kSynced, Survives::kNamesAndSizes),
                         [](const auto& test_info) {
                           return test_info.param == Survives::kSynced ? "OnlyWhatWasSynced"
                                                                       : "NamesAndSizes";
                         });

}  // namespace
}  // namespace cairn
