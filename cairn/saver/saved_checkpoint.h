// A saved checkpoint of a run, and the choices of how it is saved.
#ifndef CAIRN_SAVER_SAVED_CHECKPOINT_H_
#define CAIRN_SAVER_SAVED_CHECKPOINT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/formats/format.h"

namespace cairn {

// The formats in which a run can be saved.
enum class CheckpointFormat : uint8_t {
  kTensorFlow,   // model-20.index and its data files
  kSafetensors,  // model-20.safetensors
  kNpz,          // model-20.npz
};

// The format itself, with what it can hold and do.
CAIRN_EXPORT const Format& FormatOf(CheckpointFormat format);

// The crashes after which a checkpoint that was reported as saved is still there.
enum class SaveDurability : uint8_t {
  kPower,    // of the machine, such as a power cut: every file is synced
  kProcess,  // of the process alone: no save waits for the disk
};

// The result of one save.
struct SavedCheckpoint {
  std::string name;          // "model-20" or "model-20.npz", in the saver's directory
  SaveReport report = {};    // empty if this was a retry, and the first attempt had been committed
  bool was_skipped = false;  // nothing was saved: IfStillSaving::kSkip
  std::vector<std::string> copies = {};      // the names under which it was copied
  std::vector<std::string> not_copied = {};  // the names for which that failed; a warning says why
  std::vector<std::string> removed = {};     // old checkpoints, and leftovers of crashes
  // Trouble that does not make the checkpoint less safe. The first save also warns of a file system
  // without locks.
  std::vector<std::string> warnings = {};
  std::vector<std::string> notes = {};  // for the log: what the copies are
};

// The choice where a save is asked for while an earlier one is still being written.
enum class IfStillSaving : uint8_t {
  kWait,            // the training waits until the earlier one is done: one copy in memory
  kSkip,            // nothing is saved this time: one copy in memory
  kReplaceWaiting,  // the new one waits, in the place of one that waits already: two copies
};

}  // namespace cairn

#endif  // CAIRN_SAVER_SAVED_CHECKPOINT_H_
