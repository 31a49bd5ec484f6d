// The unit that a transfer moves and checks by itself: a whole value, or one stored chunk of a
// joined one.
#ifndef CAIRN_TRANSFER_TRANSFER_UNIT_H_
#define CAIRN_TRANSFER_TRANSFER_UNIT_H_

#include <memory>
#include <vector>

#include "cairn/transfer/checksum_tally.h"
#include "cairn/transfer/source_bytes.h"

namespace cairn {

// Where the bytes of a chunk belong in the whole value.
class Placement {
 public:
  Placement(const Shape& whole, const Box& box, uint64_t element_nbytes)
      : runs_(whole.dims(), box), element_nbytes_(element_nbytes) {}

  bool is_one_run() const { return runs_.num_runs() <= 1; }
  // Where the chunk begins in the value.
  uint64_t offset() const { return runs_.num_runs() == 0 ? 0 : ByteOffset(0); }

  // Copies `bytes`, which lie at `begin` of the chunk, to their places in `whole`.
  void Scatter(uint64_t begin, Bytes bytes, MutableBytes whole) const;

 private:
  uint64_t ByteOffset(uint64_t run) const { return runs_.OffsetOf(run) * element_nbytes_; }

  BoxRuns runs_;
  uint64_t element_nbytes_;
};

struct TransferUnit {
  size_t job = 0;
  SourceBytes bytes;
  std::unique_ptr<const Placement> placement;  // of a chunk
};

// Adds the units of `source`. Errors: those of LocateBytes.
Status AppendUnits(size_t job, const TensorSource& source, std::vector<TransferUnit>& units);

// The plan of a transfer that goes by the order of what is read.
Result<ChunkPlan> PlanUnits(std::span<const TransferUnit> units);
// Returns the items of a tally of the units' own checksums.
std::vector<ChecksumTally::Item> TallyItems(std::span<const TransferUnit> units);

}  // namespace cairn

#endif  // CAIRN_TRANSFER_TRANSFER_UNIT_H_
