#include "cairn/session/model_loader.h"

#include <algorithm>
#include <array>

namespace cairn {
namespace {

using Loader = std::unique_ptr<SessionInit>;

constexpr std::array<std::string_view, 3> kDictSuffixes = {".npz", ".npy", ".safetensors"};

Result<Loader> LoaderOfPath(FileSystem& fs, const std::string& path, bool ignore_mismatch) {
  if (path.empty()) return Loader(std::make_unique<JustCurrentSession>());
  CAIRN_ASSIGN_OR_RETURN(const Opened opened, OpenResolved(fs, path));
  // A directory, or a step of one, stands for its file.
  if (IsDictFile(path) || IsDictFile(opened.path)) {
    return Loader(std::make_unique<DictRestore>(
        opened.dict, DictRestore::DictRules(ignore_mismatch), opened.path));
  }
  if (ignore_mismatch) return Loader(std::make_unique<SaverRestoreRelaxed>(fs, path));
  return Loader(std::make_unique<SaverRestore>(fs, path));
}

Result<Loader> LoaderOfList(FileSystem& fs, const ModelArgument::List& list, bool ignore_mismatch) {
  if (list.empty()) return Loader(std::make_unique<JustCurrentSession>());
  std::vector<Loader> members;
  for (const ModelArgument& element : list) {
    CAIRN_ASSIGN_OR_RETURN(members.emplace_back(), SmartInit(fs, element, ignore_mismatch));
  }
  return Loader(std::make_unique<ChainInit>(std::move(members)));
}

}  // namespace

bool IsDictFile(std::string_view path) {
  return std::ranges::any_of(kDictSuffixes, [&](auto suffix) { return path.ends_with(suffix); });
}

Result<Loader> SmartInit(FileSystem& fs, const ModelArgument& argument, bool ignore_mismatch) {
  if (const auto* path = std::get_if<std::string>(&argument.value()))
    return LoaderOfPath(fs, *path, ignore_mismatch);
  if (const auto* list = std::get_if<ModelArgument::List>(&argument.value()))
    return LoaderOfList(fs, *list, ignore_mismatch);
  const auto* dict = std::get_if<TensorDict>(&argument.value());
  if (dict == nullptr || dict->size() == 0) return Loader(std::make_unique<JustCurrentSession>());
  return Loader(std::make_unique<DictRestore>(*dict, ignore_mismatch));
}

}  // namespace cairn
