// CheckAll: reads sources to their ends, and judges each by itself.
#include <algorithm>
#include <mutex>

#include "cairn/io/checksum.h"
#include "cairn/io/checksum_tally.h"
#include "cairn/io/progress_meter.h"
#include "cairn/io/transfer.h"
#include "cairn/io/transfer_unit.h"
#include "cairn/io/worker_buffers.h"
#include "cairn/io/worker_threads.h"

namespace cairn {
namespace {

class Checking {
 public:
  Checking(std::span<const std::shared_ptr<const TensorSource>> sources,
           const TransferOptions& options)
      : options_(options), stop_(options.cancel), buffers_(options), judged_(sources.size()) {
    units_.reserve(sources.size());
    for (size_t i = 0; i < sources.size(); ++i) Locate(i, *sources[i]);
    for (const TransferUnit& unit : units_) ++judged_[unit.job].units_left;
  }

  Result<std::vector<Checked>> Run() {
    CAIRN_ASSIGN_OR_RETURN(const ChunkPlan plan, PlanUnits(units_));
    ChecksumTally tally(NbytesOf(units_));
    ProgressMeter meter(options_.progress, plan.total_nbytes());
    CAIRN_RETURN_IF_ERROR(
        RunTasks(plan.num_tasks(), buffers_.num_workers(), stop_, [&](int worker, size_t task) {
          return CheckTask(plan.Pieces(task), worker, tally, meter);
        }));
    std::vector<Checked> checked;
    checked.reserve(judged_.size());
    for (Judged& judged : judged_) checked.push_back(std::move(judged.checked));
    return checked;
  }

 private:
  // A source, while its units come in.
  struct Judged {
    Checked checked;
    size_t units_left = 0;
    bool is_protected = true;  // so far
  };

  // A source that cannot be located is judged by that; one without extents by what reading it as a
  // whole says.
  void Locate(size_t i, const TensorSource& source) {
    const bool is_numeric = ElementNbytes(source.dtype()) != 0;
    if (is_numeric) {
      const size_t before = units_.size();
      const Status located = AppendUnits(i, source, units_);
      if (located.ok()) return;
      units_.resize(before);
      SetError(i, located);
    }
    units_.push_back({i, {&source, 0, std::nullopt}, nullptr});
  }

  // Only kCancelled and kNoMemory end the transfer.
  Status CheckTask(std::span<const Piece> pieces, int worker, ChecksumTally& tally,
                   ProgressMeter& meter) {
    CAIRN_ASSIGN_OR_RETURN(const MutableBytes buffer, buffers_.Get(worker));
    uint64_t done = 0;
    for (const Piece& piece : pieces) {
      const TransferUnit& unit = units_[piece.item];
      if (unit.bytes.extent) {
        CheckPiece(unit, piece, buffer, tally);
        done += piece.nbytes;
      } else {
        CAIRN_RETURN_IF_ERROR(CheckWhole(unit, buffer, meter));
      }
    }
    meter.Add(done);
    return {};
  }

  void CheckPiece(const TransferUnit& unit, const Piece& piece, MutableBytes buffer,
                  ChecksumTally& tally) {
    const Extent& extent = *unit.bytes.extent;
    const Result<uint32_t> crc = ReadPiece(extent, piece, buffer);
    if (!crc.ok()) return SetError(unit.job, crc.status());
    const std::optional<uint32_t> whole = tally.Add(piece, *crc);
    if (!whole) return;
    const bool is_compared = extent.checksum && options_.verify;
    if (Status status = CompareChecksum(extent, *whole); is_compared && !status.ok())
      SetError(unit.job, std::move(status));
    Finish(unit, is_compared, *whole);
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
  Status CheckWhole(const TransferUnit& unit, MutableBytes buffer, ProgressMeter& meter) {
    if (!judged_[unit.job].checked.error.ok()) return {};
    const TensorSource& source = *unit.bytes.source;
    const Status status = ElementNbytes(source.dtype()) == 0 ? source.ReadStrings().status()
                                                             : RunStream(source, buffer, meter);
    if (stop_.IsUp()) return stop_.Check();
    if (!status.ok()) SetError(unit.job, status);
    Finish(unit, true, std::nullopt);
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
    const std::lock_guard lock(mutex_);
    Checked& checked = judged_[i].checked;
    if (!checked.error.ok()) return;
    const bool is_damaged = error.code() == StatusCode::kDataLoss;
    checked.verdict = is_damaged ? Verdict::kDamaged : Verdict::kUnreadable;
    checked.error = std::move(error);
  }

  // Whoever ends the last unit of a source that has no error gives its verdict.
  void Finish(const TransferUnit& unit, bool is_protected, std::optional<uint32_t> crc32c) {
    const std::lock_guard lock(mutex_);
    Judged& judged = judged_[unit.job];
    if (!unit.placement) judged.checked.crc32c = crc32c;
    judged.is_protected = judged.is_protected && is_protected;
    if (--judged.units_left > 0 || !judged.checked.error.ok()) return;
    judged.checked.verdict = judged.is_protected ? Verdict::kVerified : Verdict::kUnprotected;
  }

  const TransferOptions& options_;
  StopFlag stop_;
  WorkerBuffers buffers_;
  std::vector<TransferUnit> units_;
  std::mutex mutex_;
  std::vector<Judged> judged_;
};

}  // namespace

Result<std::vector<Checked>> CheckAll(std::span<const std::shared_ptr<const TensorSource>> sources,
                                      const TransferOptions& options) {
  return Checking(sources, options).Run();
}

}  // namespace cairn
