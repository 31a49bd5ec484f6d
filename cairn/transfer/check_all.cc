#include "cairn/transfer/check_all.h"

// CheckAll: reads sources to their ends, and judges each by itself.
#include <algorithm>
#include <mutex>

#include "cairn/io/checksum.h"
#include "cairn/source/extent_source.h"
#include "cairn/transfer/checksum_tally.h"
#include "cairn/transfer/chunk_reader.h"
#include "cairn/transfer/fault_watch.h"
#include "cairn/transfer/neighbour_reader.h"
#include "cairn/transfer/progress_meter.h"
#include "cairn/transfer/transfer_unit.h"
#include "cairn/transfer/worker_buffers.h"
#include "cairn/transfer/worker_threads.h"

namespace cairn {
namespace {

// A visitor is shown so many bytes at once, a multiple of the size of every element.
constexpr uint64_t kVisitedBlock = 64 << 10;
// How much of a file is copied at once if nobody looks at it: it stays in the second-level cache.
constexpr uint64_t kCopiedBlock = 256 << 10;
// The part of a buffer that short values are read into together: at most so much, and a quarter.
constexpr uint64_t kMostNeighbours = 128 << 10;

class Checking {
 public:
  Checking(std::span<const std::shared_ptr<const TensorSource>> sources,
           const TransferOptions& options, ValueVisitor* visitor)
      : options_(options),
        visitor_(visitor),
        stop_(options.cancel),
        buffers_(options),
        watches_(buffers_.num_workers()),
        judged_(sources.size()) {
    units_.reserve(sources.size());
    for (size_t i = 0; i < sources.size(); ++i) Locate(i, *sources[i]);
    positions_.reserve(units_.size());
    for (const TransferUnit& unit : units_) {
      Judged& judged = judged_[unit.job];
      ++judged.units_left;
      positions_.push_back(judged.nbytes);
      judged.nbytes += unit.bytes.nbytes;
    }
  }

