#include "cairn/transfer/check_pairs.h"

#include <algorithm>
#include <mutex>

#include "cairn/transfer/checksum_tally.h"
#include "cairn/transfer/chunk_reader.h"
#include "cairn/transfer/fault_watch.h"
#include "cairn/transfer/progress_meter.h"
#include "cairn/transfer/worker_buffers.h"
#include "cairn/transfer/worker_threads.h"

namespace cairn {
namespace {

// How much of each side is copied at once.
constexpr size_t kCopiedPairNbytes = 64 << 10;

// The bytes of both sides.
struct LocatedPair {
  size_t pair = 0;
  SourceBytes a;
  SourceBytes b;

  bool has_extents() const { return a.extent && b.extent; }
  uint64_t nbytes() const { return a.nbytes + b.nbytes; }
};

Result<SourceBytes> LocateSide(const TensorSource& source) {
  if (ElementNbytes(source.dtype()) == 0) return SourceBytes{&source, 0, std::nullopt};
  return LocateBytes(source);
}

// A value as a stream that fills whole blocks.
class BlockStream {
 public:
  static Result<BlockStream> Open(const TensorSource& source) {
    CAIRN_ASSIGN_OR_RETURN(SizedStream stream, SizedStream::Open(source));
    return BlockStream(std::move(stream));
  }

  Status Fill(MutableBytes block) {
    while (!block.empty()) {
      CAIRN_ASSIGN_OR_RETURN(const Bytes piece, stream_.Next(block));
      if (piece.empty()) return Status(Reason::kSize, "the value ends before its last element");
      if (piece.data() != block.data()) CopyBytes(piece, block.data());
      block = block.subspan(piece.size());
    }
    return {};
  }

  // Only there do the checksums hold.
  Status ReadEnd(MutableBytes scratch) { return stream_.Next(scratch).status(); }

 private:
  explicit BlockStream(SizedStream stream) : stream_(std::move(stream)) {}
  SizedStream stream_;
};

// The elements of a tensor of strings, one at a time.
class ElementStream {
 public:
  static Result<ElementStream> Open(const TensorSource& source) {
    CAIRN_ASSIGN_OR_RETURN(auto strings, source.OpenStrings());
    return ElementStream(std::move(strings));
  }

  // Returns nothing after the last element. The view is valid until the next call.
  Result<std::optional<std::string_view>> Next() {
    if (next_ == piece_.size()) {
      CAIRN_ASSIGN_OR_RETURN(piece_, strings_->Next());
      next_ = 0;
      if (piece_.size() == 0) return std::optional<std::string_view>();
    }
    return std::optional(piece_[next_++]);
  }

 private:
  explicit ElementStream(std::unique_ptr<StringStream> strings) : strings_(std::move(strings)) {}

  std::unique_ptr<StringStream> strings_;
  StringTensor piece_;
  size_t next_ = 0;
};

class PairChecking {
 public:
  PairChecking(std::span<const SourcePair> pairs, const TransferOptions& options,
               PairVisitor& visitor)
      : options_(options),
        visitor_(visitor),
        stop_(options.cancel),
        buffers_(options),
        watches_(buffers_.num_workers()),
        judged_(pairs.size()) {
    for (size_t i = 0; i < pairs.size(); ++i) Locate(i, pairs[i]);
  }

  Status Run() {
    CAIRN_ASSIGN_OR_RETURN(const ChunkPlan plan, Plan());
    ChecksumTally of_a(TallyItemsOf(&LocatedPair::a));
    ChecksumTally of_b(TallyItemsOf(&LocatedPair::b));
    Tallies tallies = {of_a, of_b};
    uint64_t total = 0;
    for (const LocatedPair& unit : units_) total += unit.nbytes();
    ProgressMeter meter(options_.progress, total);
    return RunTasks(plan.num_tasks(), buffers_.num_workers(), stop_, [&](int worker, size_t task) {
      return CheckTask(plan.Chunks(task), worker, tallies, meter);
    });
  }

 private:
  // A pair, while its chunks come in.
  struct Judged {
    CheckedPair checked;
    uint64_t nbytes_left = 0;  // of a
  };

  struct Tallies {
    ChecksumTally& a;
    ChecksumTally& b;
  };

  // The means of a worker for one task.
  struct Desk {
    MutableBytes buffer_a;
    MutableBytes buffer_b;
    FaultWatch& faults;  // of both sides together
    bool should_copy;    // out of files that are mapped, too
  };

  // A pair of which a side cannot be located ends here.
  void Locate(size_t i, const SourcePair& pair) {
    auto a = LocateSide(*pair.a);
    auto b = LocateSide(*pair.b);
    if (pair.a->shape() != pair.b->shape()) a = Status(Reason::kArgument, "the shapes differ");
    if (a.ok() && b.ok()) {
      judged_[i].nbytes_left = a->nbytes;
      units_.push_back({i, *std::move(a), *std::move(b)});
      return;
    }
    judged_[i].checked = {a.status(), b.status()};
    visitor_.End(i, judged_[i].checked);
  }

