// Raw snappy (no framing): length varint, then literals and copies.
#ifndef CAIRN_CODEC_SNAPPY_H_
#define CAIRN_CODEC_SNAPPY_H_

#include <vector>

#include "cairn/core/bytes.h"
#include "cairn/core/status.h"

namespace cairn {

// Errors: kSnappy (malformed, or a length that its bytes cannot reach), kLimit (longer than
// `max_nbytes`). Allocates only what the compressed bytes justify.
Result<std::vector<std::byte>> DecompressSnappy(Bytes compressed, uint64_t max_nbytes);

}  // namespace cairn

#endif  // CAIRN_CODEC_SNAPPY_H_
