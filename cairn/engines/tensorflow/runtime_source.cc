#include "cairn/engines/tensorflow/runtime_source.h"

#include "cairn/core/escape.h"
#include "cairn/source/extent_source.h"
#include "cairn/source/string_source.h"

namespace cairn::tensorflow {
namespace {

// The memory of a tensor seen as a file, which keeps the tensor.
struct TensorFile {
  TensorFile(std::shared_ptr<RuntimeTensor> held, std::string path)
      : tensor(std::move(held)), file(tensor->bytes(), std::move(path)) {}

  std::shared_ptr<RuntimeTensor> tensor;
  MemoryFile file;
};

Status MadeWrong(std::string_view name, const Status& why) {
  return Status(Reason::kEngine, "TensorFlow made a tensor that cannot be for " + Quoted(name) +
                                     ": " + std::string(why.message()));
}

}  // namespace

Result<std::shared_ptr<const TensorSource>> SourceOfTensor(std::string_view name,
                                                           std::shared_ptr<RuntimeTensor> tensor) {
  const DType dtype = tensor->dtype();
  Result<Shape> shape = Shape::Make(tensor->dims());
  if (!shape.ok()) return MadeWrong(name, shape.status());
  if (dtype == DType::kString) {
    CAIRN_ASSIGN_OR_RETURN(StringTensor strings, tensor->strings());
    return MakeStringSource(dtype, *std::move(shape), std::move(strings));
  }
  const auto held =
      std::make_shared<const TensorFile>(std::move(tensor), "TensorFlow's " + Quoted(name));
  const std::shared_ptr<const RandomAccessFile> file(held, &held->file);
  auto source = ExtentSource::Make(dtype, *std::move(shape), {file, 0, file->size(), std::nullopt});
  if (!source.ok()) return MadeWrong(name, source.status());
  return std::shared_ptr<const TensorSource>(*std::move(source));
}

}  // namespace cairn::tensorflow
