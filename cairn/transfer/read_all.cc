#include "cairn/transfer/read_all.h"

// ReadAll: from sources into memory.
#include <algorithm>

#include "cairn/io/checksum.h"
#include "cairn/source/extent_source.h"
#include "cairn/transfer/checksum_tally.h"
#include "cairn/transfer/progress_meter.h"
#include "cairn/transfer/transfer_names.h"
#include "cairn/transfer/transfer_unit.h"
#include "cairn/transfer/worker_threads.h"

namespace cairn {
namespace {

// A block of this size stays in the second-level cache between being read and being checked.
constexpr uint64_t kReadBlock = 256 << 10;

// Copies a chunk of a value to where it belongs, and gives its checksum.
Result<uint32_t> CopyPiece(const SourceBytes& bytes, uint64_t begin, MutableBytes to) {
  const Extent& extent = *bytes.extent;
  const Checksum::Kind kind = bytes.checksum_kind();
  if (const Bytes mapped = MappedBytes(extent, begin, to.size()); !mapped.empty())
    return CopyAndExtendChecksum(kind, 0, mapped, to.data());
  uint32_t checksum = 0;
  for (uint64_t done = 0; done < to.size();) {
    const MutableBytes block = to.subspan(done, std::min(kReadBlock, to.size() - done));
    CAIRN_RETURN_IF_ERROR(extent.file->ReadAt(extent.offset + begin + done, block));
    checksum = ExtendChecksum(kind, checksum, block);
    done += block.size();
  }
  return checksum;
}

// The same for a chunk whose bytes belong to many places of the value: a block at a time, which
// stays in the cache between checksum and copy.
Result<uint32_t> ScatterPiece(const SourceBytes& bytes, uint64_t begin, uint64_t nbytes,
                              const Placement& placement, MutableBytes whole) {
  const Extent& extent = *bytes.extent;
  const Checksum::Kind kind = bytes.checksum_kind();
  std::vector<std::byte> buffer;
  uint32_t checksum = 0;
  for (uint64_t done = 0; done < nbytes;) {
    const uint64_t count = std::min(kReadBlock, nbytes - done);
    CAIRN_ASSIGN_OR_RETURN(const Bytes block,
                           ReadRange(*extent.file, extent.offset + begin + done, count, buffer));
    checksum = ExtendChecksum(kind, checksum, block);
    placement.Scatter(begin + done, block, whole);
    done += count;
  }
  return checksum;
}

// The destination is the scratch: streams that fill it leave nothing to copy.
Status CopyStream(const TensorSource& source, MutableBytes to, const StopFlag& stop,
                  ProgressMeter& meter) {
  CAIRN_ASSIGN_OR_RETURN(SizedStream stream, SizedStream::Open(source));
  std::byte spare[64];  // for a stream that does not end where it should
  while (true) {
    CAIRN_RETURN_IF_ERROR(stop.Check());
    const MutableBytes room = to.first(std::min(to.size(), kChunkNbytes));
    CAIRN_ASSIGN_OR_RETURN(const Bytes chunk,
                           stream.Next(room.empty() ? MutableBytes(spare) : room));
    if (chunk.empty()) return {};
    if (chunk.data() != to.data()) std::memcpy(to.data(), chunk.data(), chunk.size());
    to = to.subspan(chunk.size());
    meter.Add(chunk.size());
  }
}

class Reading {
 public:
  Reading(std::span<const ReadJob> jobs, const TransferOptions& options, TransferNames names)
      : jobs_(jobs), options_(options), names_(names), stop_(options.cancel), sums_(jobs.size()) {}

  Status Run() {
    CAIRN_RETURN_IF_ERROR(Locate());
    CAIRN_ASSIGN_OR_RETURN(const ChunkPlan plan, PlanUnits(units_));
    ChecksumTally tally(TallyItems(units_));
    ProgressMeter meter(options_.progress, plan.total_nbytes());
    return RunTasks(plan.num_tasks(), NumThreads(options_.threads), stop_,
                    [&](int /*worker*/, size_t task) -> Status {
                      return ReadTask(plan.Chunks(task), tally, meter);
                    });
  }

  // After Run.
  std::vector<std::optional<Checksum>> TakeSums() { return std::move(sums_); }

 private:
  Status Locate() {
    units_.reserve(jobs_.size());
    for (size_t i = 0; i < jobs_.size(); ++i) {
      Status status = AppendUnits(i, *jobs_[i].source, units_);
      if (status.ok()) status = CheckDestination(*jobs_[i].source, jobs_[i].to.size());
      if (!status.ok()) return names_.In(i, status);
    }
    return {};
  }

  static Status CheckDestination(const TensorSource& source, uint64_t to_nbytes) {
    CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes,
                           Nbytes(source.dtype(), source.shape().num_elements()));
    if (nbytes == to_nbytes) return {};
    return Status(Reason::kArgument, "the value has " + std::to_string(nbytes) +
                                         " bytes, its destination " + std::to_string(to_nbytes));
  }

  Status ReadTask(std::span<const Chunk> chunks, ChecksumTally& tally, ProgressMeter& meter) {
    uint64_t done = 0;
    for (const Chunk& chunk : chunks) {
      const TransferUnit& unit = units_[chunk.item];
      if (!unit.bytes.extent) {
        const ReadJob& job = jobs_[unit.job];
        CAIRN_RETURN_IF_ERROR(names_.In(unit.job, CopyStream(*job.source, job.to, stop_, meter)));
        continue;
      }
      CAIRN_RETURN_IF_ERROR(names_.In(unit.job, ReadChunk(unit, chunk, tally)));
      done += chunk.nbytes;
    }
    meter.Add(done);
    return {};
  }

  Status ReadChunk(const TransferUnit& unit, const Chunk& chunk, ChecksumTally& tally) {
    CAIRN_ASSIGN_OR_RETURN(const uint32_t checksum, MovePiece(unit, chunk));
    const std::optional<uint32_t> whole = tally.Add(chunk, checksum);
    if (!whole) return {};
    if (!unit.placement) sums_[unit.job] = Checksum{unit.bytes.checksum_kind(), *whole};
    if (!options_.verify) return {};
    return CompareChecksum(*unit.bytes.extent, *whole);
  }

  Result<uint32_t> MovePiece(const TransferUnit& unit, const Chunk& chunk) const {
    const MutableBytes to = jobs_[unit.job].to;
    if (unit.placement && !unit.placement->is_one_run())
      return ScatterPiece(unit.bytes, chunk.begin, chunk.nbytes, *unit.placement, to);
    const uint64_t offset = unit.placement ? unit.placement->offset() : 0;
    return CopyPiece(unit.bytes, chunk.begin, to.subspan(offset + chunk.begin, chunk.nbytes));
  }

  std::span<const ReadJob> jobs_;
  const TransferOptions& options_;
  TransferNames names_;
  StopFlag stop_;
  std::vector<TransferUnit> units_;
  std::vector<std::optional<Checksum>> sums_;  // of the jobs that are one unit
};

}  // namespace

Status ReadAll(std::span<const ReadJob> jobs, const TransferOptions& options,
               std::span<const std::string_view> names) {
  return Reading(jobs, options, TransferNames(names)).Run();
}

Result<std::vector<std::optional<Checksum>>> ReadAllAndSum(
    std::span<const ReadJob> jobs, const TransferOptions& options,
    std::span<const std::string_view> names) {
  Reading reading(jobs, options, TransferNames(names));
  CAIRN_RETURN_IF_ERROR(reading.Run());
  return reading.TakeSums();
}

}  // namespace cairn
