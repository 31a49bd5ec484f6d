// A power cut at each call of a save or repair, with every outcome that a file system allows. What
// was acknowledged stays, and each mistake that a save could make is caught.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "cairn/checkpoint/repair.h"
#include "cairn/testing/buggy_file_system.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/power_cut_states.h"
#include "cairn/train/durable_run_fixture.h"

namespace cairn {
namespace {

// A program with a bug, on a machine that stops, with a disk that forgets.
struct Computer {
  MemoryFileSystem disk;
  FaultFileSystem machine{disk};
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

class SaveAttempt {
 public:
  explicit SaveAttempt(const Scenario& scenario) : scenario_(scenario) {
    EXPECT_TRUE(process_->SaveUntil(scenario_.old_step()).ok());
    if (scenario_.kind == Kind::kOverDamaged) SaveAndDamageNewStep();
    process_->Step();
  }

  Computer& computer() { return computer_; }
  Status Run() { return process_->Save(); }

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
    MemoryFileSystem& disk = computer_.disk;
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

// Repairs a run, whose state file is damaged, into the directory "fixed".
class RepairAttempt {
 public:
  RepairAttempt() {
    EXPECT_TRUE(Process(computer_.disk).SaveUntil(kNewStep).ok());
    EXPECT_TRUE(computer_.disk.Put("run/checkpoint", AsBytes("?")).ok());
    EXPECT_TRUE(computer_.disk.SyncDirectory("run").ok());
    before_ = ContentsOf(computer_.disk);
  }

  Computer& computer() { return computer_; }
  Status Run() { return RepairInto(computer_.program, "fixed"); }

  Judgement JudgeState(MemoryFileSystem& disk, bool is_acknowledged) const {
    if (ContentsOf(disk) != before_) return {Breach::kLost, "what was to be repaired changed"};
    if (!is_acknowledged) {
      const Status again = RepairInto(disk, "again");
      if (!again.ok()) return {Breach::kLost, std::string(again.message())};
      Judgement judgement = Judge(disk, PromiseOf("again", true));
      if (judgement.breach != Breach::kNone) return judgement;
    }
    return Judge(disk, PromiseOf("fixed", is_acknowledged));
  }

