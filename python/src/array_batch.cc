// Many tensors at once: one transfer verifies all views, another one fills all copies.
#include "cairn/transfer/check_all.h"
#include "cairn/transfer/read_all.h"
#include "python/src/arrays.h"
#include "python/src/errors.h"
#include "python/src/long_call.h"
#include "python/src/names.h"
#include "python/src/views.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

// The progress of one of two transfers as that of both.
class PartOfProgress final : public Progress {
 public:
  PartOfProgress(Progress* whole, uint64_t before_nbytes, uint64_t all_nbytes)
      : whole_(whole), before_nbytes_(before_nbytes), all_nbytes_(all_nbytes) {}

  void Advance(uint64_t done_nbytes, uint64_t /*total_nbytes*/) override {
    if (whole_ != nullptr) whole_->Advance(before_nbytes_ + done_nbytes, all_nbytes_);
  }

 private:
  Progress* whole_;
  uint64_t before_nbytes_;
  uint64_t all_nbytes_;
};

class ArrayBatch {
 public:
  explicit ArrayBatch(const Tensors& tensors) : tensors_(tensors) {}

  void Add(size_t i) {
    Item item{i, tensors_.SourceOf(i), {}};
    const bool is_numeric = ElementNbytes(item.source->dtype()) > 0;
    if (is_numeric) {
      std::optional<Memory> view = FindView(*item.source);
      if (view && NeedsCheck(tensors_, i, *item.source)) AddCheck(item);
      if (!view) AddCopy(item);
      if (view) item.memory = *std::move(view);
    }
    items_.push_back(std::move(item));
  }

  void Transfer(nb::handle progress) {
    const uint64_t nbytes = check_nbytes_ + copy_nbytes_;
    if (nbytes == 0 && jobs_.empty()) return;
    Check(RunWithoutGil(nbytes, progress,
                        [&](const TransferOptions& options) { return CheckAndCopy(options); }));
  }

  nb::dict Arrays() {
    nb::dict arrays;
    for (Item& item : items_) {
      const std::string_view name = tensors_.dict().name(item.position);
      const bool is_numeric = ElementNbytes(item.source->dtype()) > 0;
      arrays[NameOf(name)] =
          is_numeric
              ? MakeArray(item.source->dtype(), item.source->shape().dims(), std::move(item.memory))
              : ReadArray(item.source, name, nb::none());
    }
    return arrays;
  }

 private:
  struct Item {
    size_t position;
    std::shared_ptr<const TensorSource> source;
    Memory memory;  // empty for strings
  };

  void AddCheck(const Item& item) {
    checked_.push_back(item.source);
    checked_positions_.push_back(item.position);
    check_nbytes_ += item.source->nbytes();
  }

  void AddCopy(Item& item) {
    const std::string_view name = tensors_.dict().name(item.position);
    Check(item.source->CheckCanBeHeld().InTensor(name));
    item.memory = Value(MakeMemory(item.source->nbytes()).InTensor(name));
    jobs_.push_back({item.source, item.memory.bytes()});
    names_.push_back(name);
    copy_nbytes_ += item.source->nbytes();
  }

  Status CheckAndCopy(const TransferOptions& options) const {
    const uint64_t all_nbytes = check_nbytes_ + copy_nbytes_;
    PartOfProgress checking(options.progress, 0, all_nbytes);
    PartOfProgress copying(options.progress, check_nbytes_, all_nbytes);
    TransferOptions part = options;
    part.progress = &checking;
    CAIRN_ASSIGN_OR_RETURN(const std::vector<Checked> checked, CheckAll(checked_, part));
    for (size_t k = 0; k < checked.size(); ++k) {
      const size_t i = checked_positions_[k];
      CAIRN_RETURN_IF_ERROR(checked[k].error.InTensor(tensors_.dict().name(i)));
      tensors_.set_verified(i);
    }
    part.progress = &copying;
    return ReadAll(jobs_, part, names_);
  }

  const Tensors& tensors_;
  std::vector<Item> items_;
  std::vector<std::shared_ptr<const TensorSource>> checked_;
  std::vector<size_t> checked_positions_;
  std::vector<ReadJob> jobs_;
  std::vector<std::string_view> names_;  // of the jobs
  uint64_t check_nbytes_ = 0;
  uint64_t copy_nbytes_ = 0;
};

}  // namespace

nb::dict ViewOrReadArrays(const Tensors& tensors, std::span<const size_t> positions,
                          nb::handle progress) {
  ArrayBatch batch(tensors);
  for (const size_t i : positions) batch.Add(i);
  batch.Transfer(progress);
  return batch.Arrays();
}

}  // namespace cairn::python
