#include "cairn/checkpoint/missing_hint.h"

#include <algorithm>

#include "cairn/checkpoint/formats.h"
#include "cairn/checkpoint/unread_formats.h"
#include "cairn/core/escape.h"
#include "cairn/core/list_names.h"
#include "cairn/core/nearest_names.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/io/path.h"
#include "cairn/state/checkpoint_files.h"

namespace cairn {
namespace {

constexpr size_t kMaxDirectories = 5;

// Returns the names in a directory that are checkpoints, or shards of one, by themselves.
std::vector<std::string> SingleFiles(std::span<const std::string> names) {
  std::vector<std::string> found;
  for (const std::string& name : names) {
    if (HasFormatExtension(name) || HasUnreadExtension(name)) found.push_back(name);
  }
  return found;
}

// Returns at most three of `names` that are `name` with something after a dot: the index of the
// shards of "x.safetensors" is "x.safetensors.index.json".
std::vector<std::string> LongerNames(std::span<const std::string> names, std::string_view name) {
  std::vector<std::string> longer;
  for (const std::string& candidate : names) {
    if (longer.size() < 3 && candidate.starts_with(std::string(name) + "."))
      longer.push_back(candidate);
  }
  return longer;
}

bool HasDataFile(std::span<const std::string> names, std::string_view prefix) {
  return std::ranges::any_of(names, [&](const std::string& name) {
    const auto data = tf_bundle::ParseDataPath(name);
    return data && data->prefix == prefix;
  });
}

// Returns the names in a directory that are directories with an index in them.
std::vector<std::string> DirectoriesWithCheckpoints(FileSystem& fs, const std::string& directory,
                                                    const std::vector<std::string>& names) {
  std::vector<std::string> found;
  for (const std::string& name : names) {
    std::string path = JoinPath(directory, name);
    const auto info = fs.Stat(path);
    if (!info.ok() || info->kind != FileKind::kDirectory) continue;
    const auto indexes = ListIndexes(fs, path);
    if (indexes.ok() && !indexes->empty()) found.push_back(std::move(path));
    if (found.size() > kMaxDirectories) break;
  }
  return found;
}

}  // namespace

std::string HintOfMissing(FileSystem& fs, const std::string& prefix) {
  const std::string directory = DirectoryOf(prefix);
  const auto files = fs.List(directory);
  if (!files.ok()) return "there is no directory " + Quoted(directory);
  const std::string_view name = BaseName(prefix);
  if (HasDataFile(*files, name)) {
    return "there is data of " + Quoted(name) +
           ", but no index: its save did not finish, or the index was lost";
  }
  std::vector<std::string> there = SingleFiles(*files);
  if (const auto indexes = ListIndexes(fs, directory); indexes.ok()) {
    std::ranges::transform(*indexes, std::inserter(there, there.begin()), ShownName);
  }
  if (there.empty()) return "there is no checkpoint in " + Quoted(directory);
  const std::string head = prefix.substr(0, prefix.size() - name.size());
  std::vector<std::string> near = LongerNames(there, name);
  if (near.empty())
    near = NearestNames(name, there.size(), [&](size_t i) { return std::string_view(there[i]); });
  if (near.empty()) return ListNames(there.size() == 1 ? "there is" : "there are", there);
  for (std::string& candidate : near) candidate.insert(0, head);
  return DidYouMean(near);
}

std::string HintOfEmptyDirectory(FileSystem& fs, const std::string& directory) {
  const auto files = fs.List(directory);
  if (!files.ok()) return "";
  for (const std::string& name : *files) {
    if (const auto data = tf_bundle::ParseDataPath(name)) {
      return "there is data of " + Quoted(data->prefix) +
             ", but no index: its save did not finish, or the index was lost";
    }
  }
  const std::vector<std::string> others = SingleFiles(*files);
  if (!others.empty()) return ListNames("name one of its files:", others);
  const std::vector<std::string> below = DirectoriesWithCheckpoints(fs, directory, *files);
  if (!below.empty()) return ListNames("there are checkpoints in", below);
  return files->empty() ? "the directory is empty"
                        : "name the directory or the prefix of a checkpoint";
}

}  // namespace cairn
