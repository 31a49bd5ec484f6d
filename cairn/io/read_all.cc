// ReadAll: from sources into memory.
#include <algorithm>

#include "cairn/io/checksum.h"
#include "cairn/io/checksum_tally.h"
#include "cairn/io/progress_meter.h"
#include "cairn/io/source_bytes.h"
#include "cairn/io/transfer.h"
#include "cairn/io/transfer_names.h"
#include "cairn/io/worker_threads.h"

namespace cairn {
namespace {

// What is read from a file and checked stays in the second-level cache in between.
constexpr uint64_t kReadBlock = 256 << 10;

// Copies a piece of a value to where it belongs, and gives its CRC-32C.
Result<uint32_t> CopyPiece(const Extent& extent, uint64_t begin, MutableBytes to) {
  if (const Bytes mapped = MappedBytes(extent, begin, to.size()); !mapped.empty())
    return CopyAndExtendCrc32c(0, mapped, to.data());
  uint32_t crc = 0;
  for (uint64_t done = 0; done < to.size();) {
    const MutableBytes block = to.subspan(done, std::min(kReadBlock, to.size() - done));
    CAIRN_RETURN_IF_ERROR(extent.file->ReadAt(extent.offset + begin + done, block));
    crc = ExtendCrc32c(crc, block);
    done += block.size();
  }
  return crc;
}

// The destination is the scratch: streams that fill it leave nothing to copy.
Status CopyStream(const TensorSource& source, MutableBytes to, const StopFlag& stop,
                  ProgressMeter& meter) {
  CAIRN_ASSIGN_OR_RETURN(SizedStream stream, SizedStream::Open(source));
  std::byte spare[64];  // for a stream that does not end where it should
  while (true) {
    CAIRN_RETURN_IF_ERROR(stop.Check());
    const MutableBytes room = to.first(std::min(to.size(), kChunkNbytes));
    CAIRN_ASSIGN_OR_RETURN(const Bytes piece,
                           stream.Next(room.empty() ? MutableBytes(spare) : room));
    if (piece.empty()) return {};
    if (piece.data() != to.data()) std::memcpy(to.data(), piece.data(), piece.size());
    to = to.subspan(piece.size());
    meter.Add(piece.size());
  }
}

class Reading {
 public:
  Reading(std::span<const ReadJob> jobs, const TransferOptions& options, TransferNames names)
      : jobs_(jobs), options_(options), names_(names), stop_(options.cancel) {}

  Status Run() {
    CAIRN_RETURN_IF_ERROR(Locate());
    std::vector<PlanItem> items;
    std::vector<uint64_t> nbytes;
    for (const SourceBytes& source : sources_) {
      items.push_back(source.AsPlanItem());
      nbytes.push_back(source.nbytes);
    }
    CAIRN_ASSIGN_OR_RETURN(const ChunkPlan plan, ChunkPlan::Make(items));
    ChecksumTally tally(std::move(nbytes));
    ProgressMeter meter(options_.progress, plan.total_nbytes());
    return RunTasks(plan.num_tasks(), NumThreads(options_.threads), stop_,
                    [&](int /*worker*/, size_t task) -> Status {
                      return ReadTask(plan.Pieces(task), tally, meter);
                    });
  }

 private:
  Status Locate() {
    sources_.reserve(jobs_.size());
    for (size_t i = 0; i < jobs_.size(); ++i) {
      Result<SourceBytes> located = LocateBytes(*jobs_[i].source);
      Status status = located.status();
      if (status.ok()) status = CheckDestination(located->nbytes, jobs_[i].to.size());
      if (!status.ok()) return names_.In(i, status);
      sources_.push_back(*std::move(located));
    }
    return {};
  }

  static Status CheckDestination(uint64_t nbytes, uint64_t to_nbytes) {
    if (nbytes == to_nbytes) return {};
    return Status(Reason::kArgument, "the value has " + std::to_string(nbytes) +
                                         " bytes, its destination " + std::to_string(to_nbytes));
  }

  Status ReadTask(std::span<const Piece> pieces, ChecksumTally& tally, ProgressMeter& meter) {
    uint64_t done = 0;
    for (const Piece& piece : pieces) {
      if (!sources_[piece.item].extent) {
        CAIRN_RETURN_IF_ERROR(names_.In(
            piece.item, CopyStream(*jobs_[piece.item].source, jobs_[piece.item].to, stop_, meter)));
        continue;
      }
      CAIRN_RETURN_IF_ERROR(names_.In(piece.item, ReadPiece(piece, tally)));
      done += piece.nbytes;
    }
    meter.Add(done);
    return {};
  }

  Status ReadPiece(const Piece& piece, ChecksumTally& tally) const {
    const Extent& extent = *sources_[piece.item].extent;
    CAIRN_ASSIGN_OR_RETURN(
        const uint32_t crc,
        CopyPiece(extent, piece.begin, jobs_[piece.item].to.subspan(piece.begin, piece.nbytes)));
    const std::optional<uint32_t> whole = tally.Add(piece, crc);
    if (!whole || !options_.verify) return {};
    return CompareChecksum(extent, *whole);
  }

  std::span<const ReadJob> jobs_;
  const TransferOptions& options_;
  TransferNames names_;
  StopFlag stop_;
  std::vector<SourceBytes> sources_;
};

}  // namespace

Status ReadAll(std::span<const ReadJob> jobs, const TransferOptions& options,
               std::span<const std::string_view> names) {
  return Reading(jobs, options, TransferNames(names)).Run();
}

}  // namespace cairn
