// Any bytes as a recipe, which is then applied to a small dict: names, patterns and edits of any
// kind.
#include "cairn/testing/values.h"
#include "cairn/transform/recipe_json.h"

namespace {

cairn::TensorDict SmallDict() {
  return cairn::DictOf({{"a/w", cairn::SourceOf<float>({2, 3}, {1, 2, 3, 4, 5, 6})},
                        {"a/w/Adam", cairn::SourceOf<float>({2, 3}, {6, 5, 4, 3, 2, 1})},
                        {"b", cairn::SourceOf<int64_t>({4}, {1, 2, 3, 4})}});
}

void ReadAll(const cairn::TensorDict& dict) {
  constexpr uint64_t kMostRead = 1 << 16;  // a padding may make a tensor of any size
  for (size_t i = 0; i < dict.size(); ++i) {
    if (dict.info(i).nbytes > kMostRead) continue;
    const auto source = dict.source(i);
    if (source.ok()) (void)cairn::ReadStream(**source);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto recipe = cairn::ParseRecipe({reinterpret_cast<const char*>(data), size});
  if (!recipe.ok() || !recipe->set.empty()) return 0;
  const auto renamed = cairn::Rename(SmallDict(), recipe->names);
  if (!renamed.ok()) return 0;
  const auto edited = cairn::EditTensors(*renamed, *recipe);
  if (edited.ok()) ReadAll(*edited);
  return 0;
}
