// ModelSaver with `background`: the training goes on while a thread writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>

#include "cairn/io/memory_file_system.h"
#include "cairn/state/run_directory.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/train/gate_fixture.h"
#include "cairn/train/toy_run.h"
#include "cairn/train/whole_run_fixture.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct BackgroundSavesTest : testing::Test {
  MemoryFileSystem fs;
  ToyRun run;
  Gate gate;
  ModelSaverOptions options{
      .retention = {.max_to_keep = 9},
      .background = true,
      .on_saved = [this](const SavedCheckpoint& saved) { gate.Arrive(saved); }};

  // One step, and a save after it.
  Status StepAndSave(ModelSaver& saver, int64_t step) {
    run.Step();
    return saver.Save({.step = step}).status();
  }
  std::vector<float> WeightsAt(int64_t step) {
    ToyRun other;
    const auto dict = Open(fs, "run/" + SavedName(step));
    EXPECT_TRUE(dict.ok()) << dict.status().message();
    EXPECT_TRUE(Apply(other.session, MakePlan(other.session, *dict)).ok());
    return other.weights;
  }
  std::vector<std::string> Saved() {
    std::vector<std::string> names;
    const Result<RunDirectory> directory = ScanRunDirectory(fs, "run");
    EXPECT_TRUE(directory.ok()) << directory.status().message();
    for (const RunCheckpoint& checkpoint : directory->checkpoints) names.push_back(checkpoint.name);
    return names;
  }
};

TEST_F(BackgroundSavesTest, HoldTheValuesOfTheirStep) {
  gate.Open();
  std::map<int64_t, std::vector<float>> weights;
  {
    ModelSaver saver(fs, "run", run.session, run.components, options);
    for (int64_t step = 1; step <= 5; ++step) {
      ASSERT_TRUE(StepAndSave(saver, step).ok());
      weights[step] = run.weights;
      std::ranges::fill(run.weights, -1.0f);  // while the copy is being written
      run.weights = weights[step];
    }
    EXPECT_TRUE(saver.Wait().ok());
  }
  for (const auto& [step, expected] : weights) EXPECT_EQ(WeightsAt(step), expected) << step;
  EXPECT_EQ(ReadStateFile(fs, "run")->latest, "model-5");
}

TEST_F(BackgroundSavesTest, WriteTheBytesThatBlockingSavesWrite) {
  gate.Open();
  MemoryFileSystem other;
  ToyRun twin;
  {
    ModelSaver saver(fs, "run", run.session, run.components, options);
    ASSERT_TRUE(StepAndSave(saver, 1).ok());
    ModelSaver blocking(other, "run", twin.session, twin.components, {});
    twin.Step();
    ASSERT_TRUE(blocking.Save({.step = 1}).ok());
  }
  for (const char* end : {".index", ".data-00000-of-00001"}) {
    EXPECT_EQ(*fs.Get(std::string("run/model-1") + end),
              *other.Get(std::string("run/model-1") + end));
  }
}

TEST_F(BackgroundSavesTest, SkipWhileOneIsBeingWritten) {
  options.if_still_saving = IfStillSaving::kSkip;
  ModelSaver saver(fs, "run", run.session, run.components, options);
  ASSERT_TRUE(StepAndSave(saver, 1).ok());
  gate.AwaitArrivals(1);
  const auto skipped = saver.Save({.step = 2});
  ASSERT_TRUE(skipped.ok());
  EXPECT_TRUE(skipped->was_skipped);
  gate.Open();
  ASSERT_TRUE(saver.Wait().ok());
  EXPECT_FALSE(saver.Save({.step = 3})->was_skipped);
  ASSERT_TRUE(saver.Wait().ok());
  EXPECT_THAT(Saved(), ElementsAre("model-1", "model-3"));
}

TEST_F(BackgroundSavesTest, ReplaceTheOneThatWaits) {
  options.if_still_saving = IfStillSaving::kReplaceWaiting;
  ModelSaver saver(fs, "run", run.session, run.components, options);
  ASSERT_TRUE(StepAndSave(saver, 1).ok());
  gate.AwaitArrivals(1);
  for (int64_t step = 2; step <= 4; ++step) ASSERT_TRUE(StepAndSave(saver, step).ok());
  gate.Open();
  ASSERT_TRUE(saver.Wait().ok());
  EXPECT_THAT(Saved(), ElementsAre("model-1", "model-4"));
  EXPECT_EQ(WeightsAt(4), run.weights);
}