 private:
  static Status RepairInto(FileSystem& fs, const std::string& to) {
    RepairOptions options;
    options.save = {.alignment = 64, .transfer = {}};
    options.save.transfer.threads = 1;
    return RepairRun(fs, "run", to, options).status();
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

struct Outcomes {
  std::map<Breach, int> counts;
  std::map<Breach, std::string> first;  // The first state of each breach.
  uint64_t num_cuts = 0;
  bool is_saved = false;  // By the attempt that is not cut.

  void Add(const Judgement& judgement, const std::string& place) {
    if (counts[judgement.breach]++ == 0)
      first[judgement.breach] = judgement.why + "\nafter a power cut " + place;
  }
  void Print(const std::string& what, const std::string& states) const {
    std::cout << what << ": " << num_cuts << " power cuts, " << states << "; verdicts:";
    for (const auto& [breach, count] : counts) std::cout << " " << count << " " << breach << ",";
    std::cout << "\n";
  }
};

// Cuts the power before each mutation of the attempt, and once more when it has ended.
template <typename Attempt, typename... Arguments>
Outcomes CutAtEachCall(const std::string& what, Bug bug, const Arguments&... arguments) {
  Outcomes outcomes;
  PowerCutStates before, after;  // The acknowledgement changes what is promised.
  for (bool has_stopped = true; has_stopped; ++outcomes.num_cuts) {
    Attempt attempt(arguments...);
    Computer& computer = attempt.computer();
    FaultScript& script = computer.machine.script();
    script.Reset();
    script.StopAt(outcomes.num_cuts + 1);
    computer.program.SetBug(bug);
    const bool is_acknowledged = attempt.Run().ok();
    has_stopped = script.has_stopped();
    outcomes.is_saved = is_acknowledged && !has_stopped;
    const std::string place = "before call " + std::to_string(outcomes.num_cuts + 1);
    (is_acknowledged ? after : before)
        .ForEachNew(computer.disk, [&](MemoryFileSystem& disk, const std::string& state) {
          outcomes.Add(attempt.JudgeState(disk, is_acknowledged), place + state);
        });
  }
  outcomes.Print(what, before.ToString() + " before success, " + after.ToString() + " after it");
  return outcomes;
}

void ExpectAllGood(const Outcomes& outcomes) {
  EXPECT_TRUE(outcomes.is_saved);
  EXPECT_GT(outcomes.num_cuts, 15u);
  EXPECT_GT(outcomes.counts.at(Breach::kNone), 25);
  for (const auto& [breach, first] : outcomes.first) {
    EXPECT_EQ(breach, Breach::kNone)
        << outcomes.counts.at(breach) << " states, the first: " << first;
  }
}

const Scenario kFirst = {"FirstSave", Kind::kFirstSave};
const Scenario kRotating = {"RotatingSave"};
const Scenario kKeepsOne = {"RotatingSaveThatKeepsOne", Kind::kLaterSave, {.max_to_keep = 1}};
const Scenario kSharded = {"SaveOfShards", Kind::kLaterSave, {.max_shard_nbytes = 1000}};
const Scenario kOverDamaged = {"SaveThatMovesADamagedOneAside", Kind::kOverDamaged};

class AnyPowerCutTest : public testing::TestWithParam<Scenario> {};

TEST_P(AnyPowerCutTest, LeavesTheOldOrTheNewOne) {
  ExpectAllGood(CutAtEachCall<SaveAttempt>(GetParam().what, Bug::kNone, GetParam()));
}

INSTANTIATE_TEST_SUITE_P(, AnyPowerCutTest,
                         testing::Values(kFirst, kRotating, kKeepsOne, kSharded, kOverDamaged),
                         [](const auto& test_info) { return std::string(test_info.param.what); });

TEST(RepairPowerCutTest, LeavesTheRunAndNoTornCheckpoint) {
  ExpectAllGood(CutAtEachCall<RepairAttempt>("Repair", Bug::kNone));
}

TEST(RepairPowerCutTest, ABugIsCaught) {
  const Outcomes outcomes =
      CutAtEachCall<RepairAttempt>("Repair, no sync of the index", Bug::kNoIndexSync);
  EXPECT_GT(outcomes.counts.at(Breach::kTorn), 0);
}

struct SeededBug {
  const char* what;
  Bug bug;
  Scenario scenario;
  Breach worst;
};

class SeededBugTest : public testing::TestWithParam<SeededBug> {};

TEST_P(SeededBugTest, IsCaught) {
  const SeededBug& seeded = GetParam();
  const Outcomes outcomes = CutAtEachCall<SaveAttempt>(seeded.what, seeded.bug, seeded.scenario);
  ASSERT_TRUE(outcomes.first.contains(seeded.worst));
  EXPECT_EQ(outcomes.first.rbegin()->first, seeded.worst) << outcomes.first.rbegin()->second;
  std::cout << "the first: " << outcomes.first.at(seeded.worst) << "\n";
}

INSTANTIATE_TEST_SUITE_P(
    , SeededBugTest,
    testing::Values(
        SeededBug{"NoFileSync", Bug::kNoFileSync, kRotating, Breach::kLost},
        SeededBug{"NoDataSync", Bug::kNoDataSync, kRotating, Breach::kLost},
        SeededBug{"NoIndexSync", Bug::kNoIndexSync, kRotating, Breach::kLost},
        SeededBug{"NoStateSync", Bug::kNoStateSync, kRotating, Breach::kTornState},
        SeededBug{"NoDirectorySync", Bug::kNoDirectorySync, kRotating, Breach::kLost},
        SeededBug{"NoDirectorySyncBeforeIndex", Bug::kNoDirectorySyncBeforeIndex, kRotating,
                  Breach::kTorn},
        SeededBug{"NoDirectorySyncWhileRotating", Bug::kNoDirectorySyncWhileRotating, kRotating,
                  Breach::kTorn},
        SeededBug{"IndexBeforeData", Bug::kIndexBeforeData, kRotating, Breach::kTorn},
        SeededBug{"IndexBeforeDataOfTheFirst", Bug::kIndexBeforeData, kFirst, Breach::kLost},
        SeededBug{"RotationBeforeCommit", Bug::kRotationBeforeCommit, kRotating, Breach::kTooFew},
        SeededBug{"RotationBeforeCommitOfOne", Bug::kRotationBeforeCommit, kKeepsOne,
                  Breach::kLost},
        SeededBug{"ShortWrite", Bug::kShortWrite, kRotating, Breach::kTorn}),
    [](const auto& test_info) { return std::string(test_info.param.what); });

}  // namespace
}  // namespace cairn
