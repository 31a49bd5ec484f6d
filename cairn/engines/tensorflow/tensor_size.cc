#include "cairn/engines/tensorflow/tensor_size.h"

#include <sys/sysinfo.h>

#include <string>

#include "cairn/core/checked_math.h"
#include "cairn/core/shape.h"

namespace cairn::tensorflow {
namespace {

// Errors of core about sizes are about files; here the caller asks for the sizes.
template <typename T>
Result<T> AsArgument(Result<T> size) {
  if (!size.ok()) return Status(Reason::kArgument, std::string(size.status().text()));
  return size;
}

}  // namespace

Result<uint64_t> NumberTensorNbytes(DType dtype, std::span<const int64_t> dims) {
  if (!IsTensorFlowType(dtype))
    return Status(Reason::kArgument, "TensorFlow has no type " + std::string(Name(dtype)));
  CAIRN_ASSIGN_OR_RETURN(const uint64_t num_elements, AsArgument(NumElements(dims)));
  return AsArgument(Nbytes(dtype, num_elements));
}

Status CheckNumStrings(uint64_t count, std::span<const int64_t> dims) {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t num_elements, AsArgument(NumElements(dims)));
  if (num_elements == count) return {};
  return Status(Reason::kArgument, "shape " + ToString(dims) + " has " +
                                       std::to_string(num_elements) + " elements, not " +
                                       std::to_string(count));
}

Status CheckMachineHas(uint64_t nbytes) {
  struct sysinfo info = {};
  if (::sysinfo(&info) != 0) return {};
  const auto all = CheckedMul(uint64_t{info.totalram} + info.totalswap, info.mem_unit);
  return all && nbytes > *all ? CannotAllocate(nbytes) : Status();
}

Status CannotAllocate(uint64_t nbytes) {
  return Status(Reason::kNoMemory, "cannot allocate " + std::to_string(nbytes) + " bytes");
}

}  // namespace cairn::tensorflow
