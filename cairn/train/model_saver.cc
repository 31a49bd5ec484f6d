#include "cairn/train/model_saver.h"

#include <algorithm>
#include <utility>

#include "cairn/checkpoint/formats.h"
#include "cairn/core/escape.h"
#include "cairn/graph/graph_file.h"
#include "cairn/io/durable_files.h"
#include "cairn/io/path.h"
#include "cairn/monitor/time_stamp.h"
#include "cairn/saver/background_writer.h"
#include "cairn/saver/checkpoint_writer.h"
#include "cairn/saver/newest_record.h"
#include "cairn/saver/retention_record.h"
#include "cairn/state/run_directory.h"
#include "cairn/train/keep_values.h"
#include "cairn/train/variables_in.h"
#include "cairn/transfer/materialize.h"

namespace cairn {
namespace {

CheckpointWriterOptions WriterOptions(const ModelSaverOptions& options,
                                      const RunComponents& components) {
  SaveOptions save = options.save;
  save.alignment = std::min(save.alignment, FormatOf(options.format).max_alignment);
  if (options.background && save.transfer.threads == 0) save.transfer.threads = 1;
  // The training beside it keeps the memory's speed; nobody waits for a save in the background.
  if (options.background) save.page_cache = PageCache::kBypass;
  return {.retention = options.retention,
          .format = options.format,
          .durability = options.durability,
          .if_held_elsewhere = options.if_held_elsewhere,
          .environment = &components.environment(),
          .save = save,
          .clock = options.clock};
}

// The function that a callback made to sync its files, and the place that its errors name.
struct FileSync {
  std::string place;
  std::function<Status()> sync;
};

// Returns a function that syncs the files of all callbacks, and does not use the callbacks: they
// may be gone by then.
std::function<Status()> MakeSyncOf(std::span<Callback* const> callbacks) {
  std::vector<FileSync> syncs;
  for (const Callback* callback : callbacks) {
    if (auto sync = callback->MakeFileSync())
      syncs.push_back({"callback " + Quoted(callback->name()), std::move(sync)});
  }
  return [syncs = std::move(syncs)]() -> Status {
    for (const FileSync& file : syncs) CAIRN_RETURN_IF_ERROR(file.sync().In(file.place));
    return {};
  };
}

}  // namespace

ModelSaver::ModelSaver(FileSystem& fs, std::string directory, Session& session,
                       const RunComponents& components, ModelSaverOptions options)
    : session_(session), components_(components), options_(std::move(options)) {
  writer_ = std::make_unique<CheckpointWriter>(fs, std::move(directory),
                                               WriterOptions(options_, components));
  if (!options_.background) return;
  for (auto& memory : memories_) memory = std::make_unique<SnapshotMemory>();
}

// The thread that writes uses every other member until it has ended.
ModelSaver::~ModelSaver() { background_.reset(); }

const std::string& ModelSaver::directory() const { return writer_->directory(); }

Status ModelSaver::Lock() {
  if (background_) background_->WaitUntilIdle();
  return writer_->Begin();
}

Status ModelSaver::Begin() {
  CAIRN_RETURN_IF_ERROR(Lock());
  return has_finished_earlier_ ? Status() : FinishNewestSave();
}

// Returns the variables and the state of the run, as they are now. Valid until a variable changes.
Result<TensorDict> ModelSaver::TakeSnapshot(const TrainPosition& position) {
  CAIRN_ASSIGN_OR_RETURN(const std::vector<VariableId> ids,
                         VariablesIn(session_, options_.var_collections));
  RememberValue(position.step);
  CAIRN_ASSIGN_OR_RETURN(const RunState state, components_.Save(position));
  CAIRN_ASSIGN_OR_RETURN(const TensorDict variables, session_.Snapshot(ids));
  return WithRunState(variables, state);
}

// Keeps the value of this step by which the best checkpoints are chosen, if it was recorded now.
void ModelSaver::RememberValue(int64_t step) {
  const BestRule& rule = options_.retention.keep_best;
  if (rule.count == 0 || !options_.monitors) return;
  const std::optional<Monitors::Recorded> recorded = options_.monitors->Latest(rule.statistic);
  if (recorded && recorded->step == step) values_[step] = recorded->value;
  values_ = PruneValues(options_.retention, values_);
}

std::string ModelSaver::SaveState() const {
  return FormatRetentionRecord({.rules = options_.retention, .values = values_});
}

// The rules are those of the program that runs now.
Status ModelSaver::LoadState(std::string_view state) {
  CAIRN_ASSIGN_OR_RETURN(RetentionRecord record, ParseRetentionRecord(state));
  const bool is_same_statistic =
      record.rules.keep_best.statistic == options_.retention.keep_best.statistic;
  values_ = is_same_statistic ? std::move(record.values) : std::map<int64_t, double>();
  return {};
}

Status ModelSaver::Setup(const TrainConfig&) {
  const BestRule& rule = options_.retention.keep_best;
  if (rule.count == 0 || options_.monitors) return {};
  return Status(Reason::kArgument, "retention keeps the best by " + Quoted(rule.statistic) +
                                       ", and ModelSaverOptions::monitors is null");
}

Result<SaveJob> ModelSaver::MakeJob(const TrainPosition& position) {
  SaveJob job{.step = position.step};
  CAIRN_ASSIGN_OR_RETURN(job.dict, TakeSnapshot(position));
  job.values = values_;
  job.sync_files = MakeSyncOf(components_.callbacks());
  return job;
}

Result<SavedCheckpoint> ModelSaver::Save(const TrainPosition& position) {
  return SaveStep(position, /*must_save=*/false);
}

Result<SavedCheckpoint> ModelSaver::SaveStep(const TrainPosition& position, bool must_save) {
  if (position.step < 0) return Status(Reason::kArgument, "a step below zero cannot be saved");
  if (options_.background) return SaveInBackground(position, must_save);
  // The lock is taken before any variable is read.
  CAIRN_RETURN_IF_ERROR(writer_->Begin());
  CAIRN_ASSIGN_OR_RETURN(SaveJob job, MakeJob(position));
  job.copies = TakeCopies(position.step);
  Result<SavedCheckpoint> saved = Write(job);
  if (saved.ok()) Report(*saved);
  return saved;
}

Result<SavedCheckpoint> ModelSaver::SaveInBackground(const TrainPosition& position,
                                                     bool must_save) {
  if (!background_) {
    // A second trainer stops here, and not when the first checkpoint is written.
    CAIRN_RETURN_IF_ERROR(writer_->Begin());
    CAIRN_ASSIGN_OR_RETURN(background_, BackgroundWriter::Start(
                                            [this](const SaveJob& job) { return Write(job); },
                                            [this](const SavedCheckpoint& saved) { Report(saved); },
                                            options_.if_still_saving, log()));
  }
  CAIRN_RETURN_IF_ERROR(background_->TakeError());
  SavedCheckpoint saved{.name = SavedFileName(position.step, FormatOf(options_.format))};
  if (!background_->WaitForTurn(must_save || !copies_.empty())) {
    saved.was_skipped = true;
    log().Warning(saved.name + " is skipped: an earlier one is still being written");
    return saved;
  }
  // An error that came while this one waited is older than it.
  CAIRN_RETURN_IF_ERROR(background_->TakeError());
  CAIRN_ASSIGN_OR_RETURN(SaveJob job, MakeJob(position));
  CAIRN_ASSIGN_OR_RETURN(const bool is_kept, KeepFor(job));
  job.copies = TakeCopies(position.step);
  background_->Put(std::move(job));
  if (is_kept) return saved;
  background_->WaitUntilIdle();
  CAIRN_RETURN_IF_ERROR(background_->TakeError());
  return saved;
}

// Copies or freezes the variables that the job is to write. Returns false if neither is possible
// within the budget: then no variable may change before the job is done.
Result<bool> ModelSaver::KeepFor(SaveJob& job) {
  SnapshotMemory& memory = memories_[0]->is_free() ? *memories_[0] : *memories_[1];
  TransferOptions copying = options_.save.transfer;
  copying.progress = nullptr;
  CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes, NbytesOfCopy(*job.dict));
  if (nbytes <= options_.copy_budget.value_or(UINT64_MAX)) {
    CAIRN_ASSIGN_OR_RETURN(job.dict, memory.Copy(*job.dict, copying));
    return true;
  }
  CAIRN_ASSIGN_OR_RETURN(const std::vector<VariableId> ids,
                         VariablesIn(session_, options_.var_collections));
  Result<std::unique_ptr<FrozenVariables>> frozen = session_.Freeze(ids);
  if (frozen.status().reason() == Reason::kUnsupported) {
    SayForeground(job.step, nbytes);
    return false;
  }
  CAIRN_RETURN_IF_ERROR(frozen.status());
  CAIRN_ASSIGN_OR_RETURN(KeptValues kept, KeepValues(*job.dict, *std::move(frozen),
                                                     *options_.copy_budget, memory, copying));
  job.dict = std::move(kept.dict);
  job.can_be_read_again = std::move(kept.can_be_read_again);
  return true;
}

