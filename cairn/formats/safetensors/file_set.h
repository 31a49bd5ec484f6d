// The files of a safetensors checkpoint, as one table.
#ifndef CAIRN_FORMATS_SAFETENSORS_FILE_SET_H_
#define CAIRN_FORMATS_SAFETENSORS_FILE_SET_H_

#include "cairn/core/tensor_dict.h"
#include "cairn/formats/format.h"
#include "cairn/formats/safetensors/file_header.h"
#include "cairn/formats/safetensors/shard_index.h"

namespace cairn::safetensors {

// Enough of a file to tell what it is.
inline constexpr uint64_t kHeadNbytes = 4096;

// The whole of an index. Errors: kLimit, those of reading.
Result<std::string> ReadText(const RandomAccessFile& file, const Limits& limits);

struct FileSet {
  std::vector<FileHeader> files;    // in the order of their names
  std::optional<ShardIndex> index;  // of several

  // By the first bytes of a file.
  static bool LooksLikeFile(std::string_view head);
  static bool LooksLikeIndex(std::string_view head);

  // One file, or the index of several and all of them. Errors: those of ReadFileHeader and
  // ParseShardIndex; kMissing (a file, or a tensor that its file has not), kDuplicate (a tensor in
  // two files), kFormat (one that the index does not list). Where `problems` is given, what is
  // wrong with single files, or between them and the index, goes there instead, and the rest is
  // read.
  static Result<FileSet> Read(FileSystem& fs, const std::string& path, const OpenOptions& options,
                              std::vector<Status>* problems = nullptr);

  // The paths of the files that an index lists, in the order of their names; none where `path` is
  // one file. Errors: those of ParseShardIndex.
  static Result<std::vector<std::string>> ListShards(FileSystem& fs, const std::string& path,
                                                     const OpenOptions& options);
};

// Whatever how the tensors lie: asking for one that leaves its file is an error of its own.
TensorDict MakeDict(FileSet set);

}  // namespace cairn::safetensors

#endif  // CAIRN_FORMATS_SAFETENSORS_FILE_SET_H_
