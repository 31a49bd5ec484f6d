// Elements of numeric tensors as C++ numbers.
#ifndef CAIRN_CLI_PRINT_ELEMENT_H_
#define CAIRN_CLI_PRINT_ELEMENT_H_

#include "cairn/core/bytes.h"
#include "cairn/core/dtype.h"

namespace cairn::cli {

// The element at `at`; `dtype` must be of the kind.
int64_t LoadSigned(DType dtype, const std::byte* at);
uint64_t LoadUnsigned(DType dtype, const std::byte* at);
double LoadFloat(DType dtype, const std::byte* at);
std::complex<double> LoadComplex(DType dtype, const std::byte* at);

// The value of a real floating-point type (for complex ones, of their parts) that is nearest to
// `value`.
double RoundToType(double value, DType dtype);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_ELEMENT_H_
