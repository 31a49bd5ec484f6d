#include "cairn/session/memory_source.h"

#include "cairn/core/escape.h"
#include "cairn/source/extent_source.h"

namespace cairn {
namespace {

class StringsInMemory final : public TensorSource {
 public:
  StringsInMemory(std::span<const std::string> strings, Shape shape)
      : strings_(strings), shape_(std::move(shape)) {}

  DType dtype() const override { return DType::kString; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    return Status(Reason::kDType, "strings have no stream; use ReadStrings");
  }
  Result<StringTensor> ReadStrings() const override {
    StringTensor value;
    for (const std::string& element : strings_) value.Add(element);
    return value;
  }

 private:
  std::span<const std::string> strings_;
  Shape shape_;
};

// The caller gave dims and memory: what is wrong with them is the caller's mistake.
Status AsArgument(const Status& error) {
  return Status(Reason::kArgument, std::string(error.message()));
}

Result<Shape> MakeShape(std::span<const int64_t> dims) {
  Result<Shape> shape = Shape::Make(dims);
  if (!shape.ok()) return AsArgument(shape.status());
  return shape;
}

Result<std::shared_ptr<const TensorSource>> SourceOf(std::string_view name, const Array& array) {
  CAIRN_RETURN_IF_ERROR(array.error);
  if (array.dtype == DType::kString) return MemorySource(name, array.strings, array.dims);
  return MemorySource(name, array.dtype, array.bytes, array.dims);
}

}  // namespace

Result<std::shared_ptr<const TensorSource>> MemorySource(std::string_view name, DType dtype,
                                                         Bytes bytes,
                                                         std::span<const int64_t> dims) {
  CAIRN_ASSIGN_OR_RETURN(Shape shape, MakeShape(dims));
  auto file = std::make_shared<MemoryFile>(bytes, "memory of " + Quoted(name));
  auto source =
      ExtentSource::Make(dtype, std::move(shape), {std::move(file), 0, bytes.size(), std::nullopt});
  if (!source.ok()) return AsArgument(source.status());
  return std::shared_ptr<const TensorSource>(*std::move(source));
}

Result<std::shared_ptr<const TensorSource>> MemorySource(std::string_view /*name*/,
                                                         std::span<const std::string> strings,
                                                         std::span<const int64_t> dims) {
  CAIRN_ASSIGN_OR_RETURN(Shape shape, MakeShape(dims));
  if (shape.num_elements() != strings.size()) {
    return Status(Reason::kArgument, "string" + ToString(dims) + " needs " +
                                         std::to_string(shape.num_elements()) + " strings, " +
                                         std::to_string(strings.size()) + " are there");
  }
  return std::shared_ptr<const TensorSource>(
      std::make_shared<StringsInMemory>(strings, std::move(shape)));
}

Result<TensorDict> DictOf(const std::map<std::string, Array>& arrays) {
  TensorDict::Builder builder;
  for (const auto& [name, array] : arrays) {
    CAIRN_ASSIGN_OR_RETURN(auto source, SourceOf(name, array).In(Quoted(name)));
    builder.Add(name, std::move(source));
  }
  return builder.Build();
}

}  // namespace cairn