  // Chunks are cut along the values of a: at whole elements, since a multiple of 4096 bytes is one
  // of every element.
  Result<ChunkPlan> Plan() const {
    std::vector<PlanItem> items;
    items.reserve(units_.size());
    for (const LocatedPair& unit : units_) {
      PlanItem item = unit.a.AsPlanItem();
      item.may_be_cut = unit.has_extents();
      items.push_back(item);
    }
    return ChunkPlan::Make(items);
  }

  std::vector<ChecksumTally::Item> TallyItemsOf(SourceBytes LocatedPair::* side) const {
    std::vector<ChecksumTally::Item> items;
    items.reserve(units_.size());
    for (const LocatedPair& unit : units_)
      items.push_back({(unit.*side).nbytes, (unit.*side).checksum_kind()});
    return items;
  }

  // Only kCancelled and kNoMemory end the transfer.
  Status CheckTask(std::span<const Chunk> chunks, int worker, const Tallies& tallies,
                   ProgressMeter& meter) {
    CAIRN_ASSIGN_OR_RETURN(const MutableBytes buffer, buffers_.Get(worker));
    const size_t half = std::min(buffer.size() / 2, kCopiedPairNbytes);
    FaultWatch& faults = watches_[worker];
    const Desk desk = {buffer.first(half), buffer.subspan(half, half), faults, faults.BeginTask()};
    for (const Chunk& chunk : chunks) {
      CAIRN_RETURN_IF_ERROR(stop_.Check());
      const LocatedPair& unit = units_[chunk.item];
      if (unit.has_extents()) {
        meter.Add(CheckChunk(unit, chunk, desk, tallies));
      } else {
        CAIRN_RETURN_IF_ERROR(CheckWhole(unit, desk, meter));
      }
    }
    return {};
  }

  // Returns the bytes of both sides that were gone through.
  uint64_t CheckChunk(const LocatedPair& unit, const Chunk& chunk, const Desk& desk,
                      const Tallies& tallies) {
    const uint64_t nbytes_a = ElementNbytes(unit.a.source->dtype());
    const uint64_t nbytes_b = ElementNbytes(unit.b.source->dtype());
    const uint64_t first = chunk.begin / nbytes_a;
    const uint64_t count = chunk.nbytes / nbytes_a;
    const Chunk chunk_b = {chunk.item, first * nbytes_b, count * nbytes_b};
    ChunkReader a(unit.a, chunk.begin, chunk.nbytes, desk.should_copy);
    ChunkReader b(unit.b, chunk_b.begin, chunk_b.nbytes, desk.should_copy);
    auto segment = visitor_.Begin(unit.pair, first);
    const auto read = [&] { return ReadBoth(a, b, nbytes_a, nbytes_b, desk, *segment); };
    const uint64_t in_place =
        (a.is_in_place() ? chunk.nbytes : 0) + (b.is_in_place() ? chunk_b.nbytes : 0);
    CheckedPair checked = in_place == 0 ? read() : desk.faults.Count(in_place, read);
    segment.reset();  // the last chunk ends the pair
    // After an error the checksums are of less than the chunk.
    if (checked.ok()) {
      checked = {Compare(*unit.a.extent, tallies.a.Add(chunk, a.checksum())),
                 Compare(*unit.b.extent, tallies.b.Add(chunk_b, b.checksum()))};
    }
    SetErrors(unit.pair, std::move(checked));
    EndPart(unit.pair, chunk.nbytes);
    return chunk.nbytes + chunk_b.nbytes;
  }

  // Blocks that are used in place are so small that those after them can be fetched from memory
  // meanwhile; what is copied stays in the second-level cache.
  static CheckedPair ReadBoth(ChunkReader& a, ChunkReader& b, uint64_t nbytes_a, uint64_t nbytes_b,
                              const Desk& desk, PairVisitor::Segment& segment) {
    const uint64_t wider = std::max(nbytes_a, nbytes_b);
    const bool are_in_place = a.is_in_place() && b.is_in_place();
    const uint64_t most = (are_in_place ? kMostPairNbytes : desk.buffer_a.size()) / wider;
    while (a.nbytes_left() > 0) {
      const uint64_t count = std::min(most, a.nbytes_left() / nbytes_a);
      const Result<Bytes> of_a = a.Next(count * nbytes_a, desk.buffer_a);
      if (!of_a.ok()) return {of_a.status(), {}};
      const Result<Bytes> of_b = b.Next(count * nbytes_b, desk.buffer_b);
      if (!of_b.ok()) return {{}, of_b.status()};
      Show(*of_a, *of_b, nbytes_a, nbytes_b, segment);
    }
    return {};
  }

