#include "cairn/core/tensor_dict.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/core/nearest_names.h"

namespace cairn {

// The table that Builder makes: names, and sources that exist already.
class TensorDict::Builder::Table final : public TensorTable {
 public:
  explicit Table(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  size_t size() const override { return entries_.size(); }
  TensorInfo info(size_t i) const override {
    const Entry& entry = entries_[i];
    const TensorSource& source = *entry.source;
    return {entry.name, source.dtype(), source.shape().dims(), source.nbytes(), entry.stored_as};
  }
  Result<std::shared_ptr<const TensorSource>> source(size_t i) const override {
    return entries_[i].source;
  }

 private:
  std::vector<Entry> entries_;
};

TensorDict::TensorDict() : TensorDict(nullptr) {}

TensorDict::TensorDict(std::shared_ptr<const TensorTable> table,
                       std::map<std::string, std::string> metadata)
    : table_(table ? std::move(table)
                   : std::make_shared<Builder::Table>(std::vector<Builder::Entry>())),
      metadata_(std::make_shared<const std::map<std::string, std::string>>(std::move(metadata))) {}

std::optional<size_t> TensorDict::Find(std::string_view name) const {
  const Iterator found = std::ranges::lower_bound(*this, name, {}, &TensorInfo::name);
  if (found == end() || found->name != name) return std::nullopt;
  return static_cast<size_t>(found - begin());
}

Status TensorDict::Missing(std::string_view name) const {
  const auto near = NearestNames(name, size(), [&](size_t i) { return this->name(i); });
  return Status(Reason::kMissing, "no tensor " + Quoted(name) + " in the checkpoint")
      .WithHint(DidYouMean(near));
}

Result<TensorInfo> TensorDict::Info(std::string_view name) const {
  if (const auto i = Find(name)) return info(*i);
  return Missing(name);
}

Result<std::shared_ptr<const TensorSource>> TensorDict::Get(std::string_view name) const {
  if (const auto i = Find(name)) return source(*i);
  return Missing(name);
}

void TensorDict::Builder::Add(std::string name, std::shared_ptr<const TensorSource> source,
                              std::string stored_as) {
  entries_.push_back({std::move(name), std::move(source), std::move(stored_as)});
}

Result<TensorDict> TensorDict::Builder::Build() {
  auto entries = std::move(entries_);
  auto metadata = std::move(metadata_);
  entries_.clear();
  metadata_.clear();
  const auto null = std::ranges::find(entries, nullptr, &Entry::source);
  if (null != entries.end())
    return Status(Reason::kArgument, "was added without a source").InTensor(null->name);
  // Entries that come from another dict usually are in order.
  if (!std::ranges::is_sorted(entries, {}, &Entry::name))
    std::ranges::sort(entries, {}, &Entry::name);
  const auto twice = std::ranges::adjacent_find(entries, {}, &Entry::name);
  if (twice != entries.end())
    return Status(Reason::kArgument, "two tensors are named " + Quoted(twice->name));
  return TensorDict(std::make_shared<Table>(std::move(entries)), std::move(metadata));
}

}  // namespace cairn
