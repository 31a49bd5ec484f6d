// ls: a line for each tensor, in columns.
#ifndef CAIRN_CLI_PRINT_TENSOR_LIST_H_
#define CAIRN_CLI_PRINT_TENSOR_LIST_H_

#include <vector>

#include "cli/print/listed_tensors.h"
#include "cli/print/size_text.h"
#include "cli/print/tensor_totals.h"

namespace cairn::cli {

struct ListStyle {
  bool is_long = false;  // also where each tensor lies
  SizeStyle sizes = SizeStyle::kBinary;
};

// Prints the selected tensors in their order, and their totals.
void PrintList(const ListedTensors& tensors, const std::vector<size_t>& selected,
               const ListStyle& style, Output& out);

// Prints "2 of 4 tensors, 38 parameters, 232 B".
void PrintTotals(const TensorTotals& totals, const ListedTensors& tensors, SizeStyle sizes,
                 Output& out);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_TENSOR_LIST_H_