TEST_F(BackgroundSavesTest, OneThatIsToBeCopiedIsNotReplaced) {
  options.if_still_saving = IfStillSaving::kReplaceWaiting;
  ModelSaver saver(fs, "run", run.session, run.components, options);
  ASSERT_TRUE(StepAndSave(saver, 1).ok());
  gate.AwaitArrivals(1);
  saver.CopyTo("min-cost", 2);
  ASSERT_TRUE(StepAndSave(saver, 2).ok());
  gate.LetOneThrough();
  ASSERT_TRUE(StepAndSave(saver, 3).ok());  // waits until model-2 is no longer waiting
  gate.Open();
  ASSERT_TRUE(saver.Wait().ok());
  EXPECT_THAT(gate.arrived(), ElementsAre("model-1", "model-2", "model-3"));
}

TEST_F(BackgroundSavesTest, AnErrorIsReturnedOnceByTheNextSave) {
  gate.Open();
  FaultFileSystem faulty(fs);
  faulty.script().Inject({.call = Call::kSync, .reason = Reason::kIo, .path_part = "model-1."});
  ModelSaver saver(faulty, "run", run.session, run.components, options);
  ASSERT_TRUE(StepAndSave(saver, 1).ok());
  EXPECT_EQ(StepAndSave(saver, 2).reason(), Reason::kIo);
  EXPECT_TRUE(StepAndSave(saver, 3).ok());
  EXPECT_TRUE(saver.Wait().ok());
  EXPECT_THAT(Saved(), ElementsAre("model-3"));
}

TEST_F(BackgroundSavesTest, OrByWait) {
  gate.Open();
  FaultFileSystem faulty(fs);
  faulty.script().Inject({.call = Call::kSync, .reason = Reason::kIo, .path_part = "model-1."});
  ModelSaver saver(faulty, "run", run.session, run.components, options);
  ASSERT_TRUE(StepAndSave(saver, 1).ok());
  EXPECT_EQ(saver.Wait().reason(), Reason::kIo);
  EXPECT_TRUE(saver.Wait().ok());
  EXPECT_TRUE(StepAndSave(saver, 2).ok());
}

TEST_F(BackgroundSavesTest, TroubleOfTheDiskIsReturnedByWaitAlone) {
  gate.Open();
  for (const Reason reason : {Reason::kNoSpace, Reason::kReadOnly}) {
    FaultFileSystem faulty(fs);
    faulty.script().Inject({.call = Call::kCreate,
                            .reason = reason,
                            .repeat = Repeat::kSticky,
                            .path_part = "model-1."});
    ModelSaver saver(faulty, "run", run.session, run.components, options);
    ASSERT_TRUE(saver.Save({.step = 1}).ok());
    ASSERT_TRUE(saver.Save({.step = reason == Reason::kNoSpace ? 2 : 3}).ok());
    EXPECT_EQ(saver.Wait().reason(), reason);
    EXPECT_TRUE(saver.Wait().ok());
  }
  EXPECT_THAT(Saved(), ElementsAre("model-2", "model-3"));
}

TEST_F(BackgroundSavesTest, ASaverThatIsDestroyedHasWrittenEverything) {
  gate.Open();
  {
    ModelSaver saver(fs, "run", run.session, run.components, options);
    ASSERT_TRUE(StepAndSave(saver, 1).ok());
  }
  EXPECT_THAT(Saved(), ElementsAre("model-1"));
}

TEST_F(BackgroundSavesTest, ASecondTrainerStopsBeforeItTrains) {
  gate.Open();
  ModelSaver saver(fs, "run", run.session, run.components, options);
  ASSERT_TRUE(StepAndSave(saver, 1).ok());
  ToyRun other;
  ModelSaver second(fs, "run", other.session, other.components, options);
  EXPECT_EQ(second.Save({.step = 1}).status().reason(), Reason::kLocked);
}

