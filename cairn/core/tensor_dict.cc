#include "cairn/core/tensor_dict.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/core/nearest_names.h"

namespace cairn {
namespace {

// The table of Builder: names, and sources that are already there.
class BuiltTable final : public TensorTable {
 public:
  using Entry = std::pair<std::string, std::shared_ptr<const TensorSource>>;
  explicit BuiltTable(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  size_t size() const override { return entries_.size(); }
  TensorInfo info(size_t i) const override {
    const TensorSource& source = *entries_[i].second;
    return {entries_[i].first, source.dtype(), source.shape().dims(), source.nbytes()};
  }
  Result<std::shared_ptr<const TensorSource>> source(size_t i) const override {
    return entries_[i].second;
  }

 private:
  std::vector<Entry> entries_;
};

}  // namespace

TensorDict::TensorDict()
    : TensorDict(std::make_shared<BuiltTable>(std::vector<BuiltTable::Entry>())) {}

TensorDict::TensorDict(std::shared_ptr<const TensorTable> table,
                       std::map<std::string, std::string> metadata)
    : table_(std::move(table)),
      metadata_(std::make_shared<const std::map<std::string, std::string>>(std::move(metadata))) {}

std::optional<size_t> TensorDict::Find(std::string_view name) const {
  size_t low = 0;
  size_t high = size();
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (this->name(middle) < name) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == size() || this->name(low) != name) return std::nullopt;
  return low;
}

Result<std::shared_ptr<const TensorSource>> TensorDict::Get(std::string_view name) const {
  if (const auto i = Find(name)) return source(*i);
  const auto near = NearestNames(name, size(), [&](size_t i) { return this->name(i); });
  return Status(Reason::kMissing, "no tensor " + Quoted(name) + " in the checkpoint")
      .WithHint(DidYouMean(near));
}

void TensorDict::Builder::Add(std::string name, std::shared_ptr<const TensorSource> source) {
  entries_.emplace_back(std::move(name), std::move(source));
}

Result<TensorDict> TensorDict::Builder::Build() {
  auto entries = std::move(entries_);
  entries_.clear();
  std::ranges::sort(entries, {}, &BuiltTable::Entry::first);
  const auto twice = std::ranges::adjacent_find(entries, {}, &BuiltTable::Entry::first);
  if (twice != entries.end())
    return Status(Reason::kArgument, "two tensors are named " + Quoted(twice->first));
  return TensorDict(std::make_shared<BuiltTable>(std::move(entries)), std::move(metadata_));
}

}  // namespace cairn
