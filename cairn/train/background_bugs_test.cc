// The mistakes that a saver in the background could make, each made on purpose: the judge of
// durable_run_fixture.h must notice every one of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <tuple>

#include "cairn/saver/background_writer.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/row_name.h"
#include "cairn/train/durable_run_fixture.h"
#include "cairn/transfer/materialize.h"

namespace cairn {
namespace {

enum class Mistake : uint8_t {
  kNone,
  kLateSnapshot,         // the values are read when they are written, after the next step
  kErrorDropped,         // a failed save looks like one that is done
  kJobDropped,           // what waits when the saver is destroyed is not written
  kAcknowledgedTooSoon,  // the save is reported as done when it begins
};

// Does what ModelSaver does in the background, with a mistake. The thread begins to write when it
// is told to, so that the trainer is always ahead of it.
class MistakenSaver {
 public:
  MistakenSaver(FileSystem& fs, ToyRun& run, Mistake mistake)
      : run_(run), mistake_(mistake), writer_(fs, "run", WriterOptions()) {}
  ~MistakenSaver() { LetWrite(); }

  Status Save(const TrainPosition& position) {
    CAIRN_RETURN_IF_ERROR(writer_.Begin());
    std::vector<VariableId> ids;
    for (VariableId id = 0; id < run_.session.variables().size(); ++id)
      if (!run_.session.variables()[id].collections.local) ids.push_back(id);
    CAIRN_ASSIGN_OR_RETURN(const RunState state, run_.components.Save(position));
    CAIRN_ASSIGN_OR_RETURN(const TensorDict variables, run_.session.Snapshot(ids));
    CAIRN_ASSIGN_OR_RETURN(TensorDict dict, WithRunState(variables, state));
    if (mistake_ != Mistake::kLateSnapshot) {
      CAIRN_ASSIGN_OR_RETURN(dict, memory_.Copy(dict, SmallTransfer()));
    }
    if (mistake_ == Mistake::kAcknowledgedTooSoon) acknowledged_ = position.step;
    background_->WaitForTurn(/*must_save=*/true);
    background_->Put({.step = position.step, .dict = std::move(dict)});
    return {};
  }

  void LetWrite() {
    if (!may_write_.try_wait()) may_write_.count_down();
  }
  void Drop() { is_dropped_ = mistake_ == Mistake::kJobDropped; }
  Status Wait() {
    background_->WaitUntilIdle();
    return background_->TakeError();
  }
  int64_t acknowledged() const { return acknowledged_; }

 private:
  static CheckpointWriterOptions WriterOptions() {
    return {.retention = {.max_to_keep = 2},
            .save = {.alignment = 64, .transfer = SmallTransfer()},
            .clock = [] { return 1'700'000'000.0; }};
  }

  Result<SavedCheckpoint> Write(const SaveJob& job) {
    may_write_.wait();
    SavedCheckpoint nothing = {.name = SavedName(job.step)};
    nothing.was_skipped = is_dropped_;
    if (is_dropped_) return nothing;
    const Result<SavedCheckpoint> saved = writer_.Write(job);
    if (!saved.ok() && mistake_ == Mistake::kErrorDropped) return nothing;
    return saved;
  }

  ToyRun& run_;
  const Mistake mistake_;
  CheckpointWriter writer_;
  SnapshotMemory memory_;
  std::latch may_write_{1};
  std::atomic<bool> is_dropped_ = false;
  std::atomic<int64_t> acknowledged_ = kOldStep;
  std::unique_ptr<BackgroundWriter> background_ =
      *BackgroundWriter::Start([this](const SaveJob& job) { return Write(job); },
                               [this](const SavedCheckpoint& saved) {
                                 if (!saved.was_skipped)
                                   acknowledged_ = StepOfSavedName(saved.name).value();
                               },
                               IfStillSaving::kWait, NoLog());
};

// The events while kNewStep is saved, after kOldStep was.
enum class Event : uint8_t { kDestruction, kDiskError, kPowerCut };

struct Row {
  const char* what;
  Mistake mistake;
  Event event;
  Breach breach;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.what; }

Judgement JudgeAfter(const Row& row) {
  MemoryFileSystem disk;
  EXPECT_TRUE(Process(disk).SaveUntil(kOldStep).ok());
  FaultFileSystem machine(disk);
  ToyRun run;
  for (int64_t i = 0; i < kNewStep; ++i) run.Step();

  int64_t acknowledged = kOldStep;
  {
    MistakenSaver saver(machine, run, row.mistake);
    EXPECT_TRUE(saver.Save({.step = kNewStep}).ok());
    run.Step();
    if (row.event == Event::kDiskError)
      machine.script().Inject({.call = Call::kSync, .reason = Reason::kIo, .path_part = "index"});
    if (row.event == Event::kPowerCut) machine.script().StopAt(1);
    if (row.event == Event::kDestruction) saver.Drop();
    saver.LetWrite();
    acknowledged = saver.Wait().ok() ? kNewStep : saver.acknowledged();
  }
  const auto left = disk.AfterPowerCut();
  return Judge(*left, {.oldest = acknowledged, .newest = kNewStep, .num_sound = 2});
}

class BackgroundBugTest : public testing::TestWithParam<Row> {};

TEST_P(BackgroundBugTest, IsCaught) {
  const Judgement judgement = JudgeAfter(GetParam());
  EXPECT_EQ(judgement.breach, GetParam().breach) << judgement.why;
}

INSTANTIATE_TEST_SUITE_P(
    , BackgroundBugTest,
    testing::Values(
        Row{"no mistake", Mistake::kNone, Event::kDestruction, Breach::kNone},
        Row{"no mistake and an error of the disk", Mistake::kNone, Event::kDiskError,
            Breach::kNone},
        Row{"no mistake and a power cut", Mistake::kNone, Event::kPowerCut, Breach::kNone},
        Row{"a snapshot after the next step", Mistake::kLateSnapshot, Event::kDestruction,
            Breach::kWrongState},
        Row{"an error that is dropped", Mistake::kErrorDropped, Event::kDiskError, Breach::kLost},
        Row{"a job that is dropped at the end", Mistake::kJobDropped, Event::kDestruction,
            Breach::kLost},
        Row{"acknowledged too soon", Mistake::kAcknowledgedTooSoon, Event::kPowerCut,
            Breach::kLost}),
    [](const auto& test_info) { return RowName(test_info.param.what); });

}  // namespace
}  // namespace cairn
