#include "cairn/engines/tensorflow/worker_tensor.h"

#include "cairn/core/checked_math.h"
#include "cairn/core/shape.h"
#include "cairn/engines/tensorflow/worker_protocol.h"

namespace cairn::tensorflow {
namespace {

Status MalformedTensor() {
  return Status(Reason::kEngine, "the worker program sent a malformed tensor");
}

// The part of `memory` that an answer names. Errors: kEngine (it is not in there).
Result<MutableBytes> PartOf(const SharedMemory& memory, uint64_t offset, uint64_t nbytes) {
  const MutableBytes all = memory.bytes();
  const auto end = CheckedAdd(offset, nbytes);
  if (!end || *end > all.size() || offset % kTensorAlignment != 0) return MalformedTensor();
  return all.subspan(offset, nbytes);
}

}  // namespace

WorkerTensor::~WorkerTensor() {
  if (dropped_ != nullptr) dropped_->Add(id_);
}

void WorkerTensor::SetId(uint64_t id, std::shared_ptr<DroppedTensors> dropped) {
  id_ = id;
  dropped_ = std::move(dropped);
}

Result<StringTensor> WorkerTensor::strings() const {
  if (form_.dtype == DType::kString) return strings_;
  return Status(Reason::kArgument,
                "a tensor of " + std::string(Name(form_.dtype)) + " has no strings");
}

Result<std::shared_ptr<RuntimeTensor>> ReadFetched(
    FieldReader& fields, const std::shared_ptr<const SharedMemory>& memory) {
  const auto dtype = DTypeFromCode(fields.Number());
  std::vector<int64_t> dims = fields.Dims();
  const uint64_t offset = fields.Number();
  const uint64_t nbytes = fields.Number();
  const auto num_elements = NumElements(dims);
  if (!fields.ok() || !dtype || !num_elements.ok()) return MalformedTensor();
  CAIRN_ASSIGN_OR_RETURN(const MutableBytes bytes, PartOf(*memory, offset, nbytes));

  WorkerTensor::Form form = {*dtype, std::move(dims)};
  if (*dtype == DType::kString) {
    CAIRN_ASSIGN_OR_RETURN(StringTensor strings, LoadStrings(bytes, *num_elements));
    return std::make_shared<WorkerTensor>(std::move(form), std::move(strings));
  }
  if (CheckedMul(*num_elements, ElementNbytes(*dtype)) != nbytes) return MalformedTensor();
  return std::make_shared<WorkerTensor>(std::move(form), memory, bytes);
}

}  // namespace cairn::tensorflow
