// One function that makes the loader which a program's argument needs: tensorpack's SmartInit, or
// get_model_loader.
#ifndef CAIRN_SESSION_MODEL_LOADER_H_
#define CAIRN_SESSION_MODEL_LOADER_H_

#include <initializer_list>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/io/file_system.h"
#include "cairn/session/session_init.h"

namespace cairn {

// Names what a program is to load: nothing, a path, a dict, or a list of these.
class ModelArgument {
 public:
  using List = std::vector<ModelArgument>;

  ModelArgument() = default;
  ModelArgument(std::nullptr_t) {}
  ModelArgument(const char* path) : value_(std::string(path)) {}
  ModelArgument(std::string path) : value_(std::move(path)) {}
  ModelArgument(TensorDict dict) : value_(std::move(dict)) {}
  ModelArgument(List list) : value_(std::move(list)) {}
  ModelArgument(std::initializer_list<ModelArgument> list) : value_(List(list)) {}

  const auto& value() const { return value_; }

 private:
  std::variant<std::monostate, std::string, TensorDict, List> value_;
};

// Whether a file of this name holds a dict, not a checkpoint: .npz, .npy, .safetensors.
CAIRN_EXPORT bool IsDictFile(std::string_view path);

// Returns
// - for nothing, an empty path, an empty list or an empty dict: JustCurrentSession;
// - for a list: ChainInit of the loaders of its elements;
// - for a dict, or the path of a file that holds one: DictRestore;
// - for the path of any other checkpoint: SaverRestore, or with `ignore_mismatch`
//   SaverRestoreRelaxed.
//
// `ignore_mismatch` allows values of another number of elements. Borrows `fs`. Errors: kMissing
// (the path names no checkpoint), others of opening what it names.
CAIRN_EXPORT Result<std::unique_ptr<SessionInit>> SmartInit(FileSystem& fs,
                                                            const ModelArgument& argument,
                                                            bool ignore_mismatch = false);

}  // namespace cairn

#endif  // CAIRN_SESSION_MODEL_LOADER_H_
