#include "cairn/state/file_checkpoints.h"

#include <algorithm>
#include <map>
#include <set>

#include "cairn/formats/npz/npz.h"
#include "cairn/formats/safetensors/safetensors.h"
#include "cairn/formats/safetensors/shard_name.h"

namespace cairn {
namespace {

constexpr const Format* kFileFormats[] = {&npz::kNpzFormat, &safetensors::kFormat};

// The ending of a name by which it is of a format; "" for other names. An index ends in more than a
// file does.
std::string_view ExtensionOf(std::string_view name) {
  std::string_view longest;
  for (const Format* format : kFileFormats) {
    for (const std::string_view extension : format->extensions) {
      if (name.ends_with(extension) && extension.size() > longest.size()) longest = extension;
    }
  }
  return longest;
}

// The names of shards by that of the index which they belong to.
std::map<std::string, std::vector<std::string>, std::less<>> ShardsByIndex(
    std::span<const std::string> names) {
  std::map<std::string, std::vector<std::string>, std::less<>> shards;
  for (const std::string& name : names) {
    const auto shard = safetensors::ParseShardName(name);
    if (!shard) continue;
    shards[std::string(shard->stem).append(safetensors::kIndexExtension)].push_back(name);
  }
  return shards;
}

}  // namespace

const Format* FileFormatOf(std::string_view name) {
  for (const Format* format : kFileFormats) {
    for (const std::string_view extension : format->extensions) {
      if (name.ends_with(extension)) return format;
    }
  }
  return nullptr;
}

std::string_view WithoutExtension(std::string_view name) {
  return name.substr(0, name.size() - ExtensionOf(name).size());
}

std::string_view SavedForm(std::string_view name) {
  if (!name.ends_with(safetensors::kIndexExtension)) return name;
  return name.substr(0, WithoutExtension(name).size() + safetensors::kFileExtension.size());
}

std::vector<FileCheckpoint> ListFileCheckpoints(std::span<const std::string> names) {
  auto shards = ShardsByIndex(names);
  std::vector<FileCheckpoint> found;
  for (const std::string& name : names) {
    const Format* const format = FileFormatOf(name);
    if (format == nullptr || safetensors::ParseShardName(name)) continue;
    FileCheckpoint checkpoint{name, format, {name}};
    if (const auto own = shards.find(name); own != shards.end())
      std::ranges::move(own->second, std::back_inserter(checkpoint.files));
    found.push_back(std::move(checkpoint));
  }
  return found;
}

std::vector<std::string> ListLostIndexes(std::span<const std::string> names) {
  std::vector<std::string> lost;
  for (const auto& [index, shards] : ShardsByIndex(names)) {
    if (std::ranges::binary_search(names, index)) continue;
    lost.push_back(std::string(WithoutExtension(index)).append(safetensors::kFileExtension));
  }
  return lost;
}

}  // namespace cairn
