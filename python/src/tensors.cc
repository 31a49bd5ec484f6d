#include "python/src/tensors.h"

#include "python/src/errors.h"
#include "python/src/names.h"

namespace cairn::python {

Tensors::Tensors(TensorDict dict, std::string path)
    : dict_(std::move(dict)),
      path_(std::move(path)),
      verified_(std::make_unique<std::atomic<bool>[]>(dict_.size())) {}

size_t Tensors::PositionOf(nanobind::handle name) const {
  const std::string bytes = BytesOfName(name);
  if (const std::optional<size_t> found = dict_.Find(bytes)) return *found;
  const Status error = dict_.Info(bytes).status();
  ThrowMissingTensor(path_.empty() ? error : error.AtPath(path_), bytes);
}

std::shared_ptr<const TensorSource> Tensors::SourceOf(size_t i) const {
  return Value(dict_.source(i).InTensor(dict_.name(i)));
}

}  // namespace cairn::python
