// The files that ModelSaver puts into a directory, told from everybody else's by their names alone:
//
//   model-STEP.index   model-STEP.data-SSSSS-of-NNNNN   model-STEP.meta
//   model-STEP.npz
//   model-STEP.safetensors
//   model-STEP.safetensors.index.json   model-STEP-SSSSS-of-NNNNN.safetensors
//   the same and `checkpoint`, with `.cairn-tmpN` at the end: left by a process that died while
//   writing
//
// STEP is written in the one way ModelSaver writes it: `model-007` or `model-best` is not its own.
#ifndef CAIRN_SAVER_SAVED_FILES_H_
#define CAIRN_SAVER_SAVED_FILES_H_

#include <map>
#include <string>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/io/file_system.h"
#include "cairn/state/saved_name.h"

namespace cairn {

// The files of one step. They may be of several formats.
struct SavedFiles {
  bool has_index = false;               // an index, or a file that is a checkpoint by itself
  std::vector<std::string> names = {};  // without the directory; those two kinds first
  size_t num_commit_files = 0;          // how many these are: more than one is more than one format
};

// "model-20", "model-20.npz": the name by which the checkpoint of these files is opened. The first
// format counts if there are several.
CAIRN_EXPORT std::string NameToOpen(const SavedFiles& files);

struct SavedListing {
  std::map<int64_t, SavedFiles> by_step;
  std::vector<std::string> temporaries;
};

// A directory that does not exist holds none. Errors: kFileType, kIo.
CAIRN_EXPORT Result<SavedListing> ListSavedFiles(FileSystem& fs, const std::string& directory);

// Adds the files of this step that are about to be renamed, under the names that they will have.
CAIRN_EXPORT void AddPending(int64_t step, SavedListing& listing);

// Every index goes first and, unless Durability::kNone is asked for, durably: from then on the rest
// is nobody's, whenever the process dies. Errors: kReadOnly, kIo; what is left may be removed by
// another call.
CAIRN_EXPORT Status RemoveSavedFiles(FileSystem& fs, const std::string& directory,
                                     const SavedFiles& files,
                                     Durability durability = Durability::kSynced);

// Puts them into the folder `damaged` of the directory, as a checkpoint of the same name, or of
// that name and a number where the folder has one already; safetensors files whose index names them
// go into a folder of that name then. Returns its path ("damaged/model-20").
// Whatever has one of the names is moved: files, folders, links, pipes. Errors: kFileType
// (`damaged` is a link, which may lead out of the directory, or a file), kReadOnly, kNoSpace, kIo.
CAIRN_EXPORT Result<std::string> MoveSavedFilesAside(FileSystem& fs, const std::string& directory,
                                                     const std::string& name,
                                                     const SavedFiles& files);

// The same for a `checkpoint` that is not a file: a state file cannot replace a folder. Errors: as
// above.
CAIRN_EXPORT Result<std::string> MoveStateFileAside(FileSystem& fs, const std::string& directory);

}  // namespace cairn

#endif  // CAIRN_SAVER_SAVED_FILES_H_
