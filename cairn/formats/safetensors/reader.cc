// Recognise, Open, Salvage, Describe.
#include "cairn/core/escape.h"
#include "cairn/formats/safetensors/file_set.h"
#include "cairn/formats/safetensors/safetensors.h"
#include "cairn/formats/verify_tensors.h"
#include "cairn/io/read_head.h"

namespace cairn::safetensors {

Result<bool> Recognise(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const std::string head, ReadHeadAt(fs, path, kHeadNbytes));
  return FileSet::LooksLikeFile(head) || FileSet::LooksLikeIndex(head);
}

Result<TensorDict> Open(FileSystem& fs, const std::string& path, const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(FileSet set, FileSet::Read(fs, path, options));
  for (const FileHeader& file : set.files) CAIRN_RETURN_IF_ERROR(CheckData(file));
  return MakeDict(std::move(set));
}

Result<Salvaged> Salvage(FileSystem& fs, const std::string& path, const OpenOptions& options) {
  std::vector<Status> problems;
  CAIRN_ASSIGN_OR_RETURN(FileSet set, FileSet::Read(fs, path, options, &problems));
  for (const FileHeader& file : set.files) {
    if (Status status = CheckData(file); !status.ok()) problems.push_back(std::move(status));
  }
  Salvaged salvaged;
  salvaged.dict = MakeDict(std::move(set));
  for (const Status& problem : problems) salvaged.lost.push_back(Finding{problem.AtPath(path)});
  return salvaged;
}

// Reads no header of a file: whoever asks has usually opened the checkpoint.
Result<Description> Describe(FileSystem& fs, const std::string& path, const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const FileInfo info, fs.Stat(path));
  CAIRN_ASSIGN_OR_RETURN(const std::vector<std::string> shards,
                         FileSet::ListShards(fs, path, options));
  Description description{"", "little", "none", {{path, info.size}}};  // the format has no versions
  for (const std::string& shard : shards) {
    const Result<FileInfo> found = fs.Stat(shard);
    description.files.push_back({shard, found.ok() ? std::optional(found->size) : std::nullopt});
  }
  return description;
}

}  // namespace cairn::safetensors
