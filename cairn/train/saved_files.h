// The files that ModelSaver puts into a directory, told from everybody else's by their names alone:
//
//   model-STEP.index   model-STEP.data-SSSSS-of-NNNNN   model-STEP.meta
//   the same and `checkpoint`, with `.cairn-tmpN` behind: left by a process that died while writing
//
// STEP is written in the one way ModelSaver writes it: `model-007` or `model-best` is not its own.
#ifndef CAIRN_TRAIN_SAVED_FILES_H_
#define CAIRN_TRAIN_SAVED_FILES_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/io/file_system.h"

namespace cairn {

// "model-20".
std::string SavedName(int64_t step);
// 20 for "model-20"; nothing for a name that ModelSaver does not give.
std::optional<int64_t> StepOfSavedName(std::string_view name);

struct SavedFiles {
  bool has_index = false;
  std::vector<std::string> names = {};  // without the directory; the index first
};

struct SavedListing {
  std::map<int64_t, SavedFiles> by_step;
  std::vector<std::string> temporaries;
};

// A directory that does not exist holds none. Errors: kFileType, kIo.
Result<SavedListing> ListSavedFiles(FileSystem& fs, const std::string& directory);

// The index goes first and durably: from then on the rest is nobody's, whenever the process dies.
// Errors: kReadOnly, kIo; what is left may be removed by another call.
Status RemoveSavedFiles(FileSystem& fs, const std::string& directory, const SavedFiles& files);

// Puts them into the folder `damaged` of the directory, as a checkpoint of the same name, or of
// that name and a number where the folder has one already. Gives its path ("damaged/model-20").
Result<std::string> MoveSavedFilesAside(FileSystem& fs, const std::string& directory,
                                        const std::string& name, const SavedFiles& files);

}  // namespace cairn

#endif  // CAIRN_TRAIN_SAVED_FILES_H_
