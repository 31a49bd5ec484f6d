// A tensor whose elements have no fixed size, as a bundle stores it: strings and variants.
#ifndef CAIRN_FORMATS_TF_BUNDLE_PAYLOAD_SOURCE_H_
#define CAIRN_FORMATS_TF_BUNDLE_PAYLOAD_SOURCE_H_

#include "cairn/core/tensor_source.h"
#include "cairn/formats/tf_bundle/bundle_proto.h"

namespace cairn::tf_bundle {

// Held whole while it is decoded.
class PayloadSource final : public TensorSource {
 public:
  // `payload.checksum` is that of the entry, which is not the CRC-32C of the bytes as they lie.
  PayloadSource(DType dtype, Shape shape, Extent payload, Endianness endianness)
      : dtype_(dtype),
        shape_(std::move(shape)),
        payload_(std::move(payload)),
        endianness_(endianness) {}

  DType dtype() const override { return dtype_; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override;
  Result<StringTensor> ReadStrings() const override;

 private:
  Result<StringTensor> Decode(Bytes payload) const;

  DType dtype_;
  Shape shape_;
  Extent payload_;
  Endianness endianness_;
};

}  // namespace cairn::tf_bundle

#endif  // CAIRN_FORMATS_TF_BUNDLE_PAYLOAD_SOURCE_H_
