#include "cairn/core/tensor_source.h"

#include <utility>

namespace cairn {
namespace {

// All elements as one piece.
class WholeStrings final : public StringStream {
 public:
  explicit WholeStrings(StringTensor strings) : strings_(std::move(strings)) {}
  Result<StringTensor> Next() override { return std::exchange(strings_, {}); }

 private:
  StringTensor strings_;
};

}  // namespace

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

Result<std::unique_ptr<StringStream>> TensorSource::OpenStrings() const {
  CAIRN_ASSIGN_OR_RETURN(StringTensor strings, ReadStrings());
  return StreamStrings(std::move(strings));
}

std::unique_ptr<StringStream> StreamStrings(StringTensor strings) {
  return std::make_unique<WholeStrings>(std::move(strings));
}

}  // namespace cairn
