// Finds the checkpoint of a directory that is not the directory of a training run.
#ifndef CAIRN_CHECKPOINT_LOCATE_IN_FOLDER_H_
#define CAIRN_CHECKPOINT_LOCATE_IN_FOLDER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "cairn/io/file_system.h"

namespace cairn {

// A file of a directory, and why it is the one.
struct FolderChoice {
  std::string path;
  std::string why;  // "the only .npz file there"
};

// Returns the file that a folder of safetensors or npz files stands for: `model.safetensors` or its
// index, as loaders of Hugging Face choose; else the only index, the only safetensors file, or,
// where there is no safetensors file, the only npz file. Returns nothing where none is the only
// one. Errors: kIo.
Result<std::optional<FolderChoice>> ChooseFile(FileSystem& fs, const std::string& directory);

// A version of a model as TensorFlow Serving stores it: a directory whose name is a number, with a
// SavedModel in it.
struct ServedVersion {
  std::string directory;
  std::string file;  // the one that makes it a SavedModel
  size_t num_versions = 0;
};

// Returns the newest version in a base directory of TensorFlow Serving, or nothing where there is
// none. Errors: kIo.
Result<std::optional<ServedVersion>> NewestVersion(FileSystem& fs, const std::string& directory);

// Returns the file that makes a directory a SavedModel; nothing where none does. Errors: kIo.
Result<std::optional<std::string>> FindSavedModelFile(FileSystem& fs, const std::string& directory);
// Whether a file has the name of one that makes its directory a SavedModel.
bool IsSavedModelFileName(std::string_view name);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_LOCATE_IN_FOLDER_H_
