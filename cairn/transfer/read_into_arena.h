// Reads tensors into memory that is made for them.
#ifndef CAIRN_TRANSFER_READ_INTO_ARENA_H_
#define CAIRN_TRANSFER_READ_INTO_ARENA_H_

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cairn/core/tensor_source.h"
#include "cairn/transfer/arena.h"
#include "cairn/transfer/transfer.h"

namespace cairn {

struct ArenaValues {
  std::shared_ptr<Arena> arena;
  // In the order of the sources:
  std::vector<MutableBytes> values;           // in the arena
  std::vector<std::optional<Checksum>> sums;  // of the values; nothing if a source has no extent
};

// The bytes that the value of a numeric source takes in an arena, with the room after it.
uint64_t NbytesInArena(const TensorSource& source);

// Reads all of the sources, which are numeric, into one arena, each at a multiple of 64 bytes. The
// arena is `reused`, if that is large enough, else a new one. Errors: kNoMemory, kOverflow, kLimit
// (TensorSource::CheckCanBeHeld), those of ReadAll; `names[i]` names source i in them.
Result<ArenaValues> ReadIntoArena(std::span<const std::shared_ptr<const TensorSource>> sources,
                                  std::span<const std::string_view> names,
                                  const TransferOptions& options,
                                  std::shared_ptr<Arena> reused = nullptr);

}  // namespace cairn

#endif  // CAIRN_TRANSFER_READ_INTO_ARENA_H_
