// A power cut at each call of a save or repair, with every outcome that a file system allows. What
// was acknowledged stays, and each mistake that a save could make is caught.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <tuple>

#include "cairn/checkpoint/repair.h"
#include "cairn/run/repair_run.h"
#include "cairn/testing/buggy_file_system.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/power_cut_states.h"
#include "cairn/testing/row_name.h"
#include "cairn/testing/sanitizer.h"
#include "cairn/train/durable_run_fixture.h"

namespace cairn {
namespace {

// A disk, the machine whose power is cut, and the file system as a program with a bug uses it.
struct Computer {
  std::unique_ptr<MemoryFileSystem> disk = std::make_unique<MemoryFileSystem>();
  FaultFileSystem machine{*disk};
  BuggyFileSystem program{machine};
};

enum class Kind : uint8_t { kFirstSave, kLaterSave, kOverDamaged };

// The save during which the power is cut.
struct Scenario {
  const char* what;
  Kind kind = Kind::kLaterSave;
  RunOptions options = {};

  int64_t old_step() const { return kind == Kind::kFirstSave ? 0 : kOldStep; }
};
void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.what; }

class SaveAttempt {
 public:
  explicit SaveAttempt(const Scenario& scenario) : scenario_(scenario) {
    EXPECT_TRUE(process_->SaveUntil(scenario_.old_step()).ok());
    if (scenario_.kind == Kind::kOverDamaged) SaveAndDamageNewStep();
    process_->Step();
  }

  Computer& computer() { return computer_; }
  // Whether success was reported.
  bool Run() { return process_->Save().ok(); }

  Judgement JudgeState(MemoryFileSystem& disk, bool is_acknowledged) const {
    const bool is_damaged = scenario_.kind == Kind::kOverDamaged;
    const auto num_saved = static_cast<uint64_t>(scenario_.old_step());
    const Promise promise = {
        .oldest = scenario_.old_step() + (is_acknowledged ? 1 : 0),
        .newest = scenario_.old_step() + 1,
        .num_sound = is_damaged ? 1 : std::min(num_saved, scenario_.options.max_to_keep),
        .damaged = is_damaged && !is_acknowledged ? SavedName(kNewStep) : ""};
    return Judge(disk, promise, scenario_.options);
  }

 private:
  // The next process resumes at the old step and is about to save the new one again.
  void SaveAndDamageNewStep() {
    EXPECT_TRUE(process_->SaveUntil(kNewStep).ok());
    MemoryFileSystem& disk = *computer_.disk;
    const std::string path = "run/model-4.data-00000-of-00001";
    EXPECT_TRUE(disk.Put(path, FlipBit(*disk.Get(path), 77)).ok());
    process_ = std::make_unique<Process>(computer_.program, scenario_.options);
    EXPECT_TRUE(process_->Resume(disk).ok());
    EXPECT_EQ(process_->step, kOldStep);
  }

  const Scenario scenario_;
  Computer computer_;
  std::unique_ptr<Process> process_ =
      std::make_unique<Process>(computer_.program, scenario_.options);
};

// The save that follows a power cut.
class NextAttempt {
 public:
  explicit NextAttempt(const MemoryFileSystem& state) : computer_{state.AfterPowerCut()} {
    EXPECT_TRUE(process_.Resume(*computer_.disk).ok());
    process_.Step();
  }

  int64_t step() const { return process_.step; }

  Computer& computer() { return computer_; }
  bool Run() { return process_.Save().ok(); }

  Judgement JudgeState(MemoryFileSystem& disk, bool is_acknowledged) const {
    return Judge(
        disk, {.oldest = is_acknowledged ? step() : step() - 1, .newest = step(), .num_sound = 2});
  }

