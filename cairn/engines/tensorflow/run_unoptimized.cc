#include "cairn/engines/tensorflow/run_unoptimized.h"

#include <algorithm>

namespace cairn::tensorflow {

Result<std::vector<std::shared_ptr<RuntimeTensor>>> RunUnoptimized(
    Runtime& runtime, const SharedNodes& nodes, std::span<const Feed> feeds,
    std::span<const std::string> fetches, std::span<const std::string> targets) {
  CAIRN_ASSIGN_OR_RETURN(auto tensor, runtime.NewTensor(DType::kBool, {}));
  std::ranges::fill(tensor->bytes(), std::byte{0});
  std::vector<Feed> all(feeds.begin(), feeds.end());
  all.push_back({nodes.unoptimized, std::move(tensor)});
  return runtime.Run(all, fetches, targets);
}

}  // namespace cairn::tensorflow