void ModelSaver::SayForeground(int64_t step, uint64_t nbytes) {
  if (std::exchange(has_said_foreground_, true)) return;
  log().Warning(SavedName(step) +
                " is written in the foreground, and the training waits: a copy "
                "needs " +
                std::to_string(nbytes) + " bytes, copy_budget is " +
                std::to_string(*options_.copy_budget) + ", and " +
                "the session cannot freeze variables. Later saves do so, too.");
}

Status ModelSaver::Wait() {
  if (!background_) return {};
  background_->WaitUntilIdle();
  CAIRN_RETURN_IF_ERROR(background_->TakeError());
  return background_->TakeTroubleOfTheDisk();
}

void ModelSaver::Report(const SavedCheckpoint& saved) {
  saved_step_ = StepOfSavedName(saved.name).value_or(saved_step_);
  if (saved.report.num_tensors > 0)
    log().Info("Model saved to " + Escape(JoinPath(directory(), saved.name)) + ".");
  for (const std::string& note : saved.notes) log().Info(note);
  for (const std::string& warning : saved.warnings) log().Warning(warning);
  if (options_.on_saved) options_.on_saved(saved);
}

void ModelSaver::CopyTo(std::string name, int64_t step, std::string log_line) {
  copies_[std::move(name)] = {step, std::move(log_line)};
}

