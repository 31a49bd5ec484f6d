// A tensor in memory that this process shares with a worker.
#ifndef CAIRN_ENGINES_TENSORFLOW_WORKER_TENSOR_H_
#define CAIRN_ENGINES_TENSORFLOW_WORKER_TENSOR_H_

#include <memory>
#include <vector>

#include "cairn/engines/tensorflow/dropped_tensors.h"
#include "cairn/engines/tensorflow/message_fields.h"
#include "cairn/engines/tensorflow/runtime.h"
#include "cairn/engines/tensorflow/shared_memory.h"

namespace cairn::tensorflow {

class WorkerTensor final : public RuntimeTensor {
 public:
  // Describes a tensor without its value.
  struct Form {
    DType dtype;
    std::vector<int64_t> dims;
  };

  // `bytes` are part of `memory`.
  WorkerTensor(Form form, std::shared_ptr<const SharedMemory> memory, MutableBytes bytes)
      : form_(std::move(form)), memory_(std::move(memory)), bytes_(bytes) {}
  WorkerTensor(Form form, StringTensor strings)
      : form_(std::move(form)), strings_(std::move(strings)) {}
  ~WorkerTensor() override;

  // Says that the worker knows the tensor, and by which number. `dropped` learns when this is
  // destroyed.
  void SetId(uint64_t id, std::shared_ptr<DroppedTensors> dropped);
  uint64_t id() const { return id_; }

  DType dtype() const override { return form_.dtype; }
  std::span<const int64_t> dims() const override { return form_.dims; }
  MutableBytes bytes() override { return bytes_; }
  // Errors: kArgument (the tensor does not hold strings).
  Result<StringTensor> strings() const override;

 private:
  Form form_;
  std::shared_ptr<const SharedMemory> memory_;
  MutableBytes bytes_;
  StringTensor strings_;
  uint64_t id_ = 0;  // 0: the worker does not know it
  std::shared_ptr<DroppedTensors> dropped_;
};

// Reads one tensor of the answer to a run, whose value is in `memory`. Errors: kEngine (there is no
// such tensor, or it is not all in the memory).
Result<std::shared_ptr<RuntimeTensor>> ReadFetched(
    FieldReader& fields, const std::shared_ptr<const SharedMemory>& memory);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_WORKER_TENSOR_H_
