// Reads tensors into memory.
#ifndef CAIRN_TRANSFER_READ_ALL_H_
#define CAIRN_TRANSFER_READ_ALL_H_

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cairn/core/tensor_source.h"
#include "cairn/transfer/transfer.h"

namespace cairn {

// Into memory: `to` has exactly the source's nbytes. Numeric sources only.
struct ReadJob {
  std::shared_ptr<const TensorSource> source;
  MutableBytes to;
};

// All of them or an error, after which the contents of every `to` are unspecified. Sources without
// a checksum are copied as they are. Errors: kArgument (sizes differ), kCrc, those of the sources,
// kCancelled; `names[i]`, where given, names job i in them.
Status ReadAll(std::span<const ReadJob> jobs, const TransferOptions& options,
               std::span<const std::string_view> names = {});

// The same, and returns the checksum of each job's bytes, computed while they were copied; nothing
// where the source has no extent.
Result<std::vector<std::optional<Checksum>>> ReadAllAndSum(
    std::span<const ReadJob> jobs, const TransferOptions& options,
    std::span<const std::string_view> names = {});

}  // namespace cairn

#endif  // CAIRN_TRANSFER_READ_ALL_H_
