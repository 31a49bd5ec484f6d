// Writes the checkpoints of a run into its directory: one commit for each, then copies of it, then
// the removal of old ones.
#ifndef CAIRN_SAVER_CHECKPOINT_WRITER_H_
#define CAIRN_SAVER_CHECKPOINT_WRITER_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/core/export.h"
#include "cairn/io/durable_files.h"
#include "cairn/saver/held_directory.h"
#include "cairn/saver/retention.h"
#include "cairn/saver/saved_checkpoint.h"
#include "cairn/saver/saved_files.h"

namespace cairn {

// A second name that a checkpoint gets.
struct NamedCopy {
  std::string name;           // "min-cost", in the directory
  std::string log_line = {};  // to be logged when it is done
};

// One checkpoint to be written.
struct SaveJob {
  int64_t step = 0;
  // The variables and the state of the run. Nothing: the checkpoint of this step is there, and is
  // only copied.
  std::optional<TensorDict> dict = {};
  // Whether the dict can be read once more, after a disk turned out to be full; null: always.
  std::function<bool()> can_be_read_again = {};
  std::vector<NamedCopy> copies = {};       // names that the checkpoint gets beside its own
  std::map<int64_t, double> values = {};    // see RetentionInput
  std::function<Status()> sync_files = {};  // called before the checkpoint is committed
};

struct CheckpointWriterOptions {
  RetentionRules retention = {};
  CheckpointFormat format = CheckpointFormat::kTensorFlow;
  SaveDurability durability = SaveDurability::kPower;
  IfHeldElsewhere if_held_elsewhere = IfHeldElsewhere::kFail;
  const std::string* environment = nullptr;  // RunComponents::environment, borrowed; null: none
  SaveOptions save = {};
  std::function<double()> clock = {};  // seconds since 1970; null: the machine's
};

// The steps of a save are: make room on a full disk, write, read back what was written, write the
// new state file, sync all, rename the last file of the checkpoint into place (the commit), then
// the state file, copy, remove old checkpoints. The
// functions must not run at the same time; any thread may call them.
class CheckpointWriter {
 public:
  // Borrows `fs`.
  CheckpointWriter(FileSystem& fs, std::string directory, CheckpointWriterOptions options);

  // Makes the directory and locks it: see ModelSaver::Begin.
  Status Begin() { return directory_.Begin(); }
  // Whether a run may go on from this step: a sound checkpoint of a later one would be in the way
  // of its saves, and be taken for its newest. Errors: kExists, those of listing.
  Status CheckNoneIsLater(int64_t step);
  // Does what a crash left undone of the save of this step: names the checkpoint, and removes old
  // ones and leftovers. A run that has no step left to do saves no more, and would keep them.
  // Trouble with it is a warning of the result. The values of the job are used only if the
  // checkpoint has none.
  Result<SavedCheckpoint> FinishEarlierSave(const SaveJob& job);
  // Saves: see ModelSaver::Save.
  Result<SavedCheckpoint> Write(const SaveJob& job);

  const std::string& directory() const { return directory_.path(); }
  FileSystem& fs() const { return directory_.fs(); }
  double Now() const;

 private:
  struct Attempt {
    int64_t step = 0;
    bool committed = false;
  };
  // Says what is left to be done for a checkpoint after its commit.
  struct Naming {
    SavedListing listing;  // with the checkpoint
    RetentionPlan plan;
    DurableFiles state_file;  // written and synced, under its temporary name
  };

  Result<std::optional<StateFile>> ReadState(SavedCheckpoint& saved) const;
  void CleanUp(const std::optional<StateFile>& state, int64_t step, SavedListing& listing,
               SavedCheckpoint& saved);
  Result<bool> MakeWay(int64_t step, const SavedFiles& files, SavedCheckpoint& saved);
  Status WriteFiles(const SaveJob& job, const std::optional<StateFile>& state,
                    std::optional<Naming>& naming, SavedCheckpoint& saved);
  Status TryToWrite(const SaveJob& job, const std::optional<StateFile>& state,
                    std::optional<Naming>& naming, SavedCheckpoint& saved);
  Result<bool> MakeRoom(const SaveJob& job, const std::optional<StateFile>& state,
                        SavedCheckpoint& saved);
  Status RemoveUnnamed(const RetentionPlan& plan, const SavedListing& listing,
                       SavedCheckpoint& saved);
  VerifyOptions ReadingOptions() const;
  Status Judge(int64_t step);
  uint64_t SizeOf(const std::string& name, const SavedListing& listing) const;
  std::map<int64_t, uint64_t> SizesOf(const SavedListing& listing, const SaveJob& job);
  std::map<int64_t, double> ValuesAt(const SaveJob& job);
  RetentionPlan Plan(const SaveJob& job, const SavedListing& listing,
                     std::optional<StateFile> state);
  Result<Naming> PrepareNaming(const SaveJob& job, const std::optional<StateFile>& state);
  Status Name(const SaveJob& job, Naming naming, SavedCheckpoint& saved);
  void Copy(const SaveJob& job, SavedCheckpoint& saved);
  Status CopyTo(int64_t step, const std::string& name);
  void Remove(std::span<const int64_t> steps, const SavedListing& listing, SavedCheckpoint& saved);

  std::string PathOf(int64_t step) const;
  std::string NewPath(std::string_view name) const;
  Result<SavedListing> List(std::optional<int64_t> pending_step = std::nullopt);

  CheckpointWriterOptions options_;
  HeldDirectory directory_;
  const Format& format_;                  // of new checkpoints
  std::map<int64_t, std::string> names_;  // of the checkpoints that are there, as they are opened
  bool has_warned_of_directory_ = false;
  std::optional<Attempt> attempt_;      // a save that ended with an error after it began to write
  std::map<int64_t, Status> verdicts_;  // what reading each checkpoint returned, by step
};

}  // namespace cairn

#endif  // CAIRN_SAVER_CHECKPOINT_WRITER_H_
