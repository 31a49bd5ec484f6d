// Adds up the sizes of tensors.
#ifndef CAIRN_CLI_PRINT_TENSOR_TOTALS_H_
#define CAIRN_CLI_PRINT_TENSOR_TOTALS_H_

#include <string>

#include "cli/print/listed_tensors.h"
#include "cli/print/size_text.h"

namespace cairn::cli {

struct TensorTotals {
  uint64_t num_tensors = 0;
  uint64_t num_parameters = 0;           // elements of numeric tensors of the model
  uint64_t num_training_parameters = 0;  // and of those that only training needs
  uint64_t nbytes = 0;

  void Add(const TensorInfo& info, bool is_training) {
    ++num_tensors;
    nbytes += info.nbytes;
    if (ElementNbytes(info.dtype) == 0) return;
    (is_training ? num_training_parameters : num_parameters) +=
        info.nbytes / ElementNbytes(info.dtype);
  }
};

// Returns "1,169 parameters and 12 of training state", or "1,169 parameters" where there is none.
inline std::string ParametersText(uint64_t num_parameters, uint64_t num_training_parameters) {
  std::string text = Count(num_parameters, "parameter");
  if (num_training_parameters > 0)
    text += " and " + WithSeparators(num_training_parameters) + " of training state";
  return text;
}

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_TENSOR_TOTALS_H_
