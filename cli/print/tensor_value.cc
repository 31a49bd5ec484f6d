#include "cli/print/tensor_value.h"

#include <algorithm>

#include "cli/signals.h"

namespace cairn::cli {
namespace {

constexpr size_t kScratchNbytes = 1 << 20;
constexpr uint64_t kKeptNbytes = 16 << 20;  // smaller values are kept instead of being read twice

// Picks the bytes of the shown elements out of the pieces of the whole value.
class CornerCollector {
 public:
  CornerCollector(const ArrayCorners& corners, uint64_t element_nbytes)
      : runs_(corners.runs()), element_nbytes_(element_nbytes) {}

  void Take(Bytes piece) {
    const uint64_t end = position_ + piece.size();
    while (next_run_ < runs_.size()) {
      const uint64_t run_begin = runs_[next_run_].first * element_nbytes_;
      const uint64_t run_end = run_begin + runs_[next_run_].count * element_nbytes_;
      const uint64_t from = std::max(run_begin, position_);
      const uint64_t to = std::min(run_end, end);
      if (from < to) {
        const Bytes part = piece.subspan(from - position_, to - from);
        collected_.insert(collected_.end(), part.begin(), part.end());
      }
      if (run_end > end) break;
      ++next_run_;
    }
    position_ = end;
  }

  std::vector<std::byte> TakeCollected() { return std::move(collected_); }

 private:
  std::span<const ArrayCorners::Run> runs_;
  uint64_t element_nbytes_;
  uint64_t position_ = 0;
  size_t next_run_ = 0;
  std::vector<std::byte> collected_;
};

// Whether reading the whole value would prove nothing of it.
bool IsUnprotected(const TensorSource& source) {
  const auto extent = source.extent();
  return extent && !extent->checksum;
}

Result<std::vector<std::byte>> ReadRuns(const TensorSource& source, const ArrayCorners& corners) {
  const uint64_t element_nbytes = ElementNbytes(source.dtype());
  std::vector<std::byte> bytes(corners.num_elements() * element_nbytes);
  MutableBytes rest = bytes;
  for (const ArrayCorners::Run& run : corners.runs()) {
    const uint64_t nbytes = run.count * element_nbytes;
    CAIRN_RETURN_IF_ERROR(source.ReadAt(run.first * element_nbytes, rest.first(nbytes)));
    rest = rest.subspan(nbytes);
  }
  return bytes;
}

// Errors: those of the source and of `take`, kCancelled on interrupt.
Status ReadStrings(const TensorSource& source, const TakeStrings& take) {
  CAIRN_ASSIGN_OR_RETURN(const auto stream, source.OpenStrings());
  const std::atomic<bool>& is_interrupted = CatchInterrupt();
  while (true) {
    if (is_interrupted) return Status(Reason::kCancelled, "interrupted");
    CAIRN_ASSIGN_OR_RETURN(const StringTensor some, stream->Next());
    if (some.size() == 0) return {};
    CAIRN_RETURN_IF_ERROR(take(some));
  }
}

}  // namespace

Status ReadPieces(const TensorSource& source, Progress* progress, const TakePiece& take) {
  CAIRN_ASSIGN_OR_RETURN(auto stream, source.OpenStream());
  std::vector<std::byte> scratch(kScratchNbytes);
  uint64_t done = 0;
  const std::atomic<bool>& is_interrupted = CatchInterrupt();
  while (true) {
    if (is_interrupted) return Status(Reason::kCancelled, "interrupted");
    CAIRN_ASSIGN_OR_RETURN(const Bytes piece, stream->Next(scratch));
    if (piece.empty()) return {};
    CAIRN_RETURN_IF_ERROR(take(piece));
    done += piece.size();
    if (progress != nullptr) progress->Advance(done, source.nbytes());
  }
}

Status ReadCheckedPieces(const TensorSource& source, Progress* of_checking, Progress* of_taking,
                         const TakePiece& take) {
  if (source.nbytes() > kKeptNbytes) {
    CAIRN_RETURN_IF_ERROR(ReadPieces(source, of_checking, [](Bytes) { return Status(); }));
    return ReadPieces(source, of_taking, take);
  }
  std::vector<std::byte> value;
  value.reserve(source.nbytes());
  CAIRN_RETURN_IF_ERROR(ReadPieces(source, of_checking, [&](Bytes piece) {
    value.insert(value.end(), piece.begin(), piece.end());
    return Status();
  }));
  return take(value);
}

Result<std::vector<std::byte>> ReadCorners(const TensorSource& source, const ArrayCorners& corners,
                                           Progress* progress) {
  const bool is_cut = corners.num_elements() < source.shape().num_elements();
  if (is_cut && IsUnprotected(source)) return ReadRuns(source, corners);
  CornerCollector collector(corners, ElementNbytes(source.dtype()));
  CAIRN_RETURN_IF_ERROR(ReadPieces(source, progress, [&](Bytes piece) {
    collector.Take(piece);
    return Status();
  }));
  return collector.TakeCollected();
}

Status ReadCheckedStrings(const TensorSource& source, const TakeStrings& take) {
  CAIRN_RETURN_IF_ERROR(ReadStrings(source, [](const StringTensor&) { return Status(); }));
  return ReadStrings(source, take);
}

Result<StringTensor> ReadStringCorners(const TensorSource& source, const ArrayCorners& corners) {
  StringTensor shown;
  const std::span<const ArrayCorners::Run> runs = corners.runs();
  size_t run = 0;
  uint64_t position = 0;
  CAIRN_RETURN_IF_ERROR(ReadStrings(source, [&](const StringTensor& some) {
    for (size_t i = 0; i < some.size(); ++i, ++position) {
      while (run < runs.size() && position >= runs[run].first + runs[run].count) ++run;
      if (run < runs.size() && position >= runs[run].first) shown.Add(some[i]);
    }
    return Status();
  }));
  return shown;
}

}  // namespace cairn::cli
