#include "cairn/saver/checkpoint_writer.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <utility>

#include "cairn/checkpoint/copy_checkpoint.h"
#include "cairn/checkpoint/verdict.h"
#include "cairn/core/escape.h"
#include "cairn/io/path.h"
#include "cairn/io/temporary_name.h"
#include "cairn/saver/newest_record.h"
#include "cairn/saver/same_tensors.h"
#include "cairn/state/locate_named.h"

namespace cairn {
namespace {

double MachineTime() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

bool Names(const StateFile& state, int64_t step) {
  return std::ranges::any_of(
      state.all, [&](const std::string& path) { return StepOfSavedName(BaseName(path)) == step; });
}

// Whether every checkpoint and every file of one is of a checkpoint that the state file names.
bool HasOnlyNamed(const SavedListing& listing, const StateFile& state) {
  return std::ranges::all_of(listing.by_step, [&](const auto& item) {
    return item.second.has_index && Names(state, item.first);
  });
}

// Returns about how many bytes the checkpoint will need: those of its values, with the blocks that
// the file system rounds up to.
uint64_t NbytesOf(const TensorDict& dict) {
  constexpr uint64_t kForEachTensor = 256;
  constexpr uint64_t kForFiles = 64 << 10;
  uint64_t nbytes = kForFiles;
  for (size_t i = 0; i < dict.size(); ++i) {
    const auto source = dict.source(i);
    nbytes += kForEachTensor;
    if (source.ok() && ElementNbytes((*source)->dtype()) != 0) nbytes += (*source)->nbytes();
  }
  return nbytes;
}

Status RemovedByOthers(const std::string& path) {
  return Status(Reason::kChanged, "was removed as soon as it was saved").AtPath(path);
}

// Says of an error that it came after the commit.
template <typename StatusOrResult>
StatusOrResult NotNamed(StatusOrResult&& result, const SavedCheckpoint& saved) {
  return std::forward<StatusOrResult>(result).In(saved.name + " is committed, but not named");
}

Durability FileDurability(SaveDurability durability) {
  return durability == SaveDurability::kPower ? Durability::kSynced : Durability::kNone;
}

}  // namespace

const Format& FormatOf(CheckpointFormat format) {
  constexpr std::array<std::string_view, 3> kNames = {"model", "model.safetensors", "model.npz"};
  return FormatOfNew(kNames[static_cast<size_t>(format)]);
}

CheckpointWriter::CheckpointWriter(FileSystem& fs, std::string directory,
                                   CheckpointWriterOptions options)
    : options_(std::move(options)),
      directory_(fs, std::move(directory), options_.if_held_elsewhere, options_.environment),
      format_(FormatOf(options_.format)) {
  options_.save.durability = FileDurability(options_.durability);
  // safetensors has no place for strings, such as the state of the run, but its metadata.
  if (format_.can_keep_strings) options_.save.strings = StringTensors::kMetadata;
}

// The path of the checkpoint of this step: of the format that it has, or of that of this run.
std::string CheckpointWriter::PathOf(int64_t step) const {
  const auto found = names_.find(step);
  return JoinPath(directory(),
                  found != names_.end() ? found->second : SavedFileName(step, format_));
}

// Lists the directory. The checkpoint of `pending_step`, which is about to be committed, is listed
// as if it were committed already.
Result<SavedListing> CheckpointWriter::List(std::optional<int64_t> pending_step) {
  CAIRN_ASSIGN_OR_RETURN(SavedListing listing, ListSavedFiles(fs(), directory()));
  if (pending_step) AddPending(*pending_step, listing);
  names_.clear();
  for (const auto& [step, files] : listing.by_step) {
    if (files.has_index) names_[step] = NameToOpen(files);
  }
  return listing;
}

// The path of a new checkpoint whose name without an extension is `name`.
std::string CheckpointWriter::NewPath(std::string_view name) const {
  std::string path = JoinPath(directory(), name);
  if (!format_.extensions.empty()) path += format_.extensions.front();
  return path;
}

double CheckpointWriter::Now() const { return options_.clock ? options_.clock() : MachineTime(); }

Status CheckpointWriter::CheckNoneIsLater(int64_t step) {
  CAIRN_ASSIGN_OR_RETURN(const SavedListing listing, List());
  for (auto it = listing.by_step.upper_bound(step); it != listing.by_step.end(); ++it) {
    if (!it->second.has_index || !Judge(it->first).ok()) continue;
    return Status(Reason::kExists, "is of a later step than " + std::to_string(step) +
                                       ", at which this training begins, and verifies")
        .AtPath(PathOf(it->first))
        .WithHint("Resume the run, train in another directory, or remove its later checkpoints.");
  }
  return {};
}

Result<SavedCheckpoint> CheckpointWriter::FinishEarlierSave(const SaveJob& job) {
  SavedCheckpoint saved{.name = SavedFileName(job.step, format_)};
  CAIRN_ASSIGN_OR_RETURN(SavedListing listing, List());
  const auto own = listing.by_step.find(job.step);
  if (own == listing.by_step.end() || !own->second.has_index) return saved;
  CAIRN_ASSIGN_OR_RETURN(const std::optional<StateFile> state, ReadState(saved));
  const bool is_named =
      state && !state->all.empty() && StepOfSavedName(BaseName(state->all.back())) == job.step;
  // Most saves were finished. Their checkpoint is not read.
  if (is_named && listing.temporaries.empty() && HasOnlyNamed(listing, *state)) return saved;
  if (!Judge(job.step).ok()) return saved;
  CleanUp(state, job.step, listing, saved);
  const SaveJob unfinished = {.step = job.step, .copies = {}, .values = ValuesAt(job)};
  if (!is_named) {
    CAIRN_ASSIGN_OR_RETURN(Naming naming, NotNamed(PrepareNaming(unfinished, state), saved));
    CAIRN_RETURN_IF_ERROR(Name(unfinished, std::move(naming), saved));
    return saved;
  }
  // The state file is right, and stays as it is, with its times. What it names was not to be
  // removed, whatever the rules of this program are.
  std::vector<int64_t> old = Plan(unfinished, listing, state).remove;
  std::erase_if(old, [&](int64_t step) { return step > job.step || Names(*state, step); });
  Remove(old, listing, saved);
  return saved;
}

// Returns the values by which the save of this step chose the best checkpoints. This process knows
// them only if it has resumed the run.
std::map<int64_t, double> CheckpointWriter::ValuesAt(const SaveJob& job) {
  const BestRule& rule = options_.retention.keep_best;
  if (rule.count == 0) return {};
  Result<RetentionRecord> record = ReadRetentionRecord(fs(), PathOf(job.step));
  const bool is_usable = record.ok() && record->rules.keep_best.statistic == rule.statistic;
  if (is_usable) return std::move(record->values);
  return job.values;
}

Result<SavedCheckpoint> CheckpointWriter::Write(const SaveJob& job) {
  SavedCheckpoint saved{.name = SavedFileName(job.step, format_)};
  CAIRN_RETURN_IF_ERROR(Begin());
  if (!std::exchange(has_warned_of_directory_, true))
    std::ranges::move(directory_.Warnings(), std::back_inserter(saved.warnings));
  if (!job.dict) {
    Copy(job, saved);
    return saved;
  }
  CAIRN_ASSIGN_OR_RETURN(SavedListing listing, List());
  CAIRN_ASSIGN_OR_RETURN(std::optional<StateFile> state, ReadState(saved));
  CleanUp(state, job.step, listing, saved);

  CAIRN_ASSIGN_OR_RETURN(const bool is_written,
                         MakeWay(job.step, listing.by_step[job.step], saved));
  std::optional<Naming> naming;
  if (!is_written) CAIRN_RETURN_IF_ERROR(WriteFiles(job, state, naming, saved));
  if (!naming) {
    CAIRN_ASSIGN_OR_RETURN(naming, NotNamed(PrepareNaming(job, state), saved));
  }
  CAIRN_RETURN_IF_ERROR(Name(job, *std::move(naming), saved));
  // If the directory was renamed during the save, the files are in it, but a resume by name would
  // not find them. That must not be reported as saved.
  CAIRN_RETURN_IF_ERROR(directory_.CheckIsSame());
  // The caller learns of the success, so a later save of this step is not a retry.
  attempt_.reset();
  return saved;
}

// Returns nothing if there is no state file, or a damaged one. Entries of other programs whose
// files are gone are dropped. A state file that cannot be read now is an error: a new one would
// forget what it lists.
Result<std::optional<StateFile>> CheckpointWriter::ReadState(SavedCheckpoint& saved) const {
  Result<StateFile> read = ReadStateFile(fs(), directory());
  const Status& error = read.status();
  if (error.reason() == Reason::kMissing) return std::optional<StateFile>();
  if (error.reason() == Reason::kFileType) {
    CAIRN_ASSIGN_OR_RETURN(const std::string aside, MoveStateFileAside(fs(), directory()));
    saved.warnings.push_back(std::string(error.message()) + "; moved to " + aside);
    return std::optional<StateFile>();
  }
  const bool is_too_large = error.reason() == Reason::kLimit;  // no state file has that size
  if (!error.ok() && !IsDamage(error) && !is_too_large) return error;
  if (!error.ok()) {
    saved.warnings.push_back("replaced: " + std::string(error.message()));
    return std::optional<StateFile>();
  }
  StateFile state;
  state.last_preserved_timestamp = read->last_preserved_timestamp;
  const bool has_times = read->timestamps.size() == read->all.size();
  for (size_t i = 0; i < read->all.size(); ++i) {
    const bool is_own = StepOfSavedName(BaseName(read->all[i])).has_value();
    const Reason located = LocateNamed(fs(), directory(), read->all[i]).status().reason();
    const bool is_gone = located == Reason::kMissing || located == Reason::kPath;
    if (!is_own && is_gone) continue;
    state.all.push_back(std::move(read->all[i]));
    if (has_times) state.timestamps.push_back(read->timestamps[i]);
  }
  return std::optional(std::move(state));
}

// Files without an index that no state file names: a save that never committed, or a removal that
// did not finish. Where a state file does name them an index was lost, and they may be worth
// something.
void CheckpointWriter::CleanUp(const std::optional<StateFile>& state, int64_t step,
                               SavedListing& listing, SavedCheckpoint& saved) {
  const auto remove = [&](const std::string& name, const SavedFiles& files) {
    const Status removed = RemoveSavedFiles(fs(), directory(), files, options_.save.durability);
    (removed.ok() ? saved.removed : saved.warnings)
        .push_back(removed.ok() ? name : "leftover not removed: " + std::string(removed.message()));
    return removed.ok();
  };
  for (const std::string& name : listing.temporaries) remove(name, {.names = {name}});
  std::erase_if(listing.by_step, [&](const auto& item) {
    const auto& [its_step, files] = item;
    if (files.has_index || its_step > step || !state || Names(*state, its_step)) return false;
    return remove(SavedName(its_step), files);
  });
}

// True: the checkpoint is there already, written by an earlier call that failed after its commit.
Result<bool> CheckpointWriter::MakeWay(int64_t step, const SavedFiles& files,
                                       SavedCheckpoint& saved) {
  // The files of this step are about to be written or replaced, so an earlier verdict no longer
  // holds.
  verdicts_.erase(step);
  if (files.names.empty()) return false;
  const bool is_retry = attempt_ && attempt_->step == step;
  // This saver wrote these files and did not commit them: nobody relies on them.
  if (is_retry && !attempt_->committed) {
    CAIRN_RETURN_IF_ERROR(RemoveSavedFiles(fs(), directory(), files, options_.save.durability));
    return false;
  }
  const Status sound =
      files.has_index ? Judge(step) : Status(Reason::kMissing, "has no index").AtPath(PathOf(step));
  if (sound.ok() && is_retry) return true;
  // A bundle is several files, which cannot be replaced in one step. A crash between them would
  // lose the old version and the new one.
  if (sound.ok()) {
    return Status(Reason::kExists, "exists and verifies")
        .AtPath(PathOf(step))
        .WithHint("save into another directory, or remove that checkpoint first");
  }
  // Only proven damage justifies moving files away. An I/O error may pass, and the checkpoint may
  // be good.
  if (!IsDamage(sound)) {
    return sound.In(saved.name + " is in the way and cannot be judged")
        .WithHint("It is left as it is. Try again, or move it away.");
  }
  CAIRN_ASSIGN_OR_RETURN(const std::string aside,
                         MoveSavedFilesAside(fs(), directory(), saved.name, files));
  saved.warnings.push_back(saved.name + " was there and does not verify; moved to " + aside + ": " +
                           std::string(sound.message()));
  verdicts_.erase(step);
  return false;
}

// Writes the checkpoint. Where the disk is full, the checkpoints that this save would let go anyway
// go first, once it is known that the newest of them all stays.
Status CheckpointWriter::WriteFiles(const SaveJob& job, const std::optional<StateFile>& state,
                                    std::optional<Naming>& naming, SavedCheckpoint& saved) {
  const uint64_t needed = NbytesOf(*job.dict);
  const auto space = [&] { return fs().GetFreeSpace(directory()); };
  if (const auto free = space(); free.ok() && free->nbytes < needed)
    CAIRN_RETURN_IF_ERROR(MakeRoom(job, state, saved).status());
  Status written = TryToWrite(job, state, naming, saved);
  if (written.reason() != Reason::kNoSpace || attempt_->committed) return written;
  // A quota is not seen in the free space, and other programs write, too.
  CAIRN_ASSIGN_OR_RETURN(const bool has_made_room, MakeRoom(job, state, saved));
  const bool can_try_again = !job.can_be_read_again || job.can_be_read_again();
  if (has_made_room && can_try_again) written = TryToWrite(job, state, naming, saved);
  if (written.reason() != Reason::kNoSpace) return written;
  const auto free = space();
  return written.In(std::to_string(needed) + " bytes are needed, " +
                    (free.ok() ? std::to_string(free->nbytes) : "an unknown number") + " free");
}

Status CheckpointWriter::TryToWrite(const SaveJob& job, const std::optional<StateFile>& state,
                                    std::optional<Naming>& naming, SavedCheckpoint& saved) {
  attempt_ = Attempt{job.step, false};
  SaveOptions options = options_.save;
  options.read_back = !options.compress;
  options.before_commit = [&]() -> Status {
    // The disk is still writing the data meanwhile. Compressed values are read after the commit,
    // and old checkpoints may go only if they are sound: their plan is made after that.
    if (options.read_back) {
      CAIRN_ASSIGN_OR_RETURN(naming, PrepareNaming(job, state));
    }
    if (job.sync_files) CAIRN_RETURN_IF_ERROR(job.sync_files());
    // Writing may have taken long enough for another process to take the lease over.
    return directory_.TakeLock();
  };
  auto report = SaveAs(fs(), format_, NewPath(SavedName(job.step)), *job.dict, options);
  if (!report.ok()) naming.reset();  // the room of its state file may be needed
  CAIRN_ASSIGN_OR_RETURN(saved.report, std::move(report));
  attempt_->committed = true;
  // Compressed values can only be read now, others were before the commit.
  if (!options.read_back) return Judge(job.step).In("read back");
  verdicts_[job.step] = Status();
  return {};
}

// Removes what retention will let go after this save. Returns whether anything was removed.
Result<bool> CheckpointWriter::MakeRoom(const SaveJob& job, const std::optional<StateFile>& state,
                                        SavedCheckpoint& saved) {
  CAIRN_ASSIGN_OR_RETURN(const SavedListing listing, List());
  const RetentionPlan plan = Plan(job, listing, state);
  const size_t before = saved.removed.size();
  if (!plan.remove.empty()) CAIRN_RETURN_IF_ERROR(RemoveUnnamed(plan, listing, saved));
  // A file system may keep the room of what was removed, also of leftovers, until that is durable.
  if (options_.save.durability == Durability::kSynced) (void)fs().SyncDirectory(directory());
  return saved.removed.size() > before;
}

// The state file names only what stays, before anything is removed: whenever the process dies, what
// it names is there. Where the disk has no room even for that, it is written as soon as there is
// room; the checkpoint that it calls the newest is there all the time.
Status CheckpointWriter::RemoveUnnamed(const RetentionPlan& plan, const SavedListing& listing,
                                       SavedCheckpoint& saved) {
  const auto name_what_stays = [&] {
    return WriteStateFile(fs(), directory(), plan.state, options_.save.durability);
  };
  const Status named = name_what_stays();
  if (!named.ok() && named.reason() != Reason::kNoSpace) return named;
  Remove(plan.remove, listing, saved);
  // Where there still is no room, the save fails for the same reason.
  if (!named.ok()) (void)name_what_stays();
  return {};
}

// Files are read, not mapped, since a disk error in a mapped file ends the process.
VerifyOptions CheckpointWriter::ReadingOptions() const {
  VerifyOptions options;
  options.access = Access::kRead;
  options.transfer = options_.save.transfer;
  return options;
}

// Each checkpoint is read once by a saver: what that proves stays true for it. Trouble of the
// machine proves nothing.
Status CheckpointWriter::Judge(int64_t step) {
  if (const auto known = verdicts_.find(step); known != verdicts_.end()) return known->second;
  const Status verdict = CheckSound(fs(), PathOf(step), ReadingOptions());
  if (verdict.ok() || IsDamage(verdict)) verdicts_[step] = verdict;
  return verdict;
}

// Returns the size of a file, which may have its temporary name still.
uint64_t CheckpointWriter::SizeOf(const std::string& name, const SavedListing& listing) const {
  Result<FileInfo> info = fs().Stat(JoinPath(directory(), name));
  for (const std::string& temporary : listing.temporaries) {
    if (info.ok()) break;
    if (FinalNameOf(temporary) == name) info = fs().Stat(JoinPath(directory(), temporary));
  }
  return info.ok() ? info->size : 0;
}

// Returns the sizes of all checkpoints, if there is a rule that needs them.
std::map<int64_t, uint64_t> CheckpointWriter::SizesOf(const SavedListing& listing,
                                                      const SaveJob& job) {
  std::map<int64_t, uint64_t> sizes;
  if (options_.retention.max_nbytes == 0) return sizes;
  if (job.dict) sizes[job.step] = NbytesOf(*job.dict);
  for (const auto& [step, files] : listing.by_step) {
    uint64_t nbytes = 0;
    for (const std::string& name : files.names) nbytes += SizeOf(name, listing);
    sizes[step] = nbytes;
  }
  return sizes;
}

RetentionPlan CheckpointWriter::Plan(const SaveJob& job, const SavedListing& listing,
                                     std::optional<StateFile> state) {
  std::vector<int64_t> steps;
  for (const auto& [step, files] : listing.by_step) {
    if (files.has_index) steps.push_back(step);
  }
  return PlanRetention({.steps = steps,
                        .saved = job.step,
                        .now = Now(),
                        .state = std::move(state),
                        .verify = [this](int64_t other) { return Judge(other); },
                        .values = job.values,
                        .nbytes = SizesOf(listing, job),
                        .names = names_},
                       options_.retention);
}

// Plans what stays, and writes the new state file, which gets its name when the checkpoint of the
// job is committed.
Result<CheckpointWriter::Naming> CheckpointWriter::PrepareNaming(
    const SaveJob& job, const std::optional<StateFile>& state) {
  CAIRN_ASSIGN_OR_RETURN(SavedListing listing, List(job.step));
  if (!listing.by_step[job.step].has_index) return RemovedByOthers(PathOf(job.step));
  RetentionPlan plan = Plan(job, listing, state);
  CAIRN_ASSIGN_OR_RETURN(
      DurableFiles state_file,
      PrepareFile(fs(), JoinPath(directory(), kStateFileName), AsBytes(FormatStateFile(plan.state)),
                  IfExists::kReplace, options_.save.durability));
  return Naming{std::move(listing), std::move(plan), std::move(state_file)};
}

// Gives the state file its name, makes the copies, and removes old checkpoints.
Status CheckpointWriter::Name(const SaveJob& job, Naming naming, SavedCheckpoint& saved) {
  if (!saved.report.files.empty()) {
    const std::string& commit_file = saved.report.files.back();
    CAIRN_ASSIGN_OR_RETURN(const bool is_there, fs().Exists(commit_file));
    if (!is_there) return RemovedByOthers(commit_file);
  }
  // The state file is replaced before anything is removed: after a crash between the two, it names
  // no checkpoint that is gone.
  CAIRN_RETURN_IF_ERROR(NotNamed(naming.state_file.Commit(), saved));
  std::ranges::move(naming.plan.warnings, std::back_inserter(saved.warnings));
  Copy(job, saved);
  Remove(naming.plan.remove, naming.listing, saved);
  return {};
}

// The checkpoint itself is committed, so a copy that cannot be made is only a warning.
void CheckpointWriter::Copy(const SaveJob& job, SavedCheckpoint& saved) {
  for (const NamedCopy& copy : job.copies) {
    const Status copied = CopyTo(job.step, copy.name);
    if (copied.ok()) {
      saved.copies.push_back(copy.name);
      if (!copy.log_line.empty()) saved.notes.push_back(copy.log_line);
    } else {
      saved.not_copied.push_back(copy.name);
      saved.warnings.push_back(saved.name + " is not copied to " + Escape(copy.name) + ": " +
                               std::string(copied.message()));
    }
  }
}

// A copy that a resumed run makes again is left as it is, and finished; and a damaged checkpoint
// never replaces a copy that is good.
Status CheckpointWriter::CopyTo(int64_t step, const std::string& name) {
  CAIRN_RETURN_IF_ERROR(List().status());
  const std::string from = PathOf(step);
  const std::string to = NewPath(name);
  CAIRN_RETURN_IF_ERROR(Judge(step));
  if (HaveSameTensors(fs(), from, to) && CheckSound(fs(), to, ReadingOptions()).ok())
    return FinishCopy(fs(), from, to);
  return CopyCheckpoint(fs(), from, to,
                        {.if_exists = IfExists::kReplace,
                         .durability = options_.save.durability,
                         .before_commit = [this] { return directory_.TakeLock(); }})
      .status();
}

// The new checkpoint is committed, so an old one that cannot be removed is only a warning.
void CheckpointWriter::Remove(std::span<const int64_t> steps, const SavedListing& listing,
                              SavedCheckpoint& saved) {
  for (const int64_t old : steps) {
    const auto files = listing.by_step.find(old);
    if (files == listing.by_step.end()) continue;
    const Status removed =
        RemoveSavedFiles(fs(), directory(), files->second, options_.save.durability);
    if (removed.ok()) {
      saved.removed.push_back(SavedName(old));
      verdicts_.erase(old);
    } else {
      saved.warnings.push_back(SavedName(old) +
                               " is not removed: " + std::string(removed.message()));
    }
  }
}

}  // namespace cairn