  static void Show(Bytes a, Bytes b, uint64_t nbytes_a, uint64_t nbytes_b,
                   PairVisitor::Segment& segment) {
    const uint64_t most = kMostPairNbytes / std::max(nbytes_a, nbytes_b);
    while (!a.empty()) {
      const uint64_t count = std::min(most, a.size() / nbytes_a);
      segment.Take(a.first(count * nbytes_a), b.first(count * nbytes_b));
      a = a.subspan(count * nbytes_a);
      b = b.subspan(count * nbytes_b);
    }
  }

  // `whole` is the checksum of the whole value, once its last chunk was added.
  Status Compare(const Extent& extent, std::optional<uint32_t> whole) const {
    if (!whole || !options_.verify) return {};
    return CompareChecksum(extent, *whole);
  }

  // Errors: kCancelled only; those of the sources are of the pair.
  Status CheckWhole(const LocatedPair& unit, const Desk& desk, ProgressMeter& meter) {
    const bool is_numeric = ElementNbytes(unit.a.source->dtype()) != 0;
    CheckedPair read = is_numeric ? RunStreams(unit, desk, meter) : RunElements(unit);
    CAIRN_RETURN_IF_ERROR(stop_.Check());
    SetErrors(unit.pair, std::move(read));
    EndPart(unit.pair, unit.a.nbytes);
    return {};
  }

  CheckedPair RunStreams(const LocatedPair& unit, const Desk& desk, ProgressMeter& meter) {
    auto a = BlockStream::Open(*unit.a.source);
    auto b = BlockStream::Open(*unit.b.source);
    if (!a.ok() || !b.ok()) return {a.status(), b.status()};
    const uint64_t nbytes_a = ElementNbytes(unit.a.source->dtype());
    const uint64_t nbytes_b = ElementNbytes(unit.b.source->dtype());
    const uint64_t most = desk.buffer_a.size() / std::max(nbytes_a, nbytes_b);
    const auto segment = visitor_.Begin(unit.pair, 0);
    for (uint64_t left = unit.a.nbytes / nbytes_a; left > 0 && !stop_.IsUp();) {
      const uint64_t count = std::min(most, left);
      const MutableBytes of_a = desk.buffer_a.first(count * nbytes_a);
      const MutableBytes of_b = desk.buffer_b.first(count * nbytes_b);
      CheckedPair filled = {a->Fill(of_a), b->Fill(of_b)};
      if (!filled.ok()) return filled;
      Show(of_a, of_b, nbytes_a, nbytes_b, *segment);
      left -= count;
      meter.Add(of_a.size() + of_b.size());
    }
    if (stop_.IsUp()) return {};
    return {a->ReadEnd(desk.buffer_a), b->ReadEnd(desk.buffer_b)};
  }

  CheckedPair RunElements(const LocatedPair& unit) {
    auto a = ElementStream::Open(*unit.a.source);
    auto b = ElementStream::Open(*unit.b.source);
    if (!a.ok() || !b.ok()) return {a.status(), b.status()};
    const auto segment = visitor_.Begin(unit.pair, 0);
    while (!stop_.IsUp()) {
      const auto of_a = a->Next();
      const auto of_b = b->Next();
      if (!of_a.ok() || !of_b.ok()) return {of_a.status(), of_b.status()};
      if (!*of_a && !*of_b) return {};
      const Status ends(Reason::kSize, "the value has fewer elements than its shape needs");
      if (!*of_a) return {ends, {}};
      if (!*of_b) return {{}, ends};
      segment->TakeStrings(**of_a, **of_b);
    }
    return {};
  }

  // Several threads may fail on chunks of one pair; the first error of each side is kept.
  void SetErrors(size_t pair, CheckedPair errors) {
    if (errors.ok()) return;
    const std::lock_guard lock(mutex_);
    CheckedPair& kept = judged_[pair].checked;
    if (kept.a.ok()) kept.a = std::move(errors.a);
    if (kept.b.ok()) kept.b = std::move(errors.b);
  }

  // Whoever ends the last part of a pair ends the pair.
  void EndPart(size_t pair, uint64_t nbytes) {
    Judged& judged = judged_[pair];
    {
      const std::lock_guard lock(mutex_);
      judged.nbytes_left -= nbytes;
      if (judged.nbytes_left > 0) return;
    }
    visitor_.End(pair, judged.checked);
  }

  const TransferOptions& options_;
  PairVisitor& visitor_;
  StopFlag stop_;
  WorkerBuffers buffers_;
  std::vector<FaultWatch> watches_;  // one for each worker
  std::vector<LocatedPair> units_;
  std::mutex mutex_;
  std::vector<Judged> judged_;
};

}  // namespace

Status CheckPairs(std::span<const SourcePair> pairs, const TransferOptions& options,
                  PairVisitor& visitor) {
  return PairChecking(pairs, options, visitor).Run();
}

}  // namespace cairn
