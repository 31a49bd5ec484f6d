// A power cut at each call of a save, with every outcome that a file system allows. What was
// acknowledged stays; and each mistake that a save could make is caught.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/checkpoint/repair.h"
#include "cairn/testing/buggy_file_system.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/power_cut_states.h"
#include "cairn/train/durable_run_fixture.h"

namespace cairn {
namespace {

enum class Kind : uint8_t { kFirstSave, kLaterSave, kOverDamaged };

// The save during which the power is cut.
struct Scenario {
  const char* what;
  Kind kind = Kind::kLaterSave;
  RunOptions options = {};

  int64_t old_step() const { return kind == Kind::kFirstSave ? 0 : kOldStep; }
};

// The save of a scenario, ready to be made. The bug begins with it.
struct Attempt {
  const Scenario& scenario;
  MemoryFileSystem disk;
  FaultFileSystem machine{disk};
  BuggyFileSystem program{machine};
  std::unique_ptr<Process> process = std::make_unique<Process>(program, scenario.options);

  Attempt(const Scenario& of, Bug bug) : scenario(of) {
    EXPECT_TRUE(process->SaveUntil(scenario.old_step()).ok());
    if (scenario.kind == Kind::kOverDamaged) SaveAndDamageNewStep();
    process->Step();
    machine.script().Reset();
    program.SetBug(bug);
  }

  Promise promise(bool is_acknowledged) const {
    const bool is_damaged = scenario.kind == Kind::kOverDamaged;
    const uint64_t num_saved = static_cast<uint64_t>(scenario.old_step());
    const uint64_t num_sound = is_damaged ? 1 : std::min(num_saved, scenario.options.max_to_keep);
    return {.oldest = scenario.old_step() + (is_acknowledged ? 1 : 0),
            .newest = scenario.old_step() + 1,
            .num_sound = num_sound,
            .damaged = is_damaged && !is_acknowledged ? SavedName(kNewStep) : ""};
  }

 private:
  // The run that follows resumes at the old step, and saves the new one again.
  void SaveAndDamageNewStep() {
    EXPECT_TRUE(process->SaveUntil(kNewStep).ok());
    const std::string path = "run/model-4.data-00000-of-00001";
    EXPECT_TRUE(disk.Put(path, FlipBit(*disk.Get(path), 77)).ok());
    process = std::make_unique<Process>(program, scenario.options);
    EXPECT_TRUE(process->Resume(program).ok());
    EXPECT_EQ(process->step, kOldStep);
  }
};

struct Outcomes {
  std::map<Verdict, int> counts;
  std::map<Verdict, std::string> first;  // The first state of each verdict.
  int num_cuts = 0;
  bool is_saved = false;  // Without a power cut.
  std::string states;

