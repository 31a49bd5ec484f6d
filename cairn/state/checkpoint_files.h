// Finds which files of a checkpoint exist by name and kind alone, without opening any.
#ifndef CAIRN_STATE_CHECKPOINT_FILES_H_
#define CAIRN_STATE_CHECKPOINT_FILES_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/io/file_system.h"

namespace cairn {

// Whether `path` is a regular file. A path that cannot exist (too long) is none. Errors: kIo.
Result<bool> IsRegularFile(FileSystem& fs, const std::string& path);

// Whether PREFIX.index is there: without it there is no V2 checkpoint.
Result<bool> HasIndex(FileSystem& fs, const std::string& prefix);

// Returns what a path names: itself, where it is the prefix of a checkpoint of either version or a
// file; the index, where it is the name under which several safetensors files were saved. Nothing
// where it names no checkpoint.
Result<std::optional<std::string>> FindCheckpoint(FileSystem& fs, const std::string& path);
// Whether there is such a checkpoint.
Result<bool> HasCheckpoint(FileSystem& fs, const std::string& path);

// Whether nothing is left of a checkpoint of either version that was there: its index, or its file.
// A trainer that makes room removes that first. False where it cannot be told.
bool IsRemoved(FileSystem& fs, const std::string& prefix);

// The names in a directory that end in ".index", without that; sorted. ".index" itself is that of
// the empty prefix, if data files of it are there; another program may use the name. Directories
// and special files are left out, and names about which the file system has no answer. Errors:
// kMissing, kFileType, kIo.
Result<std::vector<std::string>> ListIndexes(FileSystem& fs, const std::string& directory);
// Does the same with `names` that were listed before.
std::vector<std::string> ListIndexes(FileSystem& fs, const std::string& directory,
                                     std::span<const std::string> names);

// Files beside a checkpoint that saves of it left, or are writing now: TensorFlow's
// ("m.index.tempstate123") and Cairn's ("m.index.cairn-tmp0"). `path` is a prefix or the name of a
// single file. Errors: kIo.
Result<std::vector<std::string>> ListLeftovers(FileSystem& fs, const std::string& path);

// Returns a checkpoint's name in its directory as people see it: escaped, and "." for the empty
// prefix, as state files name that.
std::string ShownName(std::string_view name);

// Returns the last name of a path that may have been written on Windows: "model-1" of
// "C:\\run\\model-1" and of "run/model-1".
std::string_view BaseNameOnWindows(std::string_view path);

// The number after the last '-': 20 of "model-20", of "model-20.npz" and of
// "model-20-?????-of-00002". Nothing where there is none or it has more than 63 bits.
std::optional<int64_t> StepOfName(std::string_view name);

}  // namespace cairn

#endif  // CAIRN_STATE_CHECKPOINT_FILES_H_
