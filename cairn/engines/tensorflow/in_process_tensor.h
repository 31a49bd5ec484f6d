// A tensor of the TensorFlow that runs in this process.
#ifndef CAIRN_ENGINES_TENSORFLOW_IN_PROCESS_TENSOR_H_
#define CAIRN_ENGINES_TENSORFLOW_IN_PROCESS_TENSOR_H_

#include <memory>
#include <vector>

#include "cairn/engines/tensorflow/c_api.h"
#include "cairn/engines/tensorflow/runtime.h"

namespace cairn::tensorflow {

class InProcessTensor final : public RuntimeTensor {
 public:
  // Memory of TensorFlow; a resource variable that the tensor is fed to takes it over. Errors:
  // kArgument, kNoMemory.
  static Result<std::shared_ptr<RuntimeTensor>> Allocate(std::shared_ptr<const CApi> api,
                                                         DType dtype,
                                                         std::span<const int64_t> dims);

  // TensorFlow sees the strings where they lie in `value`: whatever it keeps for longer than this
  // tensor must be a copy. Errors: kArgument, kNoMemory.
  static Result<std::shared_ptr<RuntimeTensor>> OfStrings(std::shared_ptr<const CApi> api,
                                                          StringTensor value,
                                                          std::span<const int64_t> dims);

  // A tensor that TensorFlow made. Errors: kUnsupported (its dtype is not known), kEngine.
  static Result<std::shared_ptr<RuntimeTensor>> Wrap(std::shared_ptr<const CApi> api,
                                                     Owned<TF_Tensor> tensor);

  DType dtype() const override { return dtype_; }
  std::span<const int64_t> dims() const override { return dims_; }
  MutableBytes bytes() override;
  // Errors: kArgument (the tensor does not hold strings).
  Result<StringTensor> strings() const override;

  TF_Tensor* get() const { return tensor_.get(); }

 private:
  InProcessTensor(std::shared_ptr<const CApi> api, Owned<TF_Tensor> tensor, DType dtype,
                  std::span<const int64_t> dims)
      : api_(std::move(api)),
        tensor_(std::move(tensor)),
        dtype_(dtype),
        dims_(dims.begin(), dims.end()) {}

  std::shared_ptr<const CApi> api_;
  StringTensor strings_;  // that `tensor_` sees
  Owned<TF_Tensor> tensor_;
  DType dtype_;
  std::vector<int64_t> dims_;
};

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_IN_PROCESS_TENSOR_H_
