// A tensor as a .npy file, version 1.0:
//   magic "\x93NUMPY"  version 1 0  header_nbytes:u16
//   header: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }, spaces, "\n"
//   the value, row-major, little-endian
// The value begins at a multiple of 64 bytes. Types that numpy has no name for are raw bytes
// (`|V2`), as ml_dtypes stores them.
#ifndef CAIRN_CLI_NPY_H_
#define CAIRN_CLI_NPY_H_

#include <string>

#include "cairn/core/tensor_source.h"

namespace cairn::cli {

// All that stands before the value of a numeric tensor.
std::string NpyHeader(DType dtype, std::span<const int64_t> dims);

// The whole file of a string tensor: elements of one width, filled with NUL. Errors: kUnsupported
// (an element ends in NUL, which this form would lose; wider than memory allows).
Result<std::string> NpyOfStrings(const StringTensor& strings, std::span<const int64_t> dims);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_NPY_H_
