#include "cairn/transform/part.h"

#include <algorithm>

#include "cairn/io/picked_source.h"
#include "cairn/transform/slice_text.h"

namespace cairn {
namespace {

// Reads the runs alone.
class RandomPartStream final : public TensorStream {
 public:
  RandomPartStream(std::shared_ptr<const TensorSource> whole, BoxRuns runs)
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

// Of a tensor that has random access.
class RandomPart final : public TensorSource {
 public:
  RandomPart(std::shared_ptr<const TensorSource> whole, BoxRuns runs, Shape shape)
      : whole_(std::move(whole)), runs_(std::move(runs)), shape_(std::move(shape)) {}

  DType dtype() const override { return whole_->dtype(); }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    return std::make_unique<RandomPartStream>(whole_, runs_);
  }

 private:
  std::shared_ptr<const TensorSource> whole_;
  BoxRuns runs_;
  Shape shape_;
};

// The smallest box that has all elements of the ranges.
Box BoxAround(std::span<const StridedRange> ranges) {
  Box box;
  for (const auto& [start, step, count] : ranges)
    box.push_back({static_cast<int64_t>(start),
                   count == 0 ? 0 : static_cast<int64_t>((count - 1) * step + 1)});
  return box;
}

// Reads as little of `source` as can be checked.
Result<std::shared_ptr<const TensorSource>> CheckedPart(std::shared_ptr<const TensorSource> source,
                                                        Slice slice) {
  CAIRN_ASSIGN_OR_RETURN(auto cropped, source->Crop(BoxAround(slice.ranges)));
  if (cropped != nullptr) {
    source = std::move(cropped);
    for (StridedRange& range : slice.ranges) range.start = 0;
  }
  BoxRuns runs(source->shape().dims(), slice.ranges);
  return Pick(std::move(source), std::move(runs), std::move(slice.shape));
}

}  // namespace

Result<Part> TakePart(std::shared_ptr<const TensorSource> source, std::string_view text) {
  CAIRN_ASSIGN_OR_RETURN(Slice slice, ParseSlice(text, source->shape().dims()));
  if (!source->has_random_access()) {
    CAIRN_ASSIGN_OR_RETURN(auto part, CheckedPart(std::move(source), std::move(slice)));
    return Part{std::move(part), true};
  }
  BoxRuns runs(source->shape().dims(), slice.ranges);
  auto part = std::make_shared<const RandomPart>(std::move(source), std::move(runs),
                                                 std::move(slice.shape));
  return Part{std::move(part), false};
}

}  // namespace cairn
