#include "cairn/engines/tensorflow/in_process_tensor.h"

#include "cairn/core/checked_math.h"
#include "cairn/core/shape.h"
#include "cairn/engines/tensorflow/tensor_size.h"

namespace cairn::tensorflow {
namespace {

// TensorFlow reports memory that it does not get by a tensor without data.
Result<Owned<TF_Tensor>> AllocateTensor(const CApi& api, DType dtype, std::span<const int64_t> dims,
                                        uint64_t nbytes) {
  Owned<TF_Tensor> tensor(api.TF_AllocateTensor(static_cast<int>(dtype), dims.data(),
                                                static_cast<int>(dims.size()), nbytes),
                          api.TF_DeleteTensor);
  if (tensor == nullptr || (nbytes > 0 && api.TF_TensorData(tensor.get()) == nullptr))
    return CannotAllocate(nbytes);
  return tensor;
}

std::span<TF_TString> ElementsOf(const CApi& api, const TF_Tensor& tensor, uint64_t count) {
  return {static_cast<TF_TString*>(api.TF_TensorData(&tensor)), count};
}

std::vector<int64_t> DimsOf(const CApi& api, const TF_Tensor& tensor) {
  std::vector<int64_t> dims;
  for (int i = 0; i < api.TF_NumDims(&tensor); ++i) dims.push_back(api.TF_Dim(&tensor, i));
  return dims;
}

// Checks that the memory of a tensor that TensorFlow made is as large as its shape needs.
Status CheckNbytes(const CApi& api, const TF_Tensor& tensor, DType dtype,
                   std::span<const int64_t> dims) {
  const auto num_elements = NumElements(dims);
  const uint64_t element = dtype == DType::kString ? sizeof(TF_TString) : ElementNbytes(dtype);
  const uint64_t nbytes = api.TF_TensorByteSize(&tensor);
  if (num_elements.ok() && CheckedMul(*num_elements, element) == nbytes) return {};
  return Status(Reason::kEngine, "TensorFlow made a tensor of " + std::string(Name(dtype)) + " " +
                                     ToString(dims) + " with " + std::to_string(nbytes) + " bytes");
}

}  // namespace

Result<std::shared_ptr<RuntimeTensor>> InProcessTensor::Allocate(std::shared_ptr<const CApi> api,
                                                                 DType dtype,
                                                                 std::span<const int64_t> dims) {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes, NumberTensorNbytes(dtype, dims));
  // TensorFlow would try for ten seconds.
  CAIRN_RETURN_IF_ERROR(CheckMachineHas(nbytes));
  CAIRN_ASSIGN_OR_RETURN(auto tensor, AllocateTensor(*api, dtype, dims, nbytes));
  return std::shared_ptr<RuntimeTensor>(
      new InProcessTensor(std::move(api), std::move(tensor), dtype, dims));
}

Result<std::shared_ptr<RuntimeTensor>> InProcessTensor::OfStrings(std::shared_ptr<const CApi> api,
                                                                  StringTensor value,
                                                                  std::span<const int64_t> dims) {
  CAIRN_RETURN_IF_ERROR(CheckNumStrings(value.size(), dims));
  const uint64_t nbytes = value.size() * sizeof(TF_TString);
  CAIRN_ASSIGN_OR_RETURN(auto tensor, AllocateTensor(*api, DType::kString, dims, nbytes));
  const auto made = std::shared_ptr<InProcessTensor>(
      new InProcessTensor(std::move(api), std::move(tensor), DType::kString, dims));
  made->strings_ = std::move(value);
  const auto elements = ElementsOf(*made->api_, *made->get(), made->strings_.size());
  for (size_t i = 0; i < elements.size(); ++i) {
    const std::string_view text = made->strings_[i];
    made->api_->TF_StringInit(&elements[i]);
    made->api_->TF_StringAssignView(&elements[i], text.data(), text.size());
  }
  return made;
}

Result<std::shared_ptr<RuntimeTensor>> InProcessTensor::Wrap(std::shared_ptr<const CApi> api,
                                                             Owned<TF_Tensor> tensor) {
  const int code = api->TF_TensorType(tensor.get());
  const auto dtype = DTypeFromCode(static_cast<uint64_t>(code));
  if (!dtype) {
    return Status(Reason::kUnsupported,
                  "TensorFlow made a tensor of the type " + std::to_string(code));
  }
  const std::vector<int64_t> dims = DimsOf(*api, *tensor);
  CAIRN_RETURN_IF_ERROR(CheckNbytes(*api, *tensor, *dtype, dims));
  return std::shared_ptr<RuntimeTensor>(
      new InProcessTensor(std::move(api), std::move(tensor), *dtype, dims));
}

MutableBytes InProcessTensor::bytes() {
  if (dtype_ == DType::kString) return {};
  return {static_cast<std::byte*>(api_->TF_TensorData(get())), api_->TF_TensorByteSize(get())};
}

Result<StringTensor> InProcessTensor::strings() const {
  if (dtype_ != DType::kString)
    return Status(Reason::kArgument,
                  "a tensor of " + std::string(Name(dtype_)) + " has no strings");
  StringTensor value;
  const uint64_t count = api_->TF_TensorByteSize(get()) / sizeof(TF_TString);
  for (const TF_TString& element : ElementsOf(*api_, *get(), count)) {
    value.Add({api_->TF_StringGetDataPointer(&element), api_->TF_StringGetSize(&element)});
  }
  return value;
}

}  // namespace cairn::tensorflow
