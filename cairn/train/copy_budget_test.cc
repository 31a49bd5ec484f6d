// ModelSaver with `copy_budget`: variables without room in the copy are frozen until they are
// written, or the save is written in the foreground.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "cairn/io/memory_file_system.h"
#include "cairn/session/memory_session.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/row_name.h"
#include "cairn/train/durable_run_fixture.h"
#include "cairn/train/gate_fixture.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr size_t kNumArrays = 4;
constexpr size_t kArrayNbytes = 64;

// Four arrays, `a` to `d`, of 64 bytes each, and a text.
struct FourArrays {
  std::array<std::vector<float>, kNumArrays> arrays;
  std::string word = "begin";
  MemorySession session;
  RunComponents components;

  FourArrays() {
    for (size_t i = 0; i < kNumArrays; ++i) {
      arrays[i].assign(kArrayNbytes / sizeof(float), static_cast<float>(i));
      EXPECT_TRUE(session.Add(std::string(1, static_cast<char>('a' + i)), arrays[i], {16}).ok());
    }
    EXPECT_TRUE(session.Add("word", word).ok());
  }

  void Change(size_t i) {
    for (float& value : arrays[i]) value = value * 3 + 1;
  }
  // Does a step as a program does that allowed freezing.
  void Step() {
    for (size_t i = 0; i < kNumArrays; ++i) {
      session.WaitUntilReleased(i);
      Change(i);
    }
    session.WaitUntilReleased(kNumArrays);
    word += "+";
  }
  std::string Frozen() const {
    std::string names;
    for (VariableId id = 0; id < session.variables().size(); ++id) {
      if (session.IsFrozen(id)) names += session.variables()[id].name;
    }
    return names;
  }
};

class KeptLog final : public Log {
 public:
  void Write(LogLevel level, std::string_view line) override {
    const std::lock_guard lock(mutex_);
    if (level != LogLevel::kInfo) troubles_.emplace_back(line);
  }
  std::vector<std::string> troubles() {
    const std::lock_guard lock(mutex_);
    return troubles_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> troubles_;
};

Contents FilesOf(MemoryFileSystem& fs, const std::string& beginning) {
  Contents files = ContentsOf(fs);
  std::erase_if(files, [&](const auto& file) { return !file.first.starts_with(beginning); });
  return files;
}

// The files of model-2 of a run that saves without a thread, after two steps.
Contents BlockingFiles(CheckpointFormat format) {
  MemoryFileSystem fs;
  FourArrays run;
  ModelSaver saver(fs, "run", run.session, run.components, {.format = format});
  run.Step();
  run.Step();
  EXPECT_TRUE(saver.Save({.step = 2}).ok());
  return FilesOf(fs, "model-2");
}

// model-1 is saved, and model-2 waits until the test opens the gate.
struct CopyBudgetTest : testing::Test {
  MemoryFileSystem fs;
  FaultFileSystem faulty{fs};
  FourArrays run;
  KeptLog log;
  Gate gate;
  ModelSaverOptions options{
      .background = true,
      .if_still_saving = IfStillSaving::kReplaceWaiting,
      .copy_budget = kArrayNbytes,
      .on_saved = [this](const SavedCheckpoint& saved) { gate.Arrive(saved); },
      .log = &log};
  std::optional<ModelSaver> saver;

