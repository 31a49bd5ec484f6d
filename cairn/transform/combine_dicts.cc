#include "cairn/transform/combine_dicts.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "cairn/core/bookkeeping.h"
#include "cairn/core/escape.h"
#include "cairn/source/agreed_source.h"
#include "cairn/source/interpolated_source.h"
#include "cairn/source/weighted_sum.h"
#include "cairn/transform/dict_editor.h"

namespace cairn {
namespace {

using SourcePtr = std::shared_ptr<const TensorSource>;
// Makes the source of one tensor out of those of all dicts.
using CombineSources = std::function<Result<SourcePtr>(TensorSources)>;

class MergedTable final : public TensorTable {
 public:
  struct Row {
    size_t dict;
    size_t tensor;
  };

  MergedTable(std::vector<TensorDict> dicts, std::vector<Row> rows)
      : dicts_(std::move(dicts)), rows_(std::move(rows)) {}

  size_t size() const override { return rows_.size(); }
  TensorInfo info(size_t i) const override { return Dict(i).info(rows_[i].tensor); }
  Result<SourcePtr> source(size_t i) const override { return Dict(i).source(rows_[i].tensor); }
  std::optional<StoredAt> stored_at(size_t i) const override {
    return Dict(i).stored_at(rows_[i].tensor);
  }
  std::vector<StoredSlice> stored_slices(size_t i) const override {
    return Dict(i).stored_slices(rows_[i].tensor);
  }

 private:
  const TensorDict& Dict(size_t i) const { return dicts_[rows_[i].dict]; }

  std::vector<TensorDict> dicts_;
  std::vector<Row> rows_;
};

bool IsAveraged(DType dtype) {
  return KindOf(dtype) == DTypeKind::kFloat || KindOf(dtype) == DTypeKind::kComplex;
}

// Whether all dicts have the names of the first, but for bookkeeping, and shapes and kinds of
// dtypes agree.
Status CheckAlike(const std::vector<TensorDict>& dicts) {
  const TensorDict& first = dicts[0];
  for (size_t k = 1; k < dicts.size(); ++k) {
    const auto differs = [&](std::string_view name, const std::string& how) {
      return Status(Reason::kMismatch, how)
          .InTensor(name)
          .WithHint("make both alike first, by cairn convert --exclude or --select");
    };
    const std::string number = std::to_string(k + 1);
    for (size_t i = 0; i < first.size(); ++i) {
      const TensorInfo a = first.info(i);
      if (IsBookkeepingEntry(a.name)) continue;
      const auto found = dicts[k].Find(a.name);
      if (!found) return differs(a.name, "is not in source " + number);
      const TensorInfo b = dicts[k].info(*found);
      const bool fits =
          std::ranges::equal(a.dims, b.dims) &&
          (IsAveraged(a.dtype) ? KindOf(a.dtype) == KindOf(b.dtype) : a.dtype == b.dtype);
      if (!fits)
        return differs(a.name, "is " + std::string(Name(a.dtype)) + ToString(a.dims) +
                                   " in the first source and " + std::string(Name(b.dtype)) +
                                   ToString(b.dims) + " in source " + number);
    }
    for (size_t i = 0; i < dicts[k].size(); ++i) {
      if (!IsBookkeepingEntry(dicts[k].name(i)) && !first.Find(dicts[k].name(i)))
        return differs(dicts[k].name(i), "is in source " + number + " and not in the first");
    }
  }
  return {};
}

// A dict with the tensors of the last, in which those that are averaged come from all, and the
// others are what `otherwise` makes of all. It is no state of a run that could go on from it.
Result<TensorDict> Combine(const std::vector<TensorDict>& dicts, const CombineSources& combine,
                           const CombineSources& otherwise) {
  CAIRN_RETURN_IF_ERROR(CheckAlike(dicts));
  DictEditor editor(dicts.back());
  for (size_t i = 0; i < dicts.back().size(); ++i) {
    const TensorInfo last = dicts.back().info(i);
    if (last.name == kRunStateName) editor.Remove(i);
    if (IsBookkeepingEntry(last.name)) continue;
    CAIRN_ASSIGN_OR_RETURN(const TensorInfo info, dicts[0].Info(last.name));
    const CombineSources& make = IsAveraged(info.dtype) ? combine : otherwise;
    if (!make) continue;
    std::string name(info.name);
    editor.Replace(i, {name,
                       info.dtype,
                       {info.dims.begin(), info.dims.end()},
                       [dicts, name, make]() -> Result<SourcePtr> {
                         TensorSources sources;
                         for (const TensorDict& dict : dicts) {
                           CAIRN_ASSIGN_OR_RETURN(auto source, dict.Get(name));
                           sources.push_back(std::move(source));
                         }
                         return make(std::move(sources));
                       }});
  }
  return std::move(editor).Build();
}

Status CheckWeights(const std::vector<double>& weights, size_t num_dicts) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  const bool is_valid = weights.size() == num_dicts && sum > 0 &&
                        std::ranges::all_of(weights, [](double w) { return w >= 0 && w < 1e300; });
  if (is_valid) return {};
  return Status(Reason::kArgument, std::to_string(weights.size()) + " weights for " +
                                       std::to_string(num_dicts) +
                                       " sources; none is negative, and their sum is not zero");
}

CombineSources MeanOf(std::vector<double> weights) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  return [weights = std::move(weights), sum](TensorSources sources) {
    return WeightedSum(std::move(sources), weights, sum);
  };
}

