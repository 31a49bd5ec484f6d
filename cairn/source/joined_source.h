// One tensor out of slices that are stored apart: a partitioned variable.
#ifndef CAIRN_SOURCE_JOINED_SOURCE_H_
#define CAIRN_SOURCE_JOINED_SOURCE_H_

#include "cairn/core/box.h"
#include "cairn/core/tensor_source.h"

namespace cairn {

// Streams in bounded memory: the elements of a slice come in the same order in the whole, so each
// slice is read once, from its front to its checked end.
class JoinedSource final : public TensorSource {
 public:
  struct Slice {
    Box box;  // where it lies in the whole
    std::shared_ptr<const TensorSource> source;
  };

  // Errors: kSlice (a slice leaves the tensor or is not of the shape of its box; slices that
  // overlap or leave a gap), kDType (a slice of another dtype), kLimit (as CheckTiling).
  static Result<std::shared_ptr<const TensorSource>> Make(DType dtype, Shape shape,
                                                          std::vector<Slice> slices);

  DType dtype() const override { return dtype_; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override;
  std::span<const SliceExtent> slices() const override { return extents_; }
  Status ReadAt(uint64_t offset, MutableBytes out) const override;
  // Where all slices have it.
  bool has_random_access() const override;
  // Reads the slices that `box` meets, each whole.
  Result<std::shared_ptr<const TensorSource>> Crop(const Box& box) const override;
  Result<StringTensor> ReadStrings() const override;

 private:
  JoinedSource(DType dtype, Shape shape, std::vector<Slice> slices);

  DType dtype_;
  Shape shape_;
  std::vector<Slice> slices_;  // in the order of their first elements
  std::vector<SliceExtent> extents_;
};

}  // namespace cairn

#endif  // CAIRN_SOURCE_JOINED_SOURCE_H_
