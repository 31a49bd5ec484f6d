#include "cairn/formats/write_values.h"

#include "cairn/transfer/read_back.h"

namespace cairn {

Result<std::vector<uint32_t>> WriteValues(FileSystem& fs, std::span<const WriteJob> jobs,
                                          const SaveOptions& options,
                                          std::span<const std::string_view> names) {
  CAIRN_ASSIGN_OR_RETURN(std::vector<uint32_t> checksums, WriteAll(jobs, options.transfer, names));
  if (options.read_back)
    CAIRN_RETURN_IF_ERROR(ReadBack(fs, jobs, checksums, options.transfer, names));
  return checksums;
}

Status WriteBytes(FileSystem& fs, WritableFile& file, uint64_t offset, Bytes bytes,
                  const SaveOptions& options) {
  CAIRN_RETURN_IF_ERROR(file.WriteAt(offset, bytes));
  return options.read_back ? ReadBackBytes(fs, file.path(), offset, bytes) : Status();
}

Status WriteCommitFile(FileSystem& fs, DurableFiles& files, const std::string& path, Bytes content,
                       const SaveOptions& options) {
  CAIRN_RETURN_IF_ERROR(files.AddCommitFile(path, content, IfExists::kFail));
  if (!options.read_back) return {};
  return ReadBackBytes(fs, files.file(files.size() - 1).path(), 0, content);
}

}  // namespace cairn
