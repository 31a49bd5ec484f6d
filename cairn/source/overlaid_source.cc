#include "cairn/source/overlaid_source.h"

#include <algorithm>

namespace cairn {
namespace {

constexpr size_t kSkipNbytes = size_t{1} << 16;

// A stream that is read in pieces of a given size.
class WholePieces {
 public:
  explicit WholePieces(std::unique_ptr<TensorStream> stream) : stream_(std::move(stream)) {}

  Status Read(MutableBytes out) {
    while (!out.empty()) {
      if (left_.empty()) {
        CAIRN_ASSIGN_OR_RETURN(left_, stream_->Next(out));
        if (left_.empty())
          return Status(Reason::kSize, "the value ends before the last of its elements");
      }
      const size_t count = std::min(left_.size(), out.size());
      if (left_.data() != out.data()) CopyBytes(left_.first(count), out.data());
      left_ = left_.subspan(count);
      out = out.subspan(count);
    }
    return {};
  }

  Status Skip(uint64_t nbytes) {
    skipped_.resize(kSkipNbytes);
    while (nbytes > 0) {
      const size_t count = std::min<uint64_t>(nbytes, skipped_.size());
      CAIRN_RETURN_IF_ERROR(Read(MutableBytes(skipped_).first(count)));
      nbytes -= count;
    }
    return {};
  }

  // Only there do the checksums hold.
  Status ReadEnd() {
    std::byte spare[1];
    if (left_.empty()) {
      CAIRN_ASSIGN_OR_RETURN(left_, stream_->Next(spare));
    }
    return left_.empty() ? Status()
                         : Status(Reason::kSize, "the value has more bytes than elements");
  }

 private:
  std::unique_ptr<TensorStream> stream_;
  Bytes left_;  // of the last piece; valid until the next one is asked for
  std::vector<std::byte> skipped_;
};

class OverlaidStream final : public TensorStream {
 public:
  OverlaidStream(std::unique_ptr<TensorStream> base, std::unique_ptr<TensorStream> over,
                 const std::vector<bool>& is_over, uint64_t row_nbytes)
      : base_(std::move(base)),
        over_(std::move(over)),
        is_over_(is_over),
        row_nbytes_(row_nbytes) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
    if (row_nbytes_ == 0 || row_ == is_over_.size()) {
      CAIRN_RETURN_IF_ERROR(base_.ReadEnd());
      CAIRN_RETURN_IF_ERROR(over_.ReadEnd());
      return Bytes();
    }
    const MutableBytes out = scratch.first(std::min<uint64_t>(scratch.size(), RunNbytes()));
    const bool is_over = is_over_[row_];
    CAIRN_RETURN_IF_ERROR((is_over ? base_ : over_).Skip(out.size()));
    CAIRN_RETURN_IF_ERROR((is_over ? over_ : base_).Read(out));
    Advance(out.size());
    return Bytes(out);
  }

 private:
  // From the present position to the next row of the other tensor.
  uint64_t RunNbytes() const {
    size_t end = row_ + 1;
    while (end < is_over_.size() && is_over_[end] == is_over_[row_]) ++end;
    return (end - row_) * row_nbytes_ - in_row_;
  }

  void Advance(uint64_t nbytes) {
    in_row_ += nbytes;
    row_ += in_row_ / row_nbytes_;
    in_row_ %= row_nbytes_;
  }

  WholePieces base_;
  WholePieces over_;
  const std::vector<bool>& is_over_;
  uint64_t row_nbytes_;
  size_t row_ = 0;
  uint64_t in_row_ = 0;
};

class OverlaidSource final : public TensorSource {
 public:
  OverlaidSource(std::shared_ptr<const TensorSource> base, std::shared_ptr<const TensorSource> over,
                 std::vector<bool> is_over)
      : base_(std::move(base)), over_(std::move(over)), is_over_(std::move(is_over)) {}

  DType dtype() const override { return base_->dtype(); }
  const Shape& shape() const override { return base_->shape(); }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    CAIRN_ASSIGN_OR_RETURN(auto base, base_->OpenStream());
    CAIRN_ASSIGN_OR_RETURN(auto over, over_->OpenStream());
    const uint64_t row_nbytes = is_over_.empty() ? 0 : nbytes() / is_over_.size();
    return std::make_unique<OverlaidStream>(std::move(base), std::move(over), is_over_, row_nbytes);
  }

 private:
  std::shared_ptr<const TensorSource> base_;
  std::shared_ptr<const TensorSource> over_;
  std::vector<bool> is_over_;
};

}  // namespace

Result<std::shared_ptr<const TensorSource>> OverlayRows(std::shared_ptr<const TensorSource> base,
                                                        std::shared_ptr<const TensorSource> over,
                                                        std::vector<bool> is_over) {
  if (base->dtype() != over->dtype() ||
      !std::ranges::equal(base->shape().dims(), over->shape().dims()))
    return Status(Reason::kArgument, "rows can only be laid over those of a tensor that is alike");
  if (ElementNbytes(base->dtype()) == 0)
    return Status(Reason::kArgument, "rows of strings cannot be laid over others");
  if (base->shape().rank() == 0 || static_cast<uint64_t>(base->shape().dims()[0]) != is_over.size())
    return Status(Reason::kArgument, "there is another number of rows");
  return std::make_shared<const OverlaidSource>(std::move(base), std::move(over),
                                                std::move(is_over));
}

}  // namespace cairn
