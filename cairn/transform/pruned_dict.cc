#include "cairn/transform/name_rules.h"
#include "cairn/transform/prune.h"

namespace cairn {
namespace {

// The entries of a dict under their own names, some with the values of others.
class RevaluedTable final : public TensorTable {
 public:
  RevaluedTable(const TensorDict& dict, std::vector<size_t> values)
      : dict_(dict), values_(std::move(values)) {}

  size_t size() const override { return dict_.size(); }
  TensorInfo info(size_t i) const override {
    TensorInfo info = dict_.info(values_[i]);
    info.name = dict_.name(i);
    return info;
  }
  Result<std::shared_ptr<const TensorSource>> source(size_t i) const override {
    return dict_.source(values_[i]);
  }
  std::optional<StoredAt> stored_at(size_t i) const override { return dict_.stored_at(values_[i]); }
  std::vector<StoredSlice> stored_slices(size_t i) const override {
    return dict_.stored_slices(values_[i]);
  }

 private:
  TensorDict dict_;
  std::vector<size_t> values_;  // by entry
};

}  // namespace

// Values are exchanged before entries are renamed, so that a weight stays the object that it is.
TensorDict PrunedDict(const TensorDict& dict, const PrunePlan& plan) {
  std::vector<size_t> values(dict.size());
  for (size_t i = 0; i < values.size(); ++i) values[i] = i;
  std::vector<RenamedTensor> names;
  for (const KeptTensor& kept : plan.kept) {
    values[kept.entry] = kept.value;
    names.push_back({kept.name, kept.entry});
  }
  const TensorDict revalued(std::make_shared<const RevaluedTable>(dict, std::move(values)),
                            dict.metadata());
  return RenamedDict(revalued, std::move(names));
}

}  // namespace cairn