  void Add(const Judgement& judgement, const std::string& place) {
    if (counts[judgement.verdict]++ == 0)
      first[judgement.verdict] = judgement.why + "\nafter a power cut " + place;
  }
};

Outcomes CutAtEachCall(const Scenario& scenario, Bug bug = Bug::kNone) {
  Outcomes outcomes;
  PowerCutStates before, after;  // the acknowledgement, with which the promise changes
  for (bool has_stopped = true; has_stopped;) {
    Attempt attempt(scenario, bug);
    FaultScript& script = attempt.machine.script();
    script.StopAt(static_cast<uint64_t>(++outcomes.num_cuts));
    const Status status = attempt.process->Save();
    has_stopped = script.has_stopped();
    const std::vector<std::string> calls = script.Mutations();
    const std::string place =
        !has_stopped ? "at the end" : "at call " + std::to_string(outcomes.num_cuts);
    const Promise promise = attempt.promise(status.ok());
    (status.ok() ? after : before)
        .ForEachNew(attempt.disk, [&](MemoryFileSystem& disk, const std::string& what) {
          outcomes.Add(Judge(disk, promise, scenario.options), place + what);
        });
    outcomes.is_saved = status.ok();
  }
  outcomes.states =
      "before the acknowledgement " + before.ToString() + "; after it " + after.ToString();
  std::printf("%s: %d cuts; %s\n", scenario.what, outcomes.num_cuts, outcomes.states.c_str());
  return outcomes;
}

const Scenario kFirst = {"FirstSave", Kind::kFirstSave};
const Scenario kRotating = {"RotatingSave", Kind::kLaterSave};
const Scenario kKeepsOne = {"KeepsOne", Kind::kLaterSave, {.max_to_keep = 1}};
const Scenario kSharded = {"Sharded", Kind::kLaterSave, {.max_shard_nbytes = 32}};
const Scenario kOverDamaged = {"OverDamaged", Kind::kOverDamaged};

class AnyPowerCutTest : public testing::TestWithParam<Scenario> {};

TEST_P(AnyPowerCutTest, LeavesTheOldOrTheNewOne) {
  const Outcomes outcomes = CutAtEachCall(GetParam());
  EXPECT_TRUE(outcomes.is_saved);
  EXPECT_GT(outcomes.num_cuts, 15);
  for (const auto& [verdict, first] : outcomes.first) {
    EXPECT_EQ(verdict, Verdict::kGood)
        << outcomes.counts.at(verdict) << " states, the first: " << first;
  }
}

INSTANTIATE_TEST_SUITE_P(, AnyPowerCutTest,
                         testing::Values(kFirst, kRotating, kKeepsOne, kSharded, kOverDamaged),
                         [](const auto& test_info) { return std::string(test_info.param.what); });

struct SeededBug {
  const char* what;
  Bug bug;
  Scenario scenario;
  Verdict caught;
};

class SeededBugTest : public testing::TestWithParam<SeededBug> {};

TEST_P(SeededBugTest, IsCaught) {
  const Outcomes outcomes = CutAtEachCall(GetParam().scenario, GetParam().bug);
  for (const auto& [verdict, count] : outcomes.counts)
    std::printf("  verdict %d: %d states\n", static_cast<int>(verdict), count);
  if (outcomes.first.contains(GetParam().caught))
    std::printf("%s\n", outcomes.first.at(GetParam().caught).c_str());
  EXPECT_TRUE(outcomes.counts.contains(GetParam().caught));
}

INSTANTIATE_TEST_SUITE_P(
    , SeededBugTest,
    testing::Values(
        SeededBug{"NoFileSync", Bug::kNoFileSync, kRotating, Verdict::kLost},
        SeededBug{"NoDataSync", Bug::kNoDataSync, kRotating, Verdict::kLost},
        SeededBug{"NoIndexSync", Bug::kNoIndexSync, kRotating, Verdict::kLost},
        SeededBug{"NoStateSync", Bug::kNoStateSync, kRotating, Verdict::kGood},
        SeededBug{"NoDirectorySync", Bug::kNoDirectorySync, kRotating, Verdict::kLost},
        SeededBug{"NoDirectorySyncBeforeIndex", Bug::kNoDirectorySyncBeforeIndex, kRotating,
                  Verdict::kTorn},
        SeededBug{"NoDirectorySyncWhileRotating", Bug::kNoDirectorySyncWhileRotating, kRotating,
                  Verdict::kTorn},
        SeededBug{"IndexBeforeData", Bug::kIndexBeforeData, kRotating, Verdict::kTorn},
        SeededBug{"IndexBeforeDataOfTheFirst", Bug::kIndexBeforeData, kFirst, Verdict::kLost},
        SeededBug{"RotationBeforeCommit", Bug::kRotationBeforeCommit, kRotating, Verdict::kTooFew},
        SeededBug{"RotationBeforeCommitOfOne", Bug::kRotationBeforeCommit, kKeepsOne,
                  Verdict::kLost},
        SeededBug{"ShortWrite", Bug::kShortWrite, kRotating, Verdict::kTorn}),
    [](const auto& test_info) { return std::string(test_info.param.what); });

}  // namespace
}  // namespace cairn
