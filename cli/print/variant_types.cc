#include "cli/print/variant_types.h"

#include "cairn/codec/tensorflow/variant_type.h"

namespace cairn::cli {

std::set<std::string> VariantTypesOf(const TensorDict& dict, size_t i) {
  std::set<std::string> types;
  if (dict.info(i).dtype != DType::kVariant) return types;
  const auto source = dict.source(i);
  if (!source.ok()) return types;
  const Result<StringTensor> messages = (*source)->ReadStrings();
  if (!messages.ok()) return types;
  for (size_t k = 0; k < messages->size(); ++k) {
    const auto type = tensorflow::VariantTypeName(AsBytes((*messages)[k]));
    if (type.ok()) types.emplace(*type);
  }
  return types;
}

}  // namespace cairn::cli
