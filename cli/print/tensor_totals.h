// Adds up the sizes of tensors.
#ifndef CAIRN_CLI_PRINT_TENSOR_TOTALS_H_
#define CAIRN_CLI_PRINT_TENSOR_TOTALS_H_

#include "cairn/core/tensor_dict.h"

namespace cairn::cli {

struct TensorTotals {
  uint64_t num_tensors = 0;
  uint64_t num_parameters = 0;  // elements of numeric tensors
  uint64_t nbytes = 0;

  void Add(const TensorInfo& info) {
    ++num_tensors;
    nbytes += info.nbytes;
    if (ElementNbytes(info.dtype) > 0) num_parameters += info.nbytes / ElementNbytes(info.dtype);
  }
};

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_TENSOR_TOTALS_H_
