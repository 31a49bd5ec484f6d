#include "cairn/checkpoint/remove_checkpoint.h"

#include <algorithm>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/destination.h"
#include "cairn/core/escape.h"
#include "cairn/formats/safetensors/file_set.h"
#include "cairn/formats/safetensors/safetensors.h"
#include "cairn/io/path.h"
#include "cairn/io/temporary_name.h"
#include "cairn/state/checkpoint_files.h"

namespace cairn {
namespace {

// The checkpoint that a name stands for.
struct Named {
  const Format* format = nullptr;
  std::string path;
  std::string commit_path;

  bool HasMember(std::string_view file) const {
    if (format->has_member != nullptr) return format->has_member(BaseName(path), file);
    return file == BaseName(path);
  }
};

// A name without an ending is a prefix, where it is not that of a file of another format.
Result<Named> FindNamed(FileSystem& fs, const std::string& path) {
  Named named{&FormatOfNew(path), path, path};
  CAIRN_ASSIGN_OR_RETURN(const bool is_file, IsRegularFile(fs, path));
  if (named.format->extensions.empty() && is_file) {
    CAIRN_ASSIGN_OR_RETURN(const bool has_index, HasIndex(fs, path));
    if (!has_index) {
      CAIRN_ASSIGN_OR_RETURN(const Resolved resolved, Resolve(fs, path));
      named.format = resolved.format;
    }
  }
  if (named.format->save_name.empty()) {
    return Status(Reason::kUnsupported, "is a checkpoint of " + std::string(named.format->name) +
                                            ", of which only the reading is known")
        .AtPath(path)
        .WithHint("Remove its files yourself.");
  }
  if (named.format->name == safetensors::kFormat.name && !is_file)
    named.path = safetensors::IndexPathOf(path);
  if (named.format->commit_path != nullptr)
    named.commit_path = named.format->commit_path(named.path);
  return named;
}

struct Members {
  bool has_commit_file = false;
  std::vector<std::string> others;  // paths
};

Result<Members> FindMembers(FileSystem& fs, const Named& named) {
  Members members;
  const std::string directory = DirectoryOf(named.path);
  const auto names = fs.List(directory);
  if (names.status().reason() == Reason::kMissing) return members;
  CAIRN_RETURN_IF_ERROR(names.status());
  for (const std::string& name : *names) {
    if (name == BaseName(named.commit_path)) {
      members.has_commit_file = true;
    } else if (named.HasMember(FinalNameOf(name).value_or(name))) {
      members.others.push_back(JoinPath(directory, name));
    }
  }
  return members;
}

// Files of other names may be those of another index as well. An index that cannot be read names
// nothing.
Status CheckNamesOnlyMembers(FileSystem& fs, const Named& named) {
  if (named.format->name != safetensors::kFormat.name) return {};
  const auto shards = safetensors::FileSet::ListShards(fs, named.path, {.access = Access::kRead});
  if (!shards.ok()) return {};
  for (const std::string& shard : *shards) {
    if (named.HasMember(BaseName(shard))) continue;
    return Status(Reason::kUnsupported, "names " + Quoted(BaseName(shard)) +
                                            ", which may belong to another checkpoint, too")
        .AtPath(named.path)
        .WithHint("Remove the files of this checkpoint yourself.");
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> RemoveCheckpoint(FileSystem& fs, std::string_view path) {
  const std::string given(path);
  CAIRN_RETURN_IF_ERROR(CheckDestination(fs, given));
  CAIRN_ASSIGN_OR_RETURN(const Named named, FindNamed(fs, given));
  CAIRN_ASSIGN_OR_RETURN(const Members members, FindMembers(fs, named));
  if (!members.has_commit_file && members.others.empty())
    return Status(Reason::kMissing, "there is no checkpoint of this name").AtPath(given);
  CAIRN_RETURN_IF_ERROR(CheckNamesOnlyMembers(fs, named));
  std::vector<std::string> removed;
  const auto remove = [&](const std::string& file) -> Status {
    const Status status = fs.Remove(file);
    if (!status.ok() && status.reason() != Reason::kMissing) return status;
    removed.push_back(file);
    return {};
  };
  if (members.has_commit_file) CAIRN_RETURN_IF_ERROR(remove(named.commit_path));
  CAIRN_RETURN_IF_ERROR(fs.SyncDirectory(DirectoryOf(named.path)));
  for (const std::string& file : members.others) CAIRN_RETURN_IF_ERROR(remove(file));
  return removed;
}

}  // namespace cairn
