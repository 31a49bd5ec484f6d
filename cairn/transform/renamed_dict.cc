#include <algorithm>
#include <mutex>

#include "cairn/core/bookkeeping.h"
#include "cairn/graph/stored_object_graph.h"
#include "cairn/transform/name_rules.h"
#include "cairn/transform/renamed_graph.h"

namespace cairn {
namespace {

class RenamedTable final : public TensorTable {
 public:
  RenamedTable(const TensorDict& dict, std::vector<RenamedTensor> tensors)
      : dict_(dict), tensors_(std::move(tensors)) {
    const auto graph = FindObjectGraph(dict_);
    const auto found = std::ranges::find(tensors_, kObjectGraphKey, &RenamedTensor::name);
    if (graph && found != tensors_.end() && found->source == *graph)
      graph_ = static_cast<size_t>(found - tensors_.begin());
  }

  size_t size() const override { return tensors_.size(); }
  TensorInfo info(size_t i) const override {
    TensorInfo info = dict_.info(tensors_[i].source);
    info.name = tensors_[i].name;
    if (IsNewGraph(i)) info.nbytes = 0;  // no file holds it
    return info;
  }
  Result<std::shared_ptr<const TensorSource>> source(size_t i) const override {
    if (!IsNewGraph(i)) return dict_.source(tensors_[i].source);
    return NewGraph();
  }
  std::optional<StoredAt> stored_at(size_t i) const override {
    if (IsNewGraph(i)) return std::nullopt;
    return dict_.stored_at(tensors_[i].source);
  }
  std::vector<StoredSlice> stored_slices(size_t i) const override {
    return dict_.stored_slices(tensors_[i].source);
  }

 private:
  // Whether entry `i` is an object graph that differs from the stored one, or that cannot be made.
  bool IsNewGraph(size_t i) const {
    if (i != graph_) return false;
    const auto& graph = NewGraph();
    return !graph.ok() || *graph != nullptr;
  }

  // The graph is read and rewritten when it is first asked for.
  const Result<std::shared_ptr<const TensorSource>>& NewGraph() const {
    std::call_once(once_, [&] { new_graph_ = RenameInObjectGraph(dict_, tensors_); });
    return *new_graph_;
  }

  TensorDict dict_;
  std::vector<RenamedTensor> tensors_;
  std::optional<size_t> graph_;  // the position of the object graph
  mutable std::once_flag once_;
  mutable std::optional<Result<std::shared_ptr<const TensorSource>>> new_graph_;
};

}  // namespace

TensorDict RenamedDict(const TensorDict& dict, std::vector<RenamedTensor> plan) {
  return TensorDict(std::make_shared<const RenamedTable>(dict, std::move(plan)), dict.metadata());
}

}  // namespace cairn