  void Begin() {
    run.session.AllowFreezing();
    saver.emplace(faulty, "run", run.session, run.components, options);
  }
  void SaveOneAndHoldTwo() {
    Begin();
    run.Step();
    ASSERT_TRUE(saver->Save({.step = 1}).ok());
    gate.AwaitArrivals(1);
    run.Step();
    ASSERT_TRUE(saver->Save({.step = 2}).ok());
  }
};

struct BudgetRow {
  const char* what;
  std::optional<uint64_t> budget;
  const char* frozen;  // the arrays that have no room
};
void PrintTo(const BudgetRow& row, std::ostream* out) { *out << row.what; }

class CopyBudgetRowTest
    : public CopyBudgetTest,
      public testing::WithParamInterface<std::tuple<BudgetRow, CheckpointFormat>> {};

TEST_P(CopyBudgetRowTest, WritesWhatABlockingSaveWritesAlthoughTheTrainingGoesOn) {
  const auto& [row, format] = GetParam();
  options.copy_budget = row.budget;
  options.format = format;
  SaveOneAndHoldTwo();
  EXPECT_EQ(run.Frozen(), row.frozen);
  {
    std::jthread training([this] { run.Step(), run.Step(); });
    gate.Open();
  }
  EXPECT_TRUE(saver->Wait().ok());
  EXPECT_EQ(run.Frozen(), "");
  EXPECT_EQ(FilesOf(fs, "model-2"), BlockingFiles(format));
  EXPECT_THAT(log.troubles(), IsEmpty());
}

constexpr BudgetRow kBudgetRows[] = {{"none", std::nullopt, ""},
                                     {"nothing is copied", 0, "abcd"},
                                     {"a byte less than an array", kArrayNbytes - 1, "abcd"},
                                     {"one array", kArrayNbytes, "abc"},
                                     {"between two and three", 3 * kArrayNbytes - 1, "ab"},
                                     {"all but one", 3 * kArrayNbytes, "a"},
                                     {"a byte less than all", 4 * kArrayNbytes - 1, "a"},
                                     {"all", 4 * kArrayNbytes, ""}};

INSTANTIATE_TEST_SUITE_P(, CopyBudgetRowTest,
                         testing::Combine(testing::ValuesIn(kBudgetRows),
                                          testing::ValuesIn(kFormats)),
                         [](const auto& test_info) {
                           return RowName(std::string(std::get<0>(test_info.param).what) + " " +
                                          ToString(std::get<1>(test_info.param)));
                         });

TEST_F(CopyBudgetTest, AThreadThatTrainsWaitsForFrozenVariablesAlone) {
  SaveOneAndHoldTwo();
  EXPECT_EQ(run.Frozen(), "abc");
  std::atomic<bool> has_changed_d = false, has_changed_a = false;
  std::jthread training([&] {
    run.session.WaitUntilReleased(3);
    run.Change(3);
    has_changed_d = true;
    run.session.WaitUntilReleased(0);
    run.Change(0);
    has_changed_a = true;
  });
  while (!has_changed_d) std::this_thread::yield();
  EXPECT_FALSE(has_changed_a);
  gate.Open();
  training.join();
  EXPECT_TRUE(has_changed_a);
  EXPECT_TRUE(saver->Wait().ok());
  EXPECT_EQ(FilesOf(fs, "model-2"), BlockingFiles(CheckpointFormat::kTensorFlow));
}

// A variable that no step changes is frozen again before it was released.
TEST_F(CopyBudgetTest, SavesMayOverlap) {
  SaveOneAndHoldTwo();
  ASSERT_TRUE(saver->Save({.step = 3}).ok());  // replaces model-2
  EXPECT_EQ(run.Frozen(), "abc");
  gate.LetOneThrough();
  gate.AwaitArrivals(2);
  EXPECT_EQ(run.Frozen(), "");
  ASSERT_TRUE(saver->Save({.step = 4}).ok());
  EXPECT_EQ(run.Frozen(), "abc");
  gate.Open();
  EXPECT_TRUE(saver->Wait().ok());
  EXPECT_THAT(gate.arrived(), ElementsAre("model-1", "model-3", "model-4"));
}

TEST_F(CopyBudgetTest, ASaverThatIsDestroyedWritesWhatIsFrozen) {
  SaveOneAndHoldTwo();
  gate.Open();
  saver.reset();
  EXPECT_EQ(run.Frozen(), "");
  EXPECT_EQ(FilesOf(fs, "model-2"), BlockingFiles(CheckpointFormat::kTensorFlow));
}

// An error at any call of a save releases everything, so that no thread waits for ever.
TEST_F(CopyBudgetTest, AfterAnErrorEverythingIsReleased) {
  gate.Open();
  Begin();
  int num_errors = 0;
  int64_t step = 0;
  for (const Call call : {Call::kList, Call::kCreate, Call::kAllocate, Call::kWrite, Call::kSync,
                          Call::kRename, Call::kSyncDirectory}) {
    for (uint64_t nth = 1; nth <= 3; ++nth) {
      run.Step();
      ASSERT_TRUE(saver->Save({.step = ++step}).ok());
      ASSERT_TRUE(saver->Wait().ok());
      faulty.script().Inject({.call = call, .reason = Reason::kIo, .nth = nth});
      ASSERT_TRUE(saver->Save({.step = ++step}).ok());
      run.Step();
      num_errors += saver->Wait().ok() ? 0 : 1;
      faulty.script().Reset();
      EXPECT_EQ(run.Frozen(), "") << Name(call) << " " << nth;
    }
  }
  EXPECT_GT(num_errors, 10);
}

// ---- Full disks

struct FullDiskBudgetTest : CopyBudgetTest {
  FullDiskBudgetTest() {
    options.on_saved = {};
    options.retention = {.max_to_keep = 2};
  }
  // The disk is found to be full at the nth call of this kind for model-3.
  Status SaveThree(Call call, uint64_t nth) {
    Begin();
    for (const int64_t step : {1, 2, 3}) {
      run.Step();
      if (step == 3)
        faulty.script().Inject(
            {.call = call, .reason = Reason::kNoSpace, .nth = nth, .path_part = "model-3."});
      CAIRN_RETURN_IF_ERROR(saver->Save({.step = step}).status());
      run.Step();
      CAIRN_RETURN_IF_ERROR(saver->Wait());
    }
    return {};
  }
  std::vector<std::string> Saved() { return ReadStateFile(fs, "run")->all; }
};

TEST_F(FullDiskBudgetTest, BeforeAVariableIsReleasedRoomIsMadeForASecondTry) {
  EXPECT_TRUE(SaveThree(Call::kAllocate, 1).ok());
  EXPECT_THAT(Saved(), ElementsAre("model-2", "model-3"));
}

TEST_F(FullDiskBudgetTest, AfterThatTheSaveFailsAndTheNextOneFindsRoom) {
  EXPECT_EQ(SaveThree(Call::kSync, 1).reason(), Reason::kNoSpace);
  EXPECT_THAT(log.troubles(), ElementsAre(HasSubstr("model-3 is not saved")));
  EXPECT_THAT(Saved(), ElementsAre("model-2"));
  EXPECT_EQ(run.Frozen(), "");
  EXPECT_TRUE(saver->Save({.step = 4}).ok());
  EXPECT_TRUE(saver->Wait().ok());
  EXPECT_THAT(Saved(), ElementsAre("model-2", "model-4"));
}

// ---- In the foreground: the session cannot freeze.

struct ForegroundTest : CopyBudgetTest {
  ForegroundTest() {
    gate.Open();
    saver.emplace(faulty, "run", run.session, run.components, options);
  }
};

TEST_F(ForegroundTest, SaveReturnsWhenItIsWrittenAndSaysSoOnce) {
  for (const int64_t step : {1, 2}) {
    run.Step();
    ASSERT_TRUE(saver->Save({.step = step}).ok());
    EXPECT_THAT(gate.arrived(), SizeIs(step));
  }
  run.Step();
  EXPECT_EQ(FilesOf(fs, "model-2"), BlockingFiles(CheckpointFormat::kTensorFlow));
  EXPECT_THAT(log.troubles(),
              ElementsAre("model-1 is written in the foreground, and the training waits: a copy "
                          "needs 256 bytes, copy_budget is 64, and the session cannot freeze "
                          "variables. Later saves do so, too."));
}

TEST_F(ForegroundTest, AnErrorIsReturnedAtOnce) {
  faulty.script().Inject({.call = Call::kSync, .reason = Reason::kIo, .path_part = "model-1."});
  EXPECT_EQ(saver->Save({.step = 1}).status().reason(), Reason::kIo);
  EXPECT_TRUE(saver->Wait().ok());
  EXPECT_TRUE(saver->Save({.step = 1}).ok());
}

TEST_F(ForegroundTest, TroubleOfTheDiskIsReturnedByWaitAlone) {
  faulty.script().Inject({.call = Call::kSync,
                          .reason = Reason::kNoSpace,
                          .repeat = Repeat::kSticky,
                          .path_part = "model-1."});
  EXPECT_TRUE(saver->Save({.step = 1}).ok());
  EXPECT_EQ(saver->Wait().reason(), Reason::kNoSpace);
}

}  // namespace
}  // namespace cairn
