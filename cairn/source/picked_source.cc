#include "cairn/source/picked_source.h"

#include <algorithm>

namespace cairn {
namespace {

constexpr size_t kWholeScratchNbytes = 64 << 10;

// Reads the whole to its checked end, and returns what lies in the runs.
class CheckedStream final : public TensorStream {
 public:
  CheckedStream(std::unique_ptr<TensorStream> whole, BoxRuns runs, uint64_t element_nbytes)
      : whole_(std::move(whole)),
        runs_(std::move(runs)),
        element_nbytes_(element_nbytes),
        buffer_(kWholeScratchNbytes) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
    while (true) {
      if (rest_.empty()) {
        position_ += piece_nbytes_;
        CAIRN_ASSIGN_OR_RETURN(rest_, whole_->Next(buffer_));
        piece_nbytes_ = rest_.size();
        if (rest_.empty()) return Bytes();
      }
      if (const Bytes picked = PickFromRest(scratch); !picked.empty()) return picked;
    }
  }

 private:
  // Returns what `rest_` has of the run whose turn it is, and drops what comes before.
  Bytes PickFromRest(MutableBytes scratch) {
    const uint64_t at = position_ + piece_nbytes_ - rest_.size();
    // All runs are done. The rest is read and dropped, because the checksum is compared at its end.
    if (run_ == runs_.num_runs()) {
      rest_ = {};
      return {};
    }
    const uint64_t run_nbytes = runs_.run_length() * element_nbytes_;
    const uint64_t wanted = runs_.OffsetOf(run_) * element_nbytes_ + in_run_;
    rest_ = rest_.subspan(std::min<uint64_t>(wanted - at, rest_.size()));
    const size_t count =
        std::min({run_nbytes - in_run_, uint64_t{rest_.size()}, uint64_t{scratch.size()}});
    CopyBytes(rest_.first(count), scratch.data());
    rest_ = rest_.subspan(count);
    in_run_ += count;
    if (in_run_ == run_nbytes) {
      in_run_ = 0;
      ++run_;
    }
    return scratch.first(count);
  }

  std::unique_ptr<TensorStream> whole_;
  BoxRuns runs_;
  uint64_t element_nbytes_;
  std::vector<std::byte> buffer_;
  Bytes rest_;             // of the last piece of the whole
  uint64_t position_ = 0;  // of that piece
  uint64_t piece_nbytes_ = 0;
  uint64_t run_ = 0;
  uint64_t in_run_ = 0;
};

// Reads the runs alone, each with ReadAt.
class UncheckedStream final : public TensorStream {
 public:
  UncheckedStream(std::shared_ptr<const TensorSource> whole, BoxRuns runs)
      : whole_(std::move(whole)),
        runs_(std::move(runs)),
        element_nbytes_(ElementNbytes(whole_->dtype())) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
    size_t filled = 0;
    const uint64_t run_nbytes = runs_.run_length() * element_nbytes_;
    while (filled < scratch.size() && run_ < runs_.num_runs()) {
      const size_t count = std::min<uint64_t>(run_nbytes - in_run_, scratch.size() - filled);
      CAIRN_RETURN_IF_ERROR(whole_->ReadAt(runs_.OffsetOf(run_) * element_nbytes_ + in_run_,
                                           scratch.subspan(filled, count)));
      filled += count;
      in_run_ += count;
      if (in_run_ < run_nbytes) break;
      in_run_ = 0;
      ++run_;
    }
    return scratch.first(filled);
  }

 private:
  std::shared_ptr<const TensorSource> whole_;
  BoxRuns runs_;
  uint64_t element_nbytes_;
  uint64_t run_ = 0;
  uint64_t in_run_ = 0;
};

enum class Reading : uint8_t { kChecked, kUnchecked };

class PickedSource final : public TensorSource {
 public:
  PickedSource(std::shared_ptr<const TensorSource> whole, BoxRuns runs, Shape shape,
               Reading reading)
      : whole_(std::move(whole)),
        runs_(std::move(runs)),
        shape_(std::move(shape)),
        reading_(reading) {}

  DType dtype() const override { return whole_->dtype(); }
  const Shape& shape() const override { return shape_; }

  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    if (reading_ == Reading::kUnchecked) return std::make_unique<UncheckedStream>(whole_, runs_);
    CAIRN_ASSIGN_OR_RETURN(auto stream, whole_->OpenStream());
    return std::make_unique<CheckedStream>(std::move(stream), runs_, ElementNbytes(dtype()));
  }

  Result<StringTensor> ReadStrings() const override {
    CAIRN_ASSIGN_OR_RETURN(const auto stream, whole_->OpenStrings());
    StringTensor picked;
    uint64_t run = 0;
    uint64_t in_run = 0;
    for (uint64_t position = 0;;) {
      CAIRN_ASSIGN_OR_RETURN(const StringTensor some, stream->Next());
      if (some.size() == 0) return picked;
      const uint64_t end = position + some.size();
      while (run < runs_.num_runs() && runs_.OffsetOf(run) + in_run < end) {
        picked.Add(some[runs_.OffsetOf(run) + in_run - position]);
        if (++in_run < runs_.run_length()) continue;
        in_run = 0;
        ++run;
      }
      position = end;
    }
  }

 private:
  std::shared_ptr<const TensorSource> whole_;
  BoxRuns runs_;
  Shape shape_;
  Reading reading_;
};

}  // namespace

std::shared_ptr<const TensorSource> Pick(std::shared_ptr<const TensorSource> whole, BoxRuns runs,
                                         Shape shape) {
  return std::make_shared<const PickedSource>(std::move(whole), std::move(runs), std::move(shape),
                                              Reading::kChecked);
}

std::shared_ptr<const TensorSource> PickUnchecked(std::shared_ptr<const TensorSource> whole,
                                                  BoxRuns runs, Shape shape) {
  return std::make_shared<const PickedSource>(std::move(whole), std::move(runs), std::move(shape),
                                              Reading::kUnchecked);
}

}  // namespace cairn
