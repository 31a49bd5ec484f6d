// CheckAll: reads sources to their ends, and judges each by itself.
#include <algorithm>
#include <mutex>

#include "cairn/io/checksum.h"
#include "cairn/io/checksum_tally.h"
#include "cairn/io/progress_meter.h"
#include "cairn/io/source_bytes.h"
#include "cairn/io/transfer.h"
#include "cairn/io/worker_buffers.h"
#include "cairn/io/worker_threads.h"

namespace cairn {
namespace {

class Checking {
 public:
  Checking(std::span<const std::shared_ptr<const TensorSource>> sources,
           const TransferOptions& options)
      : options_(options), stop_(options.cancel), buffers_(options), checked_(sources.size()) {
    located_.reserve(sources.size());
    for (size_t i = 0; i < sources.size(); ++i) located_.push_back(Locate(i, *sources[i]));
  }

  Result<std::vector<Checked>> Run() {
    std::vector<PlanItem> items;
    std::vector<uint64_t> nbytes;
    for (const SourceBytes& source : located_) {
      items.push_back(source.AsPlanItem());
      nbytes.push_back(source.nbytes);
    }
    CAIRN_ASSIGN_OR_RETURN(const ChunkPlan plan, ChunkPlan::Make(items));
    ChecksumTally tally(std::move(nbytes));
    ProgressMeter meter(options_.progress, plan.total_nbytes());
    CAIRN_RETURN_IF_ERROR(
        RunTasks(plan.num_tasks(), buffers_.num_workers(), stop_, [&](int worker, size_t task) {
          return CheckTask(plan.Pieces(task), worker, tally, meter);
        }));
    return std::move(checked_);
  }

 private:
  // A source that cannot be located is judged by what reading it as a whole says.
  SourceBytes Locate(size_t i, const TensorSource& source) {
    if (ElementNbytes(source.dtype()) == 0) return {&source, 0, std::nullopt};
    Result<SourceBytes> located = LocateBytes(source);
    if (located.ok()) return *std::move(located);
    SetError(i, located.status());
    return {&source, 0, std::nullopt};
  }

  // Only kCancelled and kNoMemory end the transfer.
  Status CheckTask(std::span<const Piece> pieces, int worker, ChecksumTally& tally,
                   ProgressMeter& meter) {
    CAIRN_ASSIGN_OR_RETURN(const MutableBytes buffer, buffers_.Get(worker));
    uint64_t done = 0;
    for (const Piece& piece : pieces) {
      if (located_[piece.item].extent) {
        CheckPiece(piece, buffer, tally);
        done += piece.nbytes;
      } else {
        CAIRN_RETURN_IF_ERROR(CheckWhole(piece.item, buffer, meter));
      }
    }
    meter.Add(done);
    return {};
  }

  void CheckPiece(const Piece& piece, MutableBytes buffer, ChecksumTally& tally) {
    const Extent& extent = *located_[piece.item].extent;
    const Result<uint32_t> crc = ReadPiece(extent, piece, buffer);
    if (!crc.ok()) return SetError(piece.item, crc.status());
    const std::optional<uint32_t> whole = tally.Add(piece, *crc);
    if (!whole) return;
    Checked& checked = checked_[piece.item];
    checked.crc32c = *whole;
    const bool is_compared = extent.checksum && options_.verify;
    if (Status status = CompareChecksum(extent, *whole); is_compared && !status.ok())
      return SetError(piece.item, std::move(status));
    checked.verdict = is_compared ? Verdict::kVerified : Verdict::kUnprotected;
  }

  static Result<uint32_t> ReadPiece(const Extent& extent, const Piece& piece, MutableBytes buffer) {
    if (const Bytes mapped = MappedBytes(extent, piece.begin, piece.nbytes); !mapped.empty())
      return Crc32c(mapped);
    uint32_t crc = 0;
    for (uint64_t done = 0; done < piece.nbytes;) {
      const MutableBytes block = buffer.first(std::min(buffer.size(), piece.nbytes - done));
      CAIRN_RETURN_IF_ERROR(extent.file->ReadAt(extent.offset + piece.begin + done, block));
      crc = ExtendCrc32c(crc, block);
      done += block.size();
    }
    return crc;
  }

  // Errors: kCancelled only; those of the source are its verdict.
  Status CheckWhole(size_t i, MutableBytes buffer, ProgressMeter& meter) {
    if (!checked_[i].error.ok()) return {};
    const TensorSource& source = *located_[i].source;
    const Status status = source.dtype() == DType::kString ? source.ReadStrings().status()
                                                           : RunStream(source, buffer, meter);
    if (stop_.IsUp()) return stop_.Check();
    if (!status.ok()) SetError(i, status);
    if (status.ok()) checked_[i].verdict = Verdict::kVerified;
    return {};
  }

  Status RunStream(const TensorSource& source, MutableBytes buffer, ProgressMeter& meter) {
    CAIRN_ASSIGN_OR_RETURN(SizedStream stream, SizedStream::Open(source));
    while (true) {
      CAIRN_RETURN_IF_ERROR(stop_.Check());
      CAIRN_ASSIGN_OR_RETURN(const Bytes piece, stream.Next(buffer));
      if (piece.empty()) return {};
      meter.Add(piece.size());
    }
  }

  // Several threads may fail on pieces of one source; the first to come is kept.
  void SetError(size_t i, Status error) {
    const std::lock_guard lock(errors_mutex_);
    if (!checked_[i].error.ok()) return;
    const bool is_damaged = error.code() == StatusCode::kDataLoss;
    checked_[i].verdict = is_damaged ? Verdict::kDamaged : Verdict::kUnreadable;
    checked_[i].error = std::move(error);
  }

  const TransferOptions& options_;
  StopFlag stop_;
  WorkerBuffers buffers_;
  std::vector<SourceBytes> located_;
  std::mutex errors_mutex_;
  std::vector<Checked> checked_;
};

}  // namespace

Result<std::vector<Checked>> CheckAll(std::span<const std::shared_ptr<const TensorSource>> sources,
                                      const TransferOptions& options) {
  return Checking(sources, options).Run();
}

}  // namespace cairn
