#include "cairn/io/checksum_tally.h"

#include "cairn/io/checksum.h"

namespace cairn {

ChecksumTally::ChecksumTally(std::vector<uint64_t> nbytes)
    : nbytes_(std::move(nbytes)), cells_(std::make_unique<Cell[]>(nbytes_.size())) {
  for (size_t i = 0; i < nbytes_.size(); ++i) cells_[i].nbytes_left = nbytes_[i];
}

// A CRC is linear: the whole is the sum (xor) of each piece followed by as many zeros as come after
// it, so no piece has to wait for another.
std::optional<uint32_t> ChecksumTally::Add(const Piece& piece, uint32_t crc32c) {
  Cell& cell = cells_[piece.item];
  const uint64_t nbytes_after = nbytes_[piece.item] - piece.begin - piece.nbytes;
  cell.crc32c.fetch_xor(CombineCrc32c(crc32c, 0, nbytes_after), std::memory_order_relaxed);
  const uint64_t left = cell.nbytes_left.fetch_sub(piece.nbytes, std::memory_order_acq_rel);
  if (left != piece.nbytes) return std::nullopt;
  return cell.crc32c.load(std::memory_order_relaxed);
}

}  // namespace cairn