 private:
  Computer computer_;
  Process process_{computer_.program};
};

// Repairs a run, whose state file is damaged, into the directory "fixed".
class RepairAttempt {
 public:
  RepairAttempt() {
    EXPECT_TRUE(Process(*computer_.disk).SaveUntil(kNewStep).ok());
    EXPECT_TRUE(computer_.disk->Put("run/checkpoint", AsBytes("?")).ok());
    EXPECT_TRUE(computer_.disk->SyncDirectory("run").ok());
    before_ = ContentsOf(*computer_.disk);
  }

  Computer& computer() { return computer_; }
  bool Run() { return RepairsInto(computer_.program, "fixed"); }

  Judgement JudgeState(MemoryFileSystem& disk, bool is_acknowledged) const {
    if (ContentsOf(disk) != before_) return {Breach::kLost, "what was to be repaired changed"};
    if (!is_acknowledged) {
      if (!RepairsInto(disk, "again")) return {Breach::kLost, "it cannot be repaired again"};
      Judgement judgement = Judge(disk, PromiseOf("again", true));
      if (judgement.breach != Breach::kNone) return judgement;
    }
    return Judge(disk, PromiseOf("fixed", is_acknowledged));
  }

 private:
  // Errors of single checkpoints are in the report; the newest is named when all is done.
  static bool RepairsInto(FileSystem& fs, const std::string& to) {
    RepairOptions options;
    options.save = {.alignment = 64, .transfer = SmallTransfer()};
    const Result<RunRepairReport> report = RepairRun(fs, "run", to, options);
    return report.ok() && report->newest == SavedName(kNewStep);
  }

  // An unfinished repair may have any number of the checkpoints, but no torn one.
  static Promise PromiseOf(const std::string& directory, bool is_acknowledged) {
    return {.oldest = is_acknowledged ? kNewStep : 0,
            .newest = kNewStep,
            .num_sound = is_acknowledged ? 2u : 0u,
            .directory = directory};
  }

  Computer computer_;
  Contents before_;
};

// How many outcomes of one cut are tried. Three files whose contents and names are not synced have
// 1728, four have 20,736.
constexpr uint64_t kMaxPerCut = kHasSlowSanitizer ? 48 : 2048;

// The states that have been judged. The acknowledgement changes what is promised.
struct States {
  explicit States(uint64_t max_per_cut = kMaxPerCut) : before(max_per_cut), after(max_per_cut) {}

  PowerCutStates before;
  PowerCutStates after;
};

struct Outcomes {
  std::map<Breach, int> counts;
  std::map<Breach, std::string> first;  // The first state of each breach.
  uint64_t num_cuts = 0;
  bool is_acknowledged = false;  // Whether the attempt that was not cut succeeded.