CombineSources SumOf(double second) {
  return [second](TensorSources sources) { return WeightedSum(std::move(sources), {1, second}); };
}

}  // namespace

TensorDict MergeDicts(const std::vector<TensorDict>& dicts, std::vector<HiddenTensor>* hidden) {
  std::map<std::string_view, MergedTable::Row> taken;
  std::map<std::string, std::string> metadata;
  for (size_t k = 0; k < dicts.size(); ++k) {
    for (size_t i = 0; i < dicts[k].size(); ++i) {
      const auto [at, is_new] = taken.try_emplace(dicts[k].name(i), MergedTable::Row{k, i});
      if (is_new) continue;
      if (hidden != nullptr) hidden->push_back({std::string(at->first), at->second.dict, k});
      at->second = {k, i};
    }
    for (const auto& [key, text] : dicts[k].metadata()) metadata[key] = text;
  }
  if (hidden != nullptr) std::ranges::stable_sort(*hidden, {}, &HiddenTensor::name);
  std::vector<MergedTable::Row> rows;
  for (const auto& [name, row] : taken) rows.push_back(row);
  return TensorDict(std::make_shared<const MergedTable>(dicts, std::move(rows)),
                    std::move(metadata));
}

Result<TensorDict> AverageDicts(const std::vector<TensorDict>& dicts,
                                const AverageOptions& options) {
  if (dicts.empty()) return Status(Reason::kArgument, "there is nothing to average");
  std::vector<double> weights = options.weights;
  if (weights.empty()) weights.assign(dicts.size(), 1);
  CAIRN_RETURN_IF_ERROR(CheckWeights(weights, dicts.size()));
  const bool is_between_two = options.method != AverageMethod::kMean;
  if (is_between_two && dicts.size() != 2)
    return Status(Reason::kArgument,
                  "this average is between two sources, not " + std::to_string(dicts.size()));
  CombineSources combine = MeanOf(weights);
  if (is_between_two) {
    const double t = weights[1] / (weights[0] + weights[1]);
    const auto mean = options.method == AverageMethod::kGeometric ? GeometricMean : SphericalMean;
    combine = [mean, t](TensorSources sources) { return mean(sources[0], sources[1], t); };
  }
  return Combine(dicts, combine, options.take_last ? CombineSources() : AgreedValue);
}

Result<TensorDict> AddDicts(const TensorDict& a, const TensorDict& b) {
  return Combine({a, b}, SumOf(1), AgreedValue);
}

Result<TensorDict> SubtractDicts(const TensorDict& a, const TensorDict& b) {
  return Combine({a, b}, SumOf(-1), AgreedValue);
}

}  // namespace cairn
