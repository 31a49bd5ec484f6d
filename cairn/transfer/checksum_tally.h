// The checksums of whole values, from those of their chunks, which come from several threads in any
// order.
#ifndef CAIRN_TRANSFER_CHECKSUM_TALLY_H_
#define CAIRN_TRANSFER_CHECKSUM_TALLY_H_

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "cairn/core/checksum.h"
#include "cairn/transfer/chunk_plan.h"

namespace cairn {

class ChecksumTally {
 public:
  struct Item {
    uint64_t nbytes = 0;
    Checksum::Kind kind = Checksum::Kind::kCrc32c;
  };
  explicit ChecksumTally(std::vector<Item> items);

  // Takes the checksum of one chunk. Gives that of the whole item to whoever brings its last chunk.
  std::optional<uint32_t> Add(const Chunk& chunk, uint32_t checksum);

  // The checksum of an item whose last chunk was added, once the threads are joined.
  uint32_t checksum(size_t item) const { return cells_[item].checksum; }

 private:
  struct Cell {
    std::atomic<uint64_t> nbytes_left = 0;
    std::atomic<uint32_t> checksum = 0;
  };

  std::vector<Item> items_;
  std::unique_ptr<Cell[]> cells_;
};

}  // namespace cairn

#endif  // CAIRN_TRANSFER_CHECKSUM_TALLY_H_
