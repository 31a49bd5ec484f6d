// One tensor out of parts that are stored apart: a partitioned variable.
#ifndef CAIRN_SOURCE_JOINED_SOURCE_H_
#define CAIRN_SOURCE_JOINED_SOURCE_H_

#include "cairn/core/box.h"
#include "cairn/core/tensor_source.h"

namespace cairn {

// Streams in bounded memory: the elements of a part come in the same order in the whole, so each
// part is read once, from its front to its checked end.
class JoinedSource final : public TensorSource {
 public:
  struct Part {
    Box box;  // where it lies in the whole
    std::shared_ptr<const TensorSource> source;
  };

  // Errors: kSlice (a part leaves the tensor or is not of the shape of its box; parts that overlap
  // or leave a gap), kDType (a part of another dtype), kLimit (as CheckTiling).
  static Result<std::shared_ptr<const TensorSource>> Make(DType dtype, Shape shape,
                                                          std::vector<Part> parts);

  DType dtype() const override { return dtype_; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override;
  std::span<const PlacedExtent> pieces() const override { return pieces_; }
  Status ReadAt(uint64_t offset, MutableBytes out) const override;
  // Where all parts have it.
  bool has_random_access() const override;
  // Reads the parts that `box` meets, each whole.
  Result<std::shared_ptr<const TensorSource>> Crop(const Box& box) const override;
  Result<StringTensor> ReadStrings() const override;

 private:
  JoinedSource(DType dtype, Shape shape, std::vector<Part> parts);

  DType dtype_;
  Shape shape_;
  std::vector<Part> parts_;  // in the order of their first elements
  std::vector<PlacedExtent> pieces_;
};

}  // namespace cairn

#endif  // CAIRN_SOURCE_JOINED_SOURCE_H_
