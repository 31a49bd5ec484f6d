// Reads a whole dict into memory.
#ifndef CAIRN_TRANSFER_MATERIALIZE_H_
#define CAIRN_TRANSFER_MATERIALIZE_H_

#include "cairn/core/tensor_dict.h"
#include "cairn/transfer/transfer.h"

namespace cairn {

// The whole dict in memory: every value verified, each numeric tensor at a multiple of 64 bytes of
// one arena that the result keeps alive. Errors: kNoMemory, kLimit
// (TensorSource::CheckCanBeHeld), those of ReadAll.
Result<TensorDict> Materialize(const TensorDict& dict, const TransferOptions& options);

}  // namespace cairn

#endif  // CAIRN_TRANSFER_MATERIALIZE_H_
