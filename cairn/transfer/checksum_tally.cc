#include "cairn/transfer/checksum_tally.h"

#include "cairn/io/checksum.h"

namespace cairn {

ChecksumTally::ChecksumTally(std::vector<Item> items)
    : items_(std::move(items)), cells_(std::make_unique<Cell[]>(items_.size())) {
  for (size_t i = 0; i < items_.size(); ++i) cells_[i].nbytes_left = items_[i].nbytes;
}

// A CRC is linear: the whole is the sum (xor) of each chunk followed by as many zeros as come after
// it, so no chunk has to wait for another.
std::optional<uint32_t> ChecksumTally::Add(const Chunk& chunk, uint32_t checksum) {
  Cell& cell = cells_[chunk.item];
  const Item& item = items_[chunk.item];
  const uint64_t nbytes_after = item.nbytes - chunk.begin - chunk.nbytes;
  cell.checksum.fetch_xor(CombineChecksum(item.kind, checksum, 0, nbytes_after),
                          std::memory_order_relaxed);
  const uint64_t left = cell.nbytes_left.fetch_sub(chunk.nbytes, std::memory_order_acq_rel);
  if (left != chunk.nbytes) return std::nullopt;
  return cell.checksum.load(std::memory_order_relaxed);
}

}  // namespace cairn
