#include "cairn/state/checkpoint_files.h"

#include <algorithm>
#include <charconv>

#include "cairn/core/escape.h"
#include "cairn/formats/safetensors/safetensors.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/tf_bundle/leftover_files.h"
#include "cairn/formats/tf_v1/v1_path.h"
#include "cairn/io/path.h"
#include "cairn/state/file_checkpoints.h"

namespace cairn {

namespace {

bool HasDataOfEmptyPrefix(std::span<const std::string> names) {
  return std::ranges::any_of(names, [](const std::string& name) {
    const auto data = tf_bundle::ParseDataPath(name);
    return data && data->prefix.empty();
  });
}

}  // namespace

Result<bool> IsRegularFile(FileSystem& fs, const std::string& path) {
  const Result<FileInfo> info = fs.Stat(path);
  if (info.ok()) return info->kind == FileKind::kRegular;
  const Reason reason = info.status().reason();
  if (reason == Reason::kMissing || reason == Reason::kPath) return false;
  return info.status();
}

Result<bool> HasIndex(FileSystem& fs, const std::string& prefix) {
  return IsRegularFile(fs, tf_bundle::IndexPath(prefix));
}

Result<std::optional<std::string>> FindCheckpoint(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const bool has_index, HasIndex(fs, path));
  if (has_index) return std::optional(path);
  CAIRN_ASSIGN_OR_RETURN(const bool is_file, IsRegularFile(fs, tf_v1::RepresentativeOf(fs, path)));
  if (is_file) return std::optional(path);
  if (!path.ends_with(safetensors::kFileExtension)) return std::optional<std::string>();
  std::string index = safetensors::IndexPathOf(path);
  CAIRN_ASSIGN_OR_RETURN(const bool has_shards, IsRegularFile(fs, index));
  return has_shards ? std::optional(std::move(index)) : std::nullopt;
}

Result<bool> HasCheckpoint(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const auto found, FindCheckpoint(fs, path));
  return found.has_value();
}

bool IsRemoved(FileSystem& fs, const std::string& prefix) {
  const auto is_missing = [&](const std::string& path) {
    return fs.StatName(path).status().reason() == Reason::kMissing;
  };
  return is_missing(tf_bundle::IndexPath(prefix)) &&
         is_missing(tf_v1::RepresentativeOf(fs, prefix));
}

Result<std::vector<std::string>> ListIndexes(FileSystem& fs, const std::string& directory) {
  CAIRN_ASSIGN_OR_RETURN(const std::vector<std::string> names, fs.List(directory));
  return ListIndexes(fs, directory, names);
}

std::vector<std::string> ListIndexes(FileSystem& fs, const std::string& directory,
                                     std::span<const std::string> names) {
  const std::string suffix = tf_bundle::IndexPath("");
  std::vector<std::string> prefixes;
  for (const std::string& name : names) {
    if (!name.ends_with(suffix)) continue;
    if (name.size() == suffix.size() && !HasDataOfEmptyPrefix(names)) continue;
    const Result<bool> is_file = IsRegularFile(fs, JoinPath(directory, name));
    if (is_file.ok() && *is_file) prefixes.push_back(name.substr(0, name.size() - suffix.size()));
  }
  std::ranges::sort(prefixes);
  return prefixes;
}

Result<std::vector<std::string>> ListLeftovers(FileSystem& fs, const std::string& path) {
  return tf_bundle::ListTemporaryFiles(fs, path + ".");
}

std::string ShownName(std::string_view name) { return name.empty() ? "." : Escape(name); }

std::string_view BaseNameOnWindows(std::string_view path) {
  return path.substr(path.find_last_of("/\\") + 1);
}

std::optional<int64_t> StepOfName(std::string_view name) {
  if (const auto shard = tf_v1::ParseShardPath(name)) name = shard->stem;
  name = WithoutExtension(name);
  const size_t dash = name.rfind('-');
  if (dash == std::string_view::npos || dash + 1 == name.size()) return std::nullopt;
  int64_t step = 0;
  const char* const end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + dash + 1, end, step);
  if (error != std::errc() || stop != end) return std::nullopt;
  return step;
}

}  // namespace cairn