TEST_F(BackgroundSavesTest, ASaveThatLostItsLeaseDoesNotCommit) {
  ModelSaver saver(fs, "run", run.session, run.components, options);
  ASSERT_TRUE(StepAndSave(saver, 1).ok());
  gate.AwaitArrivals(1);
  // Another host takes the run over.
  ASSERT_TRUE(
      fs.Put("run/.cairn.lock", AsBytes(FormatLease({.number = 99, .holder = ThisProcess()})))
          .ok());
  gate.Open();
  ASSERT_TRUE(StepAndSave(saver, 2).ok());
  EXPECT_EQ(saver.Wait().reason(), Reason::kLocked);
  EXPECT_THAT(Saved(), ElementsAre("model-1"));
}

// Holds every save before its commit, and outlives the callbacks.
struct HeldCommit {
  std::latch has_come{1};
  std::latch may_go_on{1};
};

class HoldsCommit final : public Callback {
 public:
  explicit HoldsCommit(std::shared_ptr<HeldCommit> held) : held_(std::move(held)) {}
  std::string_view name() const override { return name_; }
  std::string SaveState() const override { return "state"; }
  std::function<Status()> MakeFileSync() const override {
    return [held = held_] {
      held->has_come.count_down();
      held->may_go_on.wait();
      return Status();
    };
  }

 private:
  const std::string name_ = "a name that does not fit into a short string";
  std::shared_ptr<HeldCommit> held_;
};

// AddressSanitizer sees a use of what is gone.
TEST_F(BackgroundSavesTest, CallbacksMayBeDestroyedWhileACheckpointIsWritten) {
  gate.Open();
  const auto held = std::make_shared<HeldCommit>();
  RunComponents components;
  ModelSaver saver(fs, "run", run.session, components, options);
  auto holds = std::make_unique<HoldsCommit>(held);
  auto monitors = std::make_unique<Monitors>(fs, "run", NoLog());
  auto min_saver = std::make_unique<MinSaver>(*monitors, saver, "cost");
  auto periodic = std::make_unique<PeriodicTrigger>(saver, TriggerPeriod{.every_k_steps = 1});
  for (Callback* callback : std::initializer_list<Callback*>{holds.get(), monitors.get(),
                                                             min_saver.get(), periodic.get()})
    components.Add(*callback);
  ASSERT_TRUE(monitors->BeforeTrain({}).ok());
  monitors->Put("cost", 0.5);
  ASSERT_TRUE(monitors->TriggerStep({.step = 1}).ok());
  ASSERT_TRUE(min_saver->Trigger({.step = 1}).ok());
  ASSERT_TRUE(periodic->TriggerStep({.step = 1}).ok());
  held->has_come.wait();
  periodic.reset();
  min_saver.reset();
  monitors.reset();
  holds.reset();
  held->may_go_on.count_down();
  EXPECT_TRUE(saver.Wait().ok());
  EXPECT_THAT(Saved(), ElementsAre("min-cost", "model-1"));
  // The events of the step were synced before the commit.
  EXPECT_EQ(EventsOf(*fs.AfterPowerCut()), "cost 0.5 at 1\n");
}

// Saves that wait for no disk survive the end of the process, which is all that they promise.
TEST_F(BackgroundSavesTest, ForTheProcessAloneNothingIsSynced) {
  gate.Open();
  options.durability = SaveDurability::kProcess;
  FaultFileSystem traced(fs);
  {
    ModelSaver saver(traced, "run", run.session, run.components, options);
    for (int64_t step = 1; step <= 3; ++step) {
      ASSERT_TRUE(StepAndSave(saver, step).ok());
      ASSERT_TRUE(saver.Wait().ok());
      if (step == 1) traced.script().Reset();  // the directory itself is synced
    }
  }
  std::vector<std::string> syncs;
  for (const TracedCall& call : traced.script().trace()) {
    if (call.call == Call::kSync || call.call == Call::kSyncDirectory)
      syncs.push_back(ToString(call));
  }
  EXPECT_THAT(syncs, IsEmpty());
  EXPECT_THAT(Saved(), ElementsAre("model-1", "model-2", "model-3"));
}

}  // namespace
}  // namespace cairn
