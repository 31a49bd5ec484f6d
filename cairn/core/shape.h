// The shape of a tensor: its dimensions, checked once when they enter.
#ifndef CAIRN_CORE_SHAPE_H_
#define CAIRN_CORE_SHAPE_H_

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "cairn/core/dtype.h"
#include "cairn/core/export.h"
#include "cairn/core/status.h"

namespace cairn {

// TensorFlow's own limit; a file with more is refused.
inline constexpr size_t kMaxRank = 254;

// The product of `dims`. Errors: kShape (a negative dimension, more than kMaxRank of them),
// kOverflow (the product is 2^63 or more, even where another dimension is zero, as TensorFlow
// judges it).
CAIRN_EXPORT Result<uint64_t> NumElements(std::span<const int64_t> dims);

// Bytes of `num_elements` elements. Errors: kOverflow; kDType where elements have no fixed size.
CAIRN_EXPORT Result<uint64_t> Nbytes(DType dtype, uint64_t num_elements);

// "[2,3]"; "[]" for a scalar.
CAIRN_EXPORT std::string ToString(std::span<const int64_t> dims);
// Appends the same.
CAIRN_EXPORT void AppendDims(std::string& out, std::span<const int64_t> dims);

// Dimensions whose product is known to fit. The default is a scalar: no dimensions, one element.
class CAIRN_EXPORT Shape {
 public:
  Shape() = default;
  // Errors as NumElements.
  static Result<Shape> Make(std::span<const int64_t> dims);
  static Result<Shape> Make(std::initializer_list<int64_t> dims) {
    return Make(std::span(dims.begin(), dims.size()));
  }

  std::span<const int64_t> dims() const { return dims_; }
  size_t rank() const { return dims_.size(); }
  uint64_t num_elements() const { return num_elements_; }

  friend bool operator==(const Shape& a, const Shape& b) { return a.dims_ == b.dims_; }

 private:
  Shape(std::vector<int64_t> dims, uint64_t num_elements)
      : dims_(std::move(dims)), num_elements_(num_elements) {}

  std::vector<int64_t> dims_;
  uint64_t num_elements_ = 1;
};

}  // namespace cairn

#endif  // CAIRN_CORE_SHAPE_H_
