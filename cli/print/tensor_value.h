// The value of a tensor, read once or twice so that nothing unchecked is ever printed.
#ifndef CAIRN_CLI_PRINT_TENSOR_VALUE_H_
#define CAIRN_CLI_PRINT_TENSOR_VALUE_H_

#include <functional>

#include "cairn/core/tensor_source.h"
#include "cairn/transfer/transfer.h"
#include "cli/print/array_corners.h"

namespace cairn::cli {

// Takes a piece of the value; pieces come in order. An error ends the reading.
using TakePiece = std::function<Status(Bytes)>;

// Reads all of it; the pieces are to be trusted only after success. `progress` may be null. Errors:
// those of the source, kCancelled on interrupt.
Status ReadPieces(const TensorSource& source, Progress* progress, const TakePiece& take);

// The same, but every checksum has held before the first piece is given: a large value is read
// twice, first to check it. Either progress may be null.
Status ReadCheckedPieces(const TensorSource& source, Progress* of_checking, Progress* of_taking,
                         const TakePiece& take);

// The elements that `corners` shows, one after the other, after every checksum held. Of a value
// without a checksum no more is read than is shown.
Result<std::vector<std::byte>> ReadCorners(const TensorSource& source, const ArrayCorners& corners,
                                           Progress* progress);

// Takes some elements of a string tensor; they come in order. An error ends the reading.
using TakeStrings = std::function<Status(const StringTensor&)>;

// Reads all elements of a string tensor. Every checksum has held before the first are given.
// Errors: those of the source, kCancelled on interrupt.
Status ReadCheckedStrings(const TensorSource& source, const TakeStrings& take);

// The elements of a string tensor that `corners` shows, after every checksum held.
Result<StringTensor> ReadStringCorners(const TensorSource& source, const ArrayCorners& corners);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_TENSOR_VALUE_H_
