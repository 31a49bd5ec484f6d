#include "cairn/core/shape.h"

#include <charconv>

#include "cairn/core/checked_math.h"

namespace cairn {

Result<uint64_t> NumElements(std::span<const int64_t> dims) {
  if (dims.size() > kMaxRank) {
    return Status(Reason::kShape,
                  std::to_string(dims.size()) + " dimensions, at most " + std::to_string(kMaxRank));
  }
  uint64_t product = 1;
  bool has_zero = false;
  for (int64_t dim : dims) {
    if (dim < 0) return Status(Reason::kShape, "dimension " + std::to_string(dim) + " is negative");
    // The other dimensions are still multiplied, so that a zero does not hide an overflow.
    if (dim == 0) {
      has_zero = true;
      continue;
    }
    const auto next = CheckedMul(product, static_cast<uint64_t>(dim));
    if (!next || *next > INT64_MAX) {
      return Status(Reason::kOverflow, "shape " + ToString(dims) + " has 2^63 elements or more");
    }
    product = *next;
  }
  return has_zero ? uint64_t{0} : product;
}

Result<uint64_t> Nbytes(DType dtype, uint64_t num_elements) {
  const uint64_t element = ElementNbytes(dtype);
  if (element == 0)
    return Status(Reason::kDType, std::string(Name(dtype)) + " elements have no fixed size");
  const auto nbytes = CheckedMul(num_elements, element);
  if (!nbytes || *nbytes > INT64_MAX) {
    return Status(Reason::kOverflow, std::to_string(num_elements) + " elements of " +
                                         std::string(Name(dtype)) + " are 2^63 bytes or more");
  }
  return *nbytes;
}

void AppendDims(std::string& out, std::span<const int64_t> dims) {
  char digits[20];
  out += '[';
  for (size_t i = 0; i < dims.size(); ++i) {
    if (i > 0) out += ',';
    out.append(digits, std::to_chars(digits, digits + sizeof(digits), dims[i]).ptr);
  }
  out += ']';
}

std::string ToString(std::span<const int64_t> dims) {
  std::string text;
  AppendDims(text, dims);
  return text;
}

Result<Shape> Shape::Make(std::span<const int64_t> dims) {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t num_elements, NumElements(dims));
  return Shape({dims.begin(), dims.end()}, num_elements);
}

}  // namespace cairn
