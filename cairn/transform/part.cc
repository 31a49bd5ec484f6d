#include "cairn/transform/part.h"

#include <algorithm>

#include "cairn/transform/slice_text.h"

namespace cairn {
namespace {

// The elements of a part as stretches of the whole, in order.
class PartRuns {
 public:
  PartRuns(std::span<const AxisPart> axes, std::span<const int64_t> dims) {
    uint64_t stride = 1;
    bool is_joined = true;  // every axis further in is taken whole
    for (size_t d = axes.size(); d-- > 0;) {
      const AxisPart& axis = axes[d];
      first_ += axis.start * stride;
      if (is_joined && axis.step == 1) {
        run_length_ *= axis.count;
      } else {
        outer_.push_back({axis.count, axis.step * stride});
        num_runs_ *= axis.count;
      }
      is_joined = is_joined && axis.step == 1 && axis.count == static_cast<uint64_t>(dims[d]);
      stride *= static_cast<uint64_t>(dims[d]);
    }
    if (run_length_ == 0) num_runs_ = 0;
  }

  uint64_t num_runs() const { return num_runs_; }
  uint64_t run_length() const { return run_length_; }
  uint64_t OffsetOf(uint64_t i) const {
    uint64_t offset = first_;
    for (const auto& [count, stride] : outer_) {
      offset += i % count * stride;
      i /= count;
    }
    return offset;
  }

 private:
  struct Step {
    uint64_t count;
    uint64_t stride;
  };

  std::vector<Step> outer_;  // from the innermost on
  uint64_t first_ = 0;
  uint64_t num_runs_ = 1;
  uint64_t run_length_ = 1;
};

// Reads the runs alone.
class RandomPartStream final : public TensorStream {
 public:
  RandomPartStream(std::shared_ptr<const TensorSource> whole, PartRuns runs)
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
  PartRuns runs_;
  uint64_t element_nbytes_;
  uint64_t run_ = 0;
  uint64_t in_run_ = 0;
};

// Picks the runs out of the stream of the whole, which it reads to its checked end.
class PickingPartStream final : public TensorStream {
 public:
  PickingPartStream(std::unique_ptr<TensorStream> whole, PartRuns runs, uint64_t element_nbytes)
      : whole_(std::move(whole)), runs_(std::move(runs)), element_nbytes_(element_nbytes) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
    while (true) {
      if (rest_.empty()) {
        position_ += piece_nbytes_;
        CAIRN_ASSIGN_OR_RETURN(rest_, whole_->Next(buffer_));
        piece_nbytes_ = rest_.size();
        if (rest_.empty()) return Bytes();
      }
      if (const Bytes picked = Pick(scratch); !picked.empty()) return picked;
    }
  }

 private:
  // What `rest_` has of the run whose turn it is; drops what comes before.
  Bytes Pick(MutableBytes scratch) {
    const uint64_t at = position_ + piece_nbytes_ - rest_.size();
    if (run_ == runs_.num_runs()) {
      rest_ = {};
      return {};
    }
    const uint64_t run_nbytes = runs_.run_length() * element_nbytes_;
    const uint64_t wanted = runs_.OffsetOf(run_) * element_nbytes_ + in_run_;
    rest_ = rest_.subspan(std::min<uint64_t>(wanted - at, rest_.size()));
    const size_t count =
        std::min({run_nbytes - in_run_, uint64_t{rest_.size()}, uint64_t{scratch.size()}});
    std::ranges::copy(rest_.first(count), scratch.begin());
    rest_ = rest_.subspan(count);
    in_run_ += count;
    if (in_run_ == run_nbytes) {
      in_run_ = 0;
      ++run_;
    }
    return scratch.first(count);
  }

  std::unique_ptr<TensorStream> whole_;
  PartRuns runs_;
  uint64_t element_nbytes_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(64 << 10);
  Bytes rest_;             // of the last piece of the whole
  uint64_t position_ = 0;  // of that piece
  uint64_t piece_nbytes_ = 0;
  uint64_t run_ = 0;
  uint64_t in_run_ = 0;
};

class PartSource final : public TensorSource {
 public:
  PartSource(std::shared_ptr<const TensorSource> whole, PartRuns runs, Shape shape)
      : whole_(std::move(whole)), runs_(std::move(runs)), shape_(std::move(shape)) {}

  DType dtype() const override { return whole_->dtype(); }
  const Shape& shape() const override { return shape_; }

  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    if (whole_->has_random_access()) return std::make_unique<RandomPartStream>(whole_, runs_);
    CAIRN_ASSIGN_OR_RETURN(auto stream, whole_->OpenStream());
    return std::make_unique<PickingPartStream>(std::move(stream), runs_,
                                               ElementNbytes(whole_->dtype()));
  }

  Result<StringTensor> ReadStrings() const override {
    CAIRN_ASSIGN_OR_RETURN(const StringTensor all, whole_->ReadStrings());
    StringTensor picked;
    for (uint64_t run = 0; run < runs_.num_runs(); ++run) {
      const uint64_t first = runs_.OffsetOf(run);
      for (uint64_t i = 0; i < runs_.run_length(); ++i) picked.Add(all[first + i]);
    }
    return picked;
  }

 private:
  std::shared_ptr<const TensorSource> whole_;
  PartRuns runs_;
  Shape shape_;
};

}  // namespace

Result<Part> TakePart(std::shared_ptr<const TensorSource> source, std::string_view slice) {
  const auto dims = source->shape().dims();
  CAIRN_ASSIGN_OR_RETURN(const std::vector<AxisPart> axes, ParseSlice(slice, dims));
  std::vector<int64_t> kept;
  for (const AxisPart& axis : axes) {
    if (axis.is_kept) kept.push_back(static_cast<int64_t>(axis.count));
  }
  CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(kept));
  const bool is_checked = !source->has_random_access();
  PartRuns runs(axes, dims);
  return Part{
      std::make_shared<const PartSource>(std::move(source), std::move(runs), std::move(shape)),
      is_checked};
}

}  // namespace cairn
