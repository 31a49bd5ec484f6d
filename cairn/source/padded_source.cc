#include "cairn/source/padded_source.h"

#include <algorithm>
#include <string>

#include "cairn/core/box.h"

namespace cairn {
namespace {

// The runs of `whole` where they lie in the result, and zeros between them.
class PaddedStream final : public TensorStream {
 public:
  PaddedStream(std::unique_ptr<TensorStream> whole, BoxRuns runs, uint64_t element_nbytes,
               uint64_t nbytes)
      : whole_(std::move(whole)),
        runs_(std::move(runs)),
        run_nbytes_(runs_.run_length() * element_nbytes),
        element_nbytes_(element_nbytes),
        nbytes_(nbytes) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
    size_t filled = 0;
    while (filled < scratch.size() && position_ < nbytes_) {
      const MutableBytes room = scratch.subspan(filled);
      const uint64_t run_begin =
          run_ == runs_.num_runs() ? nbytes_ : runs_.OffsetOf(run_) * element_nbytes_;
      if (position_ < run_begin) {
        const size_t count = std::min<uint64_t>(room.size(), run_begin - position_);
        std::ranges::fill(room.first(count), std::byte{0});
        filled += count;
        position_ += count;
        continue;
      }
      CAIRN_ASSIGN_OR_RETURN(const size_t count, CopyOfRun(room, run_begin));
      filled += count;
    }
    if (filled == 0) CAIRN_RETURN_IF_ERROR(ReadEnd());
    return scratch.first(filled);
  }

 private:
  Result<size_t> CopyOfRun(MutableBytes room, uint64_t run_begin) {
    const uint64_t left = run_begin + run_nbytes_ - position_;
    const MutableBytes place = room.first(std::min<uint64_t>(room.size(), left));
    CAIRN_ASSIGN_OR_RETURN(const Bytes piece, whole_->Next(place));
    if (piece.empty())
      return Status(Reason::kSize, "the value ends before the last of its elements");
    if (piece.data() != place.data()) CopyBytes(piece, place.data());
    position_ += piece.size();
    if (position_ == run_begin + run_nbytes_) ++run_;
    return piece.size();
  }

  // Only there do the checksums hold.
  Status ReadEnd() {
    std::byte spare[1];
    CAIRN_ASSIGN_OR_RETURN(const Bytes more, whole_->Next(spare));
    return more.empty() ? Status()
                        : Status(Reason::kSize, "the value has more bytes than elements");
  }

  std::unique_ptr<TensorStream> whole_;
  BoxRuns runs_;
  uint64_t run_nbytes_;
  uint64_t element_nbytes_;
  uint64_t nbytes_;
  uint64_t position_ = 0;
  uint64_t run_ = 0;
};

class PaddedSource final : public TensorSource {
 public:
  PaddedSource(std::shared_ptr<const TensorSource> whole, Box box, Shape shape)
      : whole_(std::move(whole)), box_(std::move(box)), shape_(std::move(shape)) {}

  DType dtype() const override { return whole_->dtype(); }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    CAIRN_ASSIGN_OR_RETURN(auto stream, whole_->OpenStream());
    return std::make_unique<PaddedStream>(std::move(stream), BoxRuns(shape_.dims(), box_),
                                          ElementNbytes(dtype()), nbytes());
  }
  Status CheckCanBeHeld() const override { return whole_->CheckCanBeHeld(); }

 private:
  std::shared_ptr<const TensorSource> whole_;
  Box box_;  // of `whole_` in the result
  Shape shape_;
};

}  // namespace

Result<std::shared_ptr<const TensorSource>> Pad(std::shared_ptr<const TensorSource> whole,
                                                std::span<const Padding> paddings) {
  const std::span<const int64_t> dims = whole->shape().dims();
  if (ElementNbytes(whole->dtype()) == 0)
    return Status(Reason::kArgument, "strings cannot be padded with zeros");
  if (paddings.size() != dims.size())
    return Status(Reason::kArgument, std::to_string(paddings.size()) + " paddings, for " +
                                         std::to_string(dims.size()) + " dimensions");
  std::vector<int64_t> padded;
  Box box;
  for (size_t d = 0; d < dims.size(); ++d) {
    const auto [before, after] = paddings[d];
    if (before < 0 || after < 0) return Status(Reason::kArgument, "a padding is negative");
    int64_t size = 0;
    if (__builtin_add_overflow(dims[d], before, &size) ||
        __builtin_add_overflow(size, after, &size))
      return Status(Reason::kArgument, "a padded dimension is larger than 2^63");
    box.push_back({before, dims[d]});
    padded.push_back(size);
  }
  auto shape = Shape::Make(std::move(padded));
  if (!shape.ok()) return Status(Reason::kArgument, std::string(shape.status().text()));
  return std::make_shared<const PaddedSource>(std::move(whole), std::move(box), *std::move(shape));
}

}  // namespace cairn
