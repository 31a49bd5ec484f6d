#include "cairn/engines/tensorflow/worker/fetched_tensors.h"

#include <algorithm>
#include <vector>

#include "cairn/core/checked_math.h"
#include "cairn/engines/tensorflow/message_fields.h"
#include "cairn/engines/tensorflow/tensor_size.h"
#include "cairn/engines/tensorflow/worker_protocol.h"

namespace cairn::tensorflow {
namespace {

struct Slot {
  StringTensor strings;  // where the tensor has strings
  uint64_t offset;
  uint64_t nbytes;
};

// Where each tensor will be. Errors: kNoMemory.
Result<std::vector<Slot>> MakeSlots(std::span<const std::shared_ptr<RuntimeTensor>> tensors) {
  std::vector<Slot> slots;
  uint64_t end = 0;
  for (const auto& tensor : tensors) {
    Slot slot = {};
    if (tensor->dtype() == DType::kString) {
      CAIRN_ASSIGN_OR_RETURN(slot.strings, tensor->strings());
      slot.nbytes = StoredNbytes(slot.strings);
    } else {
      slot.nbytes = tensor->bytes().size();
    }
    const auto start = CheckedAdd(end, kTensorAlignment - 1);
    if (!start) return CannotAllocate(UINT64_MAX);
    slot.offset = *start / kTensorAlignment * kTensorAlignment;
    const auto next = CheckedAdd(slot.offset, slot.nbytes);
    if (!next) return CannotAllocate(UINT64_MAX);
    end = *next;
    slots.push_back(std::move(slot));
  }
  return slots;
}

void Fill(MutableBytes memory, const Slot& slot, RuntimeTensor& tensor) {
  const MutableBytes place = memory.subspan(slot.offset, slot.nbytes);
  if (tensor.dtype() == DType::kString) {
    StoreStrings(slot.strings, place);
  } else {
    CopyBytes(tensor.bytes(), place.data());
  }
}

}  // namespace

Result<Answer> EncodeFetched(std::span<const std::shared_ptr<RuntimeTensor>> tensors,
                             uint64_t memory_limit) {
  CAIRN_ASSIGN_OR_RETURN(const std::vector<Slot> slots, MakeSlots(tensors));
  const uint64_t nbytes = slots.empty() ? 0 : slots.back().offset + slots.back().nbytes;
  if (memory_limit > 0 && nbytes > memory_limit) return CannotAllocate(nbytes);
  CAIRN_ASSIGN_OR_RETURN(SharedMemory memory, SharedMemory::Create(nbytes));

  FieldWriter fields;
  fields.Number(nbytes);
  fields.Number(tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    Fill(memory.bytes(), slots[i], *tensors[i]);
    fields.Number(static_cast<uint64_t>(tensors[i]->dtype()));
    fields.Dims(tensors[i]->dims());
    fields.Number(slots[i].offset);
    fields.Number(slots[i].nbytes);
  }
  return Answer{fields.TakeBody(), std::make_unique<SharedMemory>(std::move(memory))};
}

}  // namespace cairn::tensorflow
