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

Result<Description> Describe(FileSystem& fs, const std::string& path, const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const FileSet set, FileSet::Read(fs, path, options));
  Description description{"", "little", "none", {}};  // the format has no versions
  if (set.index) {
    CAIRN_ASSIGN_OR_RETURN(const FileInfo info, fs.Stat(path));
    description.files.push_back({path, info.size});
  }
  for (const FileHeader& file : set.files)
    description.files.push_back({file.file->path(), file.file->size()});
  return description;
}

}  // namespace cairn::safetensors
