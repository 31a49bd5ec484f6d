// The tensor whose value lies in a file as it is.
#ifndef CAIRN_SOURCE_EXTENT_SOURCE_H_
#define CAIRN_SOURCE_EXTENT_SOURCE_H_

#include "cairn/core/tensor_source.h"

namespace cairn {

// Streams, reads in part, and hands out its extent.
class ExtentSource final : public TensorSource {
 public:
  // Errors: kDType (no fixed element size), kOverflow, kSize (the extent is not what dtype and
  // shape need), kTruncated (it ends past the file).
  static Result<std::shared_ptr<const ExtentSource>> Make(DType dtype, Shape shape, Extent extent);

  DType dtype() const override { return dtype_; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override;
  std::optional<Extent> extent() const override { return extent_; }
  Status ReadAt(uint64_t offset, MutableBytes out) const override;

 private:
  ExtentSource(DType dtype, Shape shape, Extent extent)
      : dtype_(dtype), shape_(std::move(shape)), extent_(std::move(extent)) {}

  DType dtype_;
  Shape shape_;
  Extent extent_;
};

// Streams the bytes of `extent`; the end is reached only if its checksum, where it has one, held.
std::unique_ptr<TensorStream> StreamExtent(Extent extent);

// The bytes of `extent` from `begin` on, in memory; nothing where its file is not mapped.
Bytes MappedBytes(const Extent& extent, uint64_t begin, uint64_t nbytes);

// "run/model-1.data-00000-of-00001: 4000 bytes at offset 0: checksum 0x…, expected 0x…".
Status ChecksumMismatch(const Extent& extent, uint32_t computed);

}  // namespace cairn

#endif  // CAIRN_SOURCE_EXTENT_SOURCE_H_
