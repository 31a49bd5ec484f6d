#include "cairn/source/string_source.h"

namespace cairn {
namespace {

class StringSource final : public TensorSource {
 public:
  StringSource(DType dtype, Shape shape, StringTensor strings)
      : dtype_(dtype), shape_(std::move(shape)), strings_(std::move(strings)) {}

  DType dtype() const override { return dtype_; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    return Status(Reason::kDType, "elements of no fixed size are read by ReadStrings");
  }
  Result<StringTensor> ReadStrings() const override { return strings_; }

 private:
  DType dtype_;
  Shape shape_;
  StringTensor strings_;
};

}  // namespace

std::shared_ptr<const TensorSource> MakeStringSource(DType dtype, Shape shape,
                                                     StringTensor strings) {
  return std::make_shared<const StringSource>(dtype, std::move(shape), std::move(strings));
}

std::shared_ptr<const TensorSource> MakeTextSource(std::string_view text) {
  StringTensor strings;
  strings.Add(text);
  return MakeStringSource(DType::kString, Shape(), std::move(strings));
}

}  // namespace cairn
