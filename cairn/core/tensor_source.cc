#include "cairn/core/tensor_source.h"

namespace cairn {

Status TensorSource::ReadAt(uint64_t /*offset*/, MutableBytes /*out*/) const {
  return Status(Reason::kUnsupported,
                "this tensor can only be read whole, its bytes have no random access");
}

Result<std::shared_ptr<const TensorSource>> TensorSource::Crop(const Box& /*box*/) const {
  return nullptr;
}

Result<StringTensor> TensorSource::ReadStrings() const {
  return Status(Reason::kDType, std::string(Name(dtype())) + " tensor has no strings to read");
}

}  // namespace cairn
