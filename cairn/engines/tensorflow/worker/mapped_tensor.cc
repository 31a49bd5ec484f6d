#include "cairn/engines/tensorflow/worker/mapped_tensor.h"

#include "cairn/engines/tensorflow/in_process_tensor.h"
#include "cairn/engines/tensorflow/tensor_size.h"

namespace cairn::tensorflow {
namespace {

// TensorFlow calls it with what MakeMappedTensor gave it.
void DropMemory(void*, size_t, void* memory) {
  const std::unique_ptr<SharedMemory> dropped(static_cast<SharedMemory*>(memory));
}

}  // namespace

Result<std::shared_ptr<RuntimeTensor>> MakeMappedTensor(std::shared_ptr<const CApi> api,
                                                        DType dtype, std::span<const int64_t> dims,
                                                        SharedMemory memory) {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes, NumberTensorNbytes(dtype, dims));
  if (nbytes != memory.bytes().size())
    return Status(Reason::kArgument, "a tensor and its memory are not of one size");
  // Without memory there is nothing to share.
  if (nbytes == 0) return InProcessTensor::Allocate(std::move(api), dtype, dims);
  void* const data = memory.bytes().data();
  auto held = std::make_unique<SharedMemory>(std::move(memory));
  // TensorFlow drops the memory also where it makes no tensor.
  Owned<TF_Tensor> tensor(
      api->TF_NewTensor(static_cast<int>(dtype), dims.data(), static_cast<int>(dims.size()), data,
                        nbytes, DropMemory, held.release()),
      api->TF_DeleteTensor);
  if (tensor == nullptr) return CannotAllocate(nbytes);
  return InProcessTensor::Wrap(std::move(api), std::move(tensor));
}

}  // namespace cairn::tensorflow