bool ModelSaver::TakeFailedCopy(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return failed_copies_.erase(name) > 0;
}

// Returns the names that the checkpoint of this step is to get; those of other steps, which were
// not saved, have failed.
std::vector<NamedCopy> ModelSaver::TakeCopies(int64_t step) {
  std::vector<NamedCopy> taken;
  for (auto& [name, asked] : copies_) {
    if (asked.step == step) {
      taken.push_back({name, std::move(asked.log_line)});
    } else {
      const std::lock_guard lock(mutex_);
      failed_copies_.insert(name);
    }
  }
  copies_.clear();
  return taken;
}

// Called by the thread that writes.
Result<SavedCheckpoint> ModelSaver::Write(const SaveJob& job) {
  Result<SavedCheckpoint> saved = writer_->Write(job);
  const std::lock_guard lock(mutex_);
  if (saved.ok()) {
    failed_copies_.insert(saved->not_copied.begin(), saved->not_copied.end());
  } else {
    for (const NamedCopy& copy : job.copies) failed_copies_.insert(copy.name);
  }
  return saved;
}

// Copies the checkpoint of the last step that was saved.
Status ModelSaver::MakeCopies() {
  if (copies_.empty()) return {};
  const SaveJob job{.step = last_step_, .copies = TakeCopies(last_step_)};
  if (job.copies.empty()) return {};
  if (background_) {
    background_->WaitForTurn(/*must_save=*/true);
    background_->Put(job);
    return {};
  }
  CAIRN_ASSIGN_OR_RETURN(const SavedCheckpoint saved, Write(job));
  Report(saved);
  return {};
}