  Result<std::vector<Checked>> Run() {
    CAIRN_ASSIGN_OR_RETURN(const ChunkPlan plan, PlanUnits(units_));
    uint64_t total_nbytes = 0;
    for (const Judged& judged : judged_) total_nbytes += judged.nbytes;
    buffers_.LimitTo(total_nbytes);
    ChecksumTally tally(TallyItems(units_));
    ProgressMeter meter(options_.progress, plan.total_nbytes());
    CAIRN_RETURN_IF_ERROR(
        RunTasks(plan.num_tasks(), buffers_.num_workers(), stop_, [&](int worker, size_t task) {
          return CheckTask(plan.Chunks(task), worker, tally, meter);
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
    uint64_t nbytes = 0;       // of its units
    bool is_protected = true;  // so far
  };

  // The means of a worker for one task.
  struct Workplace {
    MutableBytes buffer;
    FaultWatch& faults;
    bool should_copy;  // out of files that are mapped, too
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
  Status CheckTask(std::span<const Chunk> chunks, int worker, ChecksumTally& tally,
                   ProgressMeter& meter) {
    CAIRN_ASSIGN_OR_RETURN(const MutableBytes buffer, buffers_.Get(worker));
    FaultWatch& faults = watches_[worker];
    const uint64_t together = std::min(buffer.size() / 4, kMostNeighbours);
    NeighbourReader neighbours(units_, chunks, buffer.last(together));
    const Workplace place = {buffer.first(buffer.size() - together), faults, faults.BeginTask()};
    uint64_t done = 0;
    for (size_t i = 0; i < chunks.size(); ++i) {
      const Chunk& chunk = chunks[i];
      const TransferUnit& unit = units_[chunk.item];
      if (unit.bytes.extent) {
        CheckChunk(unit, chunk, neighbours.Find(i), place, tally);
        done += chunk.nbytes;
      } else {
        CAIRN_RETURN_IF_ERROR(CheckWhole(unit, place.buffer, meter));
      }
    }
    meter.Add(done);
    return {};
  }

  // `read`: the bytes of the chunk, if they were read with its neighbours.
  void CheckChunk(const TransferUnit& unit, const Chunk& chunk, std::optional<Bytes> read,
                  const Workplace& place, ChecksumTally& tally) {
    const Extent& extent = *unit.bytes.extent;
    auto segment = BeginSegment(chunk);
    const Result<uint32_t> checksum = read ? Show(unit.bytes, *read, segment.get())
                                           : ReadChunk(unit.bytes, chunk, place, segment.get());
    segment.reset();  // the last chunk ends the source
    if (!checksum.ok()) return SetError(unit.job, checksum.status());
    const std::optional<uint32_t> whole = tally.Add(chunk, *checksum);
    if (!whole) return;
    const bool is_compared = extent.checksum && options_.verify;
    if (Status status = CompareChecksum(extent, *whole); is_compared && !status.ok())
      SetError(unit.job, std::move(status));
    Finish(unit, is_compared, whole);
  }

  std::unique_ptr<ValueVisitor::Segment> BeginSegment(const Chunk& chunk) {
    if (visitor_ == nullptr) return nullptr;
    return visitor_->Begin(units_[chunk.item].job, positions_[chunk.item] + chunk.begin);
  }

  static uint32_t Show(const SourceBytes& bytes, Bytes read, ValueVisitor::Segment* segment) {
    if (segment != nullptr) segment->Take(read);
    return ExtendChecksum(bytes.checksum_kind(), 0, read);
  }

  // Blocks are small enough to be in the second-level cache still when the visitor sees them.
  static Result<uint32_t> ReadChunk(const SourceBytes& bytes, const Chunk& chunk,
                                    const Workplace& place, ValueVisitor::Segment* segment) {
    ChunkReader reader(bytes, chunk.begin, chunk.nbytes, place.should_copy);
    uint64_t most = segment == nullptr ? kCopiedBlock : kVisitedBlock;
    if (!reader.is_in_place())
      return ReadBlocks(reader, std::min<uint64_t>(most, place.buffer.size()), place, segment);
    if (segment == nullptr) most = chunk.nbytes;
    return place.faults.Count(chunk.nbytes,
                              [&] { return ReadBlocks(reader, most, place, segment); });
  }

  static Result<uint32_t> ReadBlocks(ChunkReader& reader, uint64_t most, const Workplace& place,
                                     ValueVisitor::Segment* segment) {
    while (reader.nbytes_left() > 0) {
      const uint64_t nbytes = std::min(most, reader.nbytes_left());
      CAIRN_ASSIGN_OR_RETURN(const Bytes block, reader.Next(nbytes, place.buffer));
      if (segment != nullptr) segment->Take(block);
    }
    return reader.checksum();
  }

  // Errors: kCancelled only; those of the source are its verdict.
  Status CheckWhole(const TransferUnit& unit, MutableBytes buffer, ProgressMeter& meter) {
    if (!judged_[unit.job].checked.error.ok()) return {};
    const TensorSource& source = *unit.bytes.source;
    const Status status =
        ElementNbytes(source.dtype()) == 0 ? RunStrings(unit) : RunStream(unit, buffer, meter);
    if (stop_.IsUp()) return stop_.Check();
    if (!status.ok()) SetError(unit.job, status);
    Finish(unit, true, std::nullopt);
    return {};
  }

  Status RunStrings(const TransferUnit& unit) {
    CAIRN_ASSIGN_OR_RETURN(const auto strings, unit.bytes.source->OpenStrings());
    const auto segment = visitor_ == nullptr ? nullptr : visitor_->Begin(unit.job, 0);
    while (true) {
      CAIRN_RETURN_IF_ERROR(stop_.Check());
      CAIRN_ASSIGN_OR_RETURN(const StringTensor elements, strings->Next());
      if (elements.size() == 0) return {};
      if (segment) segment->TakeStrings(elements);
    }
  }

  Status RunStream(const TransferUnit& unit, MutableBytes buffer, ProgressMeter& meter) {
    CAIRN_ASSIGN_OR_RETURN(SizedStream stream, SizedStream::OpenInAnyOrder(*unit.bytes.source));
    const auto segment = visitor_ == nullptr ? nullptr : visitor_->Begin(unit.job, 0);
    while (true) {
      CAIRN_RETURN_IF_ERROR(stop_.Check());
      CAIRN_ASSIGN_OR_RETURN(const Bytes chunk, stream.Next(buffer));
      if (chunk.empty()) return {};
      if (segment) segment->Take(chunk);
      meter.Add(chunk.size());
    }
  }

  // Several threads may fail on chunks of one source; the first to come is kept.
  void SetError(size_t i, Status error) {
    Checked& checked = judged_[i].checked;
    {
      const std::lock_guard lock(mutex_);
      if (!checked.error.ok()) return;
      const bool is_damaged = error.code() == StatusCode::kDataLoss;
      checked.verdict = is_damaged ? Verdict::kDamaged : Verdict::kUnreadable;
      checked.error = std::move(error);
    }
    if (visitor_ != nullptr) visitor_->End(i, checked);
  }

  // Whoever ends the last unit of a source that has no error gives its verdict.
  void Finish(const TransferUnit& unit, bool is_protected, std::optional<uint32_t> checksum) {
    Judged& judged = judged_[unit.job];
    {
      const std::lock_guard lock(mutex_);
      if (!unit.placement) judged.checked.checksum = checksum;
      judged.is_protected = judged.is_protected && is_protected;
      if (--judged.units_left > 0 || !judged.checked.error.ok()) return;
      judged.checked.verdict = judged.is_protected ? Verdict::kVerified : Verdict::kUnprotected;
    }
    if (visitor_ != nullptr) visitor_->End(unit.job, judged.checked);
  }

  const TransferOptions& options_;
  ValueVisitor* visitor_;
  StopFlag stop_;
  WorkerBuffers buffers_;
  std::vector<FaultWatch> watches_;  // one for each worker
  std::vector<TransferUnit> units_;
  std::vector<uint64_t> positions_;  // of the units, among the bytes of their sources
  std::mutex mutex_;
  std::vector<Judged> judged_;
};

// Computes checksums of one kind, of the sources whose own checksum is of another. To the others it
// shows no interest, so that they are read as they are without it.
class OtherKind final : public ValueVisitor {
 public:
  OtherKind(std::span<const std::shared_ptr<const TensorSource>> sources, Checksum::Kind kind)
      : kind_(kind), is_other_(sources.size()), tally_(Choose(sources)) {}

  std::unique_ptr<Segment> Begin(size_t source, uint64_t position) override {
    if (!is_other_[source]) return nullptr;
    return std::make_unique<Sum>(*this, Chunk{source, position, 0});
  }

  // Replaces the checksums of those sources.
  void FillIn(std::span<Checked> checked) const {
    for (size_t i = 0; i < checked.size(); ++i) {
      if (is_other_[i] && checked[i].error.ok()) checked[i].checksum = tally_.checksum(i);
    }
  }

 private:
  class Sum final : public Segment {
   public:
    Sum(OtherKind& owner, Chunk chunk) : owner_(owner), chunk_(chunk) {}
    ~Sum() override { owner_.tally_.Add(chunk_, checksum_); }
    void Take(Bytes bytes) override {
      checksum_ = ExtendChecksum(owner_.kind_, checksum_, bytes);
      chunk_.nbytes += bytes.size();
    }

   private:
    OtherKind& owner_;
    Chunk chunk_;
    uint32_t checksum_ = 0;
  };

  std::vector<ChecksumTally::Item> Choose(
      std::span<const std::shared_ptr<const TensorSource>> sources) {
    std::vector<ChecksumTally::Item> items;
    for (size_t i = 0; i < sources.size(); ++i) {
      const auto extent = sources[i]->extent();
      is_other_[i] = extent && extent->checksum.value_or(Checksum{}).kind != kind_;
      items.push_back({extent ? extent->nbytes : 0, kind_});
    }
    return items;
  }

  Checksum::Kind kind_;
  std::vector<bool> is_other_;
  ChecksumTally tally_;
};

}  // namespace

Result<std::vector<Checked>> CheckAll(std::span<const std::shared_ptr<const TensorSource>> sources,
                                      const TransferOptions& options, ValueVisitor* visitor) {
  return Checking(sources, options, visitor).Run();
}

Result<std::vector<Checked>> CheckAll(std::span<const std::shared_ptr<const TensorSource>> sources,
                                      const TransferOptions& options, Checksum::Kind kind) {
  OtherKind other(sources, kind);
  CAIRN_ASSIGN_OR_RETURN(std::vector<Checked> checked, CheckAll(sources, options, &other));
  other.FillIn(checked);
  return checked;
}

}  // namespace cairn