  void Add(const Judgement& judgement, const std::string& place) {
    if (counts[judgement.breach]++ == 0)
      first[judgement.breach] = judgement.why + "\nafter a power cut " + place;
  }
};

// Cuts the power before each mutation of the attempt, and once more when it has ended.
template <typename Attempt, typename... Arguments>
void CutAtEachCall(States& states, Outcomes& outcomes, Bug bug, const Arguments&... arguments) {
  bool has_stopped = true;
  // A bug may show at a single call.
  const uint64_t step = bug == Bug::kNone ? kCallStep : 1;
  for (uint64_t nth = 1; has_stopped; nth += step) {
    Attempt attempt(arguments...);
    Computer& computer = attempt.computer();
    FaultScript& script = computer.machine.script();
    script.Reset();
    script.StopAt(nth);
    computer.program.SetBug(bug);
    const bool is_acknowledged = attempt.Run();
    has_stopped = script.has_stopped();
    outcomes.is_acknowledged = is_acknowledged;
    ++outcomes.num_cuts;
    const auto judge = [&](MemoryFileSystem& disk, const std::string& state) {
      outcomes.Add(attempt.JudgeState(disk, is_acknowledged),
                   "before call " + std::to_string(nth) + state);
    };
    (is_acknowledged ? states.after : states.before).ForEachNew(*computer.disk, judge);
  }
}

void Print(const std::string& what, const Outcomes& outcomes) {
  std::cout << what << ": " << outcomes.num_cuts << " power cuts; verdicts:";
  for (const auto& [breach, count] : outcomes.counts) std::cout << " " << count << " " << breach;
  std::cout << "\n";
}

void Print(const States& states) {
  std::cout << "  before success " << states.before.ToString() << "\n  after success "
            << states.after.ToString() << "\n";
}

template <typename Attempt, typename... Arguments>
Outcomes CutAtEachCallOf(const std::string& what, Bug bug, const Arguments&... arguments) {
  States states;
  Outcomes outcomes;
  CutAtEachCall<Attempt>(states, outcomes, bug, arguments...);
  Print(what, outcomes);
  Print(states);
  return outcomes;
}

void ExpectAllGood(const Outcomes& outcomes) {
  EXPECT_TRUE(outcomes.is_acknowledged);
  EXPECT_GT(outcomes.num_cuts * kCallStep, 12u);
  EXPECT_GT(outcomes.counts.at(Breach::kNone) * static_cast<int64_t>(kCallStep), 12);
  for (const auto& [breach, first] : outcomes.first) {
    EXPECT_EQ(breach, Breach::kNone)
        << outcomes.counts.at(breach) << " states, the first: " << first;
  }
}

const Scenario kFirst = {"first save", Kind::kFirstSave};
const Scenario kRotating = {"save that rotates"};
const Scenario kKeepsOne = {"save that keeps one", Kind::kLaterSave, {.max_to_keep = 1}};
const Scenario kSharded = {"save of two shards", Kind::kLaterSave, {.max_shard_nbytes = 1000}};
const Scenario kSafetensors = {
    "save of safetensors", Kind::kLaterSave, {.format = CheckpointFormat::kSafetensors}};
const Scenario kNpz = {"save of npz", Kind::kLaterSave, {.format = CheckpointFormat::kNpz}};
const Scenario kOverDamaged = {"save that moves a damaged one aside", Kind::kOverDamaged};

class AnyPowerCutTest : public testing::TestWithParam<std::tuple<Scenario, SaveMode>> {};

TEST_P(AnyPowerCutTest, LeavesTheOldOrTheNewOne) {
  auto [scenario, mode] = GetParam();
  scenario.options.mode = mode;
  ExpectAllGood(CutAtEachCallOf<SaveAttempt>(scenario.what, Bug::kNone, scenario));
}

INSTANTIATE_TEST_SUITE_P(, AnyPowerCutTest,
                         testing::Combine(testing::Values(kFirst, kRotating, kKeepsOne, kSharded,
                                                          kOverDamaged, kSafetensors, kNpz),
                                          testing::ValuesIn(kSaveModes)),
                         [](const auto& test_info) {
                           return RowName(std::string(std::get<0>(test_info.param).what) + " " +
                                          ToString(std::get<1>(test_info.param)));
                         });

TEST(RepairPowerCutTest, LeavesTheRunAndNoTornCheckpoint) {
  ExpectAllGood(CutAtEachCallOf<RepairAttempt>("repair", Bug::kNone));
}

TEST(RepairPowerCutTest, ABugIsCaught) {
  const Outcomes outcomes =
      CutAtEachCallOf<RepairAttempt>("repair, index before data", Bug::kIndexBeforeData);
  EXPECT_GT(outcomes.counts.at(Breach::kTorn), 0);
}

// The power is cut in a save, and again in the save that follows. This includes a crash without a
// power cut in either place: it is the outcome in which every change reached the disk. Pairs of
// combinations are too many to try all.
TEST(SecondPowerCutTest, LeavesTheOldOrTheNewOne) {
  constexpr uint64_t kFew = kHasSlowSanitizer ? 32 : 64;
  PowerCutStates first(kFew);
  std::map<int64_t, States> second;  // Keyed by the step that is saved.
  Outcomes outcomes;
  bool has_stopped = true;
  for (uint64_t nth = 1; has_stopped; nth += kCallStep) {
    SaveAttempt attempt(kRotating);
    FaultScript& script = attempt.computer().machine.script();
    script.Reset();
    script.StopAt(nth);
    (void)attempt.Run();
    has_stopped = script.has_stopped();
    first.ForEachNew(*attempt.computer().disk, [&](MemoryFileSystem& state, const std::string&) {
      const int64_t step = NextAttempt(state).step();
      States& states = second.try_emplace(step, kFew).first->second;
      CutAtEachCall<NextAttempt>(states, outcomes, Bug::kNone, state);
    });
  }
  Print("save after a power cut", outcomes);
  for (const auto& [step, states] : second) Print(states);
  ExpectAllGood(outcomes);
}

// A mistake, and the worst that it leads to.
struct SeededBug {
  const char* what;
  Bug bug;
  Scenario scenario;
  Breach worst;
};
void PrintTo(const SeededBug& seeded, std::ostream* out) { *out << seeded.what; }

class SeededBugTest : public testing::TestWithParam<SeededBug> {};

TEST_P(SeededBugTest, IsCaught) {
  const SeededBug& seeded = GetParam();
  const Outcomes outcomes = CutAtEachCallOf<SaveAttempt>(seeded.what, seeded.bug, seeded.scenario);
  ASSERT_TRUE(outcomes.first.contains(seeded.worst));
  EXPECT_EQ(outcomes.first.rbegin()->first, seeded.worst) << outcomes.first.rbegin()->second;
  std::cout << "the first: " << outcomes.first.at(seeded.worst) << "\n";
}

// Reading back before the commit finds this one, wherever the power is cut.
TEST(ShortWritesTest, AreNeverCommitted) {
  const Outcomes outcomes =
      CutAtEachCallOf<SaveAttempt>("short writes are ignored", Bug::kShortWrite, kRotating);
  EXPECT_FALSE(outcomes.is_acknowledged);
  EXPECT_EQ(outcomes.counts.size(), 1u) << "some states are not good";
  EXPECT_GT(outcomes.counts.at(Breach::kNone), 0);
  SaveAttempt attempt(kRotating);
  attempt.computer().program.SetBug(Bug::kShortWrite);
  EXPECT_FALSE(attempt.Run());
}

INSTANTIATE_TEST_SUITE_P(
    , SeededBugTest,
    testing::Values(
        SeededBug{"no sync of files", Bug::kNoFileSync, kRotating, Breach::kLost},
        SeededBug{"no sync of the data", Bug::kNoDataSync, kRotating, Breach::kLost},
        SeededBug{"no sync of the index", Bug::kNoIndexSync, kRotating, Breach::kLost},
        // This one loses no run: resuming reads the directory, not only the state file.
        SeededBug{"no sync of the state file", Bug::kNoStateSync, kRotating, Breach::kTornState},
        SeededBug{"no sync of the directory", Bug::kNoDirectorySync, kRotating, Breach::kLost},
        SeededBug{"no sync of the directory before the index", Bug::kNoDirectorySyncBeforeIndex,
                  kRotating, Breach::kTorn},
        SeededBug{"no sync of the directory in rotation", Bug::kNoDirectorySyncWhileRotating,
                  kRotating, Breach::kTorn},
        SeededBug{"index before data", Bug::kIndexBeforeData, kRotating, Breach::kTorn},
        SeededBug{"state file before the commit", Bug::kStateBeforeCommit, kRotating,
                  Breach::kTornState},
        SeededBug{"state file before the commit in the first save", Bug::kStateBeforeCommit, kFirst,
                  Breach::kLost},
        SeededBug{"index before data in the first save", Bug::kIndexBeforeData, kFirst,
                  Breach::kLost},
        SeededBug{"rotation before commit", Bug::kRotationBeforeCommit, kRotating, Breach::kTooFew},
        SeededBug{"rotation before commit of the only one", Bug::kRotationBeforeCommit, kKeepsOne,
                  Breach::kLost}),
    [](const auto& test_info) { return RowName(test_info.param.what); });

}  // namespace
}  // namespace cairn
