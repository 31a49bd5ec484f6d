#include "cairn/transfer/transfer_unit.h"

#include <cstring>

#include "cairn/io/copy_past_cache.h"

namespace cairn {
namespace {

// From here on a run is worth stores that go past the cache.
constexpr uint64_t kLongRun = 512;

}  // namespace

void Placement::Scatter(uint64_t begin, Bytes bytes, MutableBytes whole) const {
  const uint64_t run_nbytes = runs_.run_length() * element_nbytes_;
  uint64_t run = begin / run_nbytes;
  uint64_t in_run = begin % run_nbytes;
  while (!bytes.empty()) {
    const size_t count = std::min<uint64_t>(run_nbytes - in_run, bytes.size());
    std::byte* const to = whole.data() + ByteOffset(run) + in_run;
    if (count >= kLongRun) {
      CopyPastCache(bytes.first(count), to);
    } else {
      std::memcpy(to, bytes.data(), count);
    }
    bytes = bytes.subspan(count);
    ++run;
    in_run = 0;
  }
  FinishCopiesPastCache();
}

Status AppendUnits(size_t job, const TensorSource& source, std::vector<TransferUnit>& units) {
  const std::span<const SliceExtent> chunks = source.slices();
  if (chunks.empty()) {
    CAIRN_ASSIGN_OR_RETURN(SourceBytes bytes, LocateBytes(source));
    units.push_back({job, std::move(bytes), nullptr});
    return {};
  }
  const uint64_t element_nbytes = ElementNbytes(source.dtype());
  for (const SliceExtent& chunk : chunks) {
    CAIRN_ASSIGN_OR_RETURN(SourceBytes bytes, LocatePiece(source, chunk));
    units.push_back({job, std::move(bytes),
                     std::make_unique<const Placement>(source.shape(), chunk.box, element_nbytes)});
  }
  return {};
}

Result<ChunkPlan> PlanUnits(std::span<const TransferUnit> units) {
  std::vector<PlanItem> items;
  items.reserve(units.size());
  for (const TransferUnit& unit : units) items.push_back(unit.bytes.AsPlanItem());
  return ChunkPlan::Make(items);
}

std::vector<ChecksumTally::Item> TallyItems(std::span<const TransferUnit> units) {
  std::vector<ChecksumTally::Item> items;
  items.reserve(units.size());
  for (const TransferUnit& unit : units)
    items.push_back({unit.bytes.nbytes, unit.bytes.checksum_kind()});
  return items;
}

}  // namespace cairn
