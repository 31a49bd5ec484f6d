// PlanCopy: which names the shards of a copy get, and the index that says so.
#include <algorithm>
#include <map>
#include <set>

#include "cairn/core/escape.h"
#include "cairn/formats/safetensors/file_set.h"
#include "cairn/formats/safetensors/safetensors.h"
#include "cairn/formats/safetensors/shard_index.h"
#include "cairn/formats/safetensors/shard_name.h"
#include "cairn/io/path.h"
#include "cairn/io/temporary_name.h"

namespace cairn::safetensors {
namespace {

constexpr size_t kMaxShards = 99'999;  // five digits in their names

bool IsIndexPath(std::string_view path) { return path.ends_with(kIndexExtension); }

// "run/model" for "run/model.safetensors.index.json".
std::string StemOfIndex(std::string_view path) {
  path.remove_suffix(kIndexExtension.size());
  return std::string(path);
}

Result<std::string> ReadIndexText(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const auto file, fs.OpenForReading(path, Access::kRead));
  return ReadText(*file, {}).AtPath(path);
}

// The files under the name that the copy gets.
struct Neighbours {
  bool has_index = false;
  bool is_readable = false;              // the index
  std::set<std::string> named = {};      // names that the index uses
  std::vector<std::string> shards = {};  // names of files that have that of a shard
  std::vector<std::string> temporaries = {};

  bool Uses(const std::string& name) const {
    if (is_readable || !has_index) return named.contains(name);
    return std::ranges::find(shards, name) != shards.end();
  }
};

Result<Neighbours> FindNeighbours(FileSystem& fs, const std::string& index_path) {
  Neighbours found;
  CAIRN_ASSIGN_OR_RETURN(found.has_index, fs.Exists(index_path));
  if (found.has_index) {
    const auto text = ReadIndexText(fs, index_path);
    const auto index = text.ok() ? ParseShardIndex(*text, {}) : text.status();
    found.is_readable = index.ok();
    if (index.ok()) found.named.insert(index->file_names.begin(), index->file_names.end());
  }
  const auto names = fs.List(DirectoryOf(index_path));
  if (names.status().reason() == Reason::kMissing) return found;
  CAIRN_RETURN_IF_ERROR(names.status());
  for (const std::string& name : *names) {
    const auto final_name = FinalNameOf(name);
    if (!HasMember(BaseName(index_path), final_name.value_or(name))) continue;
    if (final_name) {
      found.temporaries.push_back(name);
    } else if (!IsIndexPath(name)) {
      found.shards.push_back(name);
    }
  }
  return found;
}

std::vector<std::string> NamesOfShards(std::string_view stem, size_t num_files, size_t count) {
  std::vector<std::string> names;
  for (size_t i = 0; i < num_files; ++i) names.push_back(ShardName(stem, i, count));
  return names;
}

Result<std::vector<std::string>> ChooseNames(std::string_view stem, size_t num_files,
                                             const Neighbours& neighbours) {
  for (size_t count = num_files; count <= kMaxShards; ++count) {
    std::vector<std::string> names = NamesOfShards(stem, num_files, count);
    const auto is_used = [&](const std::string& name) { return neighbours.Uses(name); };
    if (std::ranges::none_of(names, is_used)) return names;
  }
  return Status(Reason::kLimit,
                "the names of more than " + std::to_string(kMaxShards) + " files would be needed");
}

// The index with other names of its files.
std::string Renamed(ShardIndex index, std::span<const std::string> old_names,
                    std::span<const std::string> new_names) {
  std::map<std::string, std::string> renamed;
  for (size_t i = 0; i < old_names.size(); ++i) renamed[old_names[i]] = new_names[i];
  for (std::string& name : index.file_names) name = renamed.at(name);
  std::map<std::string, FileMark> files;
  for (const auto& [name, mark] : index.files) {
    if (const auto found = renamed.find(name); found != renamed.end())
      files.emplace(found->second, mark);
  }
  index.files = std::move(files);
  return EncodeShardIndex(index);
}

// Two forms of one name would be two checkpoints of which nobody knows the newer.
Status CheckOtherForm(FileSystem& fs, const std::string& other) {
  CAIRN_ASSIGN_OR_RETURN(const bool exists, fs.Exists(other));
  if (!exists) return {};
  return AlreadyThere(other).WithHint(
      "A checkpoint of one file and one of several files cannot replace each other. Remove that "
      "one first.");
}

CopyPlan PlanOneFile(const std::string& from, const std::string& to) {
  CopyPlan plan;
  plan.files.push_back({from, to});
  return plan;
}

}  // namespace

std::string IndexPathOf(const std::string& path) {
  if (IsIndexPath(path)) return path;
  const bool is_file = path.ends_with(kFileExtension);
  return path.substr(0, path.size() - (is_file ? kFileExtension.size() : 0)) +
         std::string(kIndexExtension);
}

std::string CommitPath(const std::string& path) { return path; }

bool HasMember(std::string_view path, std::string_view file) {
  if (file == path) return true;
  if (!IsIndexPath(path)) return false;
  const auto shard = ParseShardName(file);
  return shard && shard->stem == path.substr(0, path.size() - kIndexExtension.size());
}

Result<CopyPlan> PlanCopy(FileSystem& fs, const std::string& from, const std::string& to) {
  const std::string index_path = IndexPathOf(to);
  const std::string stem = StemOfIndex(index_path);
  const std::string file_path = stem + std::string(kFileExtension);
  if (!IsIndexPath(from)) {
    CAIRN_RETURN_IF_ERROR(CheckOtherForm(fs, index_path));
    return PlanOneFile(from, file_path);
  }
  CAIRN_RETURN_IF_ERROR(CheckOtherForm(fs, file_path));
  CAIRN_ASSIGN_OR_RETURN(const std::string text, ReadIndexText(fs, from));
  CAIRN_ASSIGN_OR_RETURN(ShardIndex index, ParseShardIndex(text, {}).AtPath(from));
  CAIRN_RETURN_IF_ERROR(index.json_error.AtPath(from));
  std::vector<std::string> old_names = index.file_names;
  std::ranges::sort(old_names);
  CAIRN_ASSIGN_OR_RETURN(const Neighbours neighbours, FindNeighbours(fs, index_path));
  CAIRN_ASSIGN_OR_RETURN(const std::vector<std::string> new_names,
                         ChooseNames(BaseName(stem), old_names.size(), neighbours).AtPath(to));
  CopyPlan plan;
  plan.commit_path = index_path;
  plan.replaces = neighbours.has_index;
  const std::string directory = DirectoryOf(to);
  for (size_t i = 0; i < old_names.size(); ++i)
    plan.files.push_back(
        {JoinPath(DirectoryOf(from), old_names[i]), JoinPath(directory, new_names[i])});
  if (new_names == old_names) {
    plan.commit_content = text;
  } else {
    if (index.files.empty())
      plan.notes.push_back("the index is written anew: of its metadata, only the size is kept");
    plan.commit_content = Renamed(std::move(index), old_names, new_names);
  }
  for (const std::string& name : neighbours.shards)
    (neighbours.Uses(name) ? plan.replaced : plan.unnamed).push_back(JoinPath(directory, name));
  for (const std::string& name : neighbours.temporaries)
    plan.unnamed.push_back(JoinPath(directory, name));
  return plan;
}

}  // namespace cairn::safetensors
