#include "cairn/io/text_source.h"

namespace cairn {
namespace {

class TextSource final : public TensorSource {
 public:
  explicit TextSource(std::string text) { strings_.Add(text); }

  DType dtype() const override { return DType::kString; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    return Status(Reason::kDType, "a string is read by ReadStrings");
  }
  Result<StringTensor> ReadStrings() const override { return strings_; }

 private:
  StringTensor strings_;
  Shape shape_;
};

}  // namespace

std::shared_ptr<const TensorSource> MakeTextSource(std::string text) {
  return std::make_shared<const TextSource>(std::move(text));
}

}  // namespace cairn