// The newest checkpoint is the one that Resume would take. One that another program saved has
// nothing to be finished.
Status ModelSaver::FinishNewestSave() {
  CAIRN_ASSIGN_OR_RETURN(const RunDirectory run, ScanRunDirectory(writer_->fs(), directory()));
  const std::optional<std::string> newest = NewestComplete(run);
  const std::optional<int64_t> step = newest ? StepOfSavedName(*newest) : std::nullopt;
  if (step) return FinishEarlierSave(*step);
  has_finished_earlier_ = true;
  return {};
}

// On a disk that is full or read-only the rest stays undone, as after a save.
Status ModelSaver::FinishEarlierSave(int64_t step) {
  const auto finished = writer_->FinishEarlierSave({.step = step, .values = values_});
  if (!finished.ok() && !IsTroubleOfTheDisk(finished.status())) return finished.status();
  if (!finished.ok()) log().Error(finished.status().ToString());
  if (finished.ok()) {
    for (const std::string& warning : finished->warnings) log().Warning(warning);
  }
  has_finished_earlier_ = true;
  return {};
}

// A metagraph that cannot be written is only a warning: no checkpoint needs it.
Status ModelSaver::WriteMetaGraph() {
  CAIRN_ASSIGN_OR_RETURN(const std::optional<std::string> graph, session_.MetaGraph());
  if (!graph) return {};
  const std::string path =
      JoinPath(directory(), "graph-" + NameStamp(writer_->Now()) + std::string(kMetaSuffix));
  const Status written = WriteFileDurably(writer_->fs(), path, AsBytes(*graph), IfExists::kReplace);
  if (!written.ok()) log().Warning("the metagraph is not written: " + written.ToString());
  return {};
}

Status ModelSaver::BeforeTrain(const TrainPosition& position) {
  CAIRN_RETURN_IF_ERROR(Lock());
  CAIRN_RETURN_IF_ERROR(writer_->CheckNoneIsLater(position.step));
  CAIRN_RETURN_IF_ERROR(FinishEarlierSave(position.step));
  CAIRN_RETURN_IF_ERROR(WriteMetaGraph());
  last_step_ = saved_step_ = position.step;
  return MakeCopies();
}

Status ModelSaver::TriggerStep(const TrainPosition& position) {
  return is_due() ? Trigger(position) : Status();
}

Status ModelSaver::Trigger(const TrainPosition& position) {
  if (position.step <= last_step_) return MakeCopies();
  const Result<SavedCheckpoint> saved = Save(position);
  if (saved.ok()) {
    if (!saved->was_skipped) last_step_ = position.step;
    return {};
  }
  if (!IsTroubleOfTheDisk(saved.status())) return saved.status();
  log().Error(SavedName(position.step) +
              " is not saved, the training goes on: " + saved.status().ToString());
  return {};
}

void ModelSaver::AfterError() {
  if (background_) background_->WaitUntilIdle();
}

Status ModelSaver::AfterTrain(const TrainPosition& position) {
  CAIRN_RETURN_IF_ERROR(MakeCopies());
  if (background_) {
    background_->WaitUntilIdle();
    CAIRN_RETURN_IF_ERROR(background_->TakeError());
    // It was logged, and what counts is whether the last step can be saved now.
    (void)background_->TakeTroubleOfTheDisk();
  }
  if (position.step <= saved_step_) return {};
  CAIRN_RETURN_IF_ERROR(SaveStep(position, /*must_save=*/true).status());
  last_step_ = position.step;
  return Wait();
}

}  // namespace cairn
