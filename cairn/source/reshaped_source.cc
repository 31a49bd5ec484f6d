#include "cairn/source/reshaped_source.h"

#include <string>

namespace cairn {
namespace {

class ReshapedSource final : public TensorSource {
 public:
  ReshapedSource(std::shared_ptr<const TensorSource> whole, Shape shape)
      : whole_(std::move(whole)), shape_(std::move(shape)) {}

  DType dtype() const override { return whole_->dtype(); }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override { return whole_->OpenStream(); }
  Result<std::unique_ptr<TensorStream>> OpenInAnyOrder() const override {
    return whole_->OpenInAnyOrder();
  }
  std::optional<Extent> extent() const override { return whole_->extent(); }
  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    return whole_->ReadAt(offset, out);
  }
  bool has_random_access() const override { return whole_->has_random_access(); }
  Result<StringTensor> ReadStrings() const override { return whole_->ReadStrings(); }
  Result<std::unique_ptr<StringStream>> OpenStrings() const override {
    return whole_->OpenStrings();
  }
  Status CheckCanBeHeld() const override { return whole_->CheckCanBeHeld(); }

 private:
  std::shared_ptr<const TensorSource> whole_;
  Shape shape_;
};

}  // namespace

Result<std::shared_ptr<const TensorSource>> Reshape(std::shared_ptr<const TensorSource> whole,
                                                    Shape shape) {
  const uint64_t count = whole->shape().num_elements();
  if (shape.num_elements() != count)
    return Status(Reason::kArgument, ToString(shape.dims()) + " has " +
                                         std::to_string(shape.num_elements()) + " elements, " +
                                         ToString(whole->shape().dims()) + " has " +
                                         std::to_string(count));
  return std::make_shared<const ReshapedSource>(std::move(whole), std::move(shape));
}

}  // namespace cairn
