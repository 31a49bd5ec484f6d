#include "cairn/transform/dict_editor.h"

#include <algorithm>

#include "cairn/core/escape.h"

namespace cairn {

class DictEditor::Table final : public TensorTable {
 public:
  Table(TensorDict base, const std::vector<bool>& is_kept, std::vector<EditedTensor> edited)
      : base_(std::move(base)), edited_(std::move(edited)) {
    for (size_t i = 0; i < base_.size(); ++i) {
      if (is_kept[i]) rows_.push_back({base_.name(i), nullptr, i});
    }
    for (const EditedTensor& tensor : edited_) rows_.push_back({tensor.name, &tensor, 0});
    if (!edited_.empty()) std::ranges::stable_sort(rows_, {}, &Row::name);
  }

  // Errors: kArgument.
  Status CheckNames() const {
    const auto twice = std::ranges::adjacent_find(rows_, {}, &Row::name);
    if (twice == rows_.end()) return {};
    return Status(Reason::kArgument, "two tensors would be called " + Quoted(twice->name))
        .WithHint("rename one of them, or leave it out");
  }

  size_t size() const override { return rows_.size(); }
  TensorInfo info(size_t i) const override {
    const EditedTensor* const edited = rows_[i].edited;
    if (edited == nullptr) return base_.info(rows_[i].in_base);
    const uint64_t element_nbytes = ElementNbytes(edited->dtype);
    uint64_t nbytes = element_nbytes;
    for (const int64_t dim : edited->dims) nbytes *= static_cast<uint64_t>(dim);
    return {edited->name, edited->dtype, edited->dims, nbytes};
  }
  Result<std::shared_ptr<const TensorSource>> source(size_t i) const override {
    const EditedTensor* const edited = rows_[i].edited;
    if (edited == nullptr) return base_.source(rows_[i].in_base);
    auto source = edited->make();
    if (!source.ok()) return source.status().InTensor(edited->name);
    return source;
  }
  std::optional<StoredAt> stored_at(size_t i) const override {
    return rows_[i].edited == nullptr ? base_.stored_at(rows_[i].in_base) : std::nullopt;
  }
  std::vector<StoredSlice> stored_slices(size_t i) const override {
    return rows_[i].edited == nullptr ? base_.stored_slices(rows_[i].in_base)
                                      : std::vector<StoredSlice>();
  }

 private:
  struct Row {
    std::string_view name;
    const EditedTensor* edited;  // null for a tensor of the base
    size_t in_base;
  };

  TensorDict base_;
  std::vector<EditedTensor> edited_;
  std::vector<Row> rows_;
};

DictEditor::DictEditor(TensorDict base) : base_(std::move(base)), is_kept_(base_.size(), true) {}

void DictEditor::Remove(size_t i) { is_kept_[i] = false; }

void DictEditor::Replace(size_t i, EditedTensor tensor) {
  Remove(i);
  Add(std::move(tensor));
}

void DictEditor::Add(EditedTensor tensor) { edited_.push_back(std::move(tensor)); }

Result<TensorDict> DictEditor::Build() && {
  if (edited_.empty() && std::ranges::find(is_kept_, false) == is_kept_.end()) return base_;
  auto table = std::make_shared<const Table>(base_, is_kept_, std::move(edited_));
  CAIRN_RETURN_IF_ERROR(table->CheckNames());
  return TensorDict(std::move(table), base_.metadata());
}

}  // namespace cairn
