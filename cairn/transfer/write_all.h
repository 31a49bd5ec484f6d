// Writes tensors into files.
#ifndef CAIRN_TRANSFER_WRITE_ALL_H_
#define CAIRN_TRANSFER_WRITE_ALL_H_

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/tensor_source.h"
#include "cairn/io/file_system.h"
#include "cairn/transfer/transfer.h"

namespace cairn {

// Into a file that has room: from `offset` on.
struct WriteJob {
  std::shared_ptr<const TensorSource> source;
  WritableFile* file = nullptr;
  uint64_t offset = 0;
  // Bytes before `offset` that are written, too, so that small neighbours are one write: zeros, or
  // what `head` makes of them when the checksum of the value is known. It is called from any
  // thread, once by WriteAll and once by ReadBack.
  uint64_t head_nbytes = 0;
  Checksum::Kind checksum_kind = Checksum::Kind::kCrc32c;  // wanted of the bytes written
  std::function<std::string(uint32_t checksum)> head = nullptr;
};

// The checksum, of the kind it asks for, of the bytes written for each job. Each source's own
// checksum is compared on the way, so damage is never copied. Errors: as ReadAll, and those of the
// files.
Result<std::vector<uint32_t>> WriteAll(std::span<const WriteJob> jobs,
                                       const TransferOptions& options,
                                       std::span<const std::string_view> names = {});

}  // namespace cairn

#endif  // CAIRN_TRANSFER_WRITE_ALL_H_
