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

}  // namespace cairn
