// cat: the value of one tensor as numpy prints it, as JSON or as a .npy file.
#ifndef CAIRN_CLI_PRINT_TENSOR_PRINTER_H_
#define CAIRN_CLI_PRINT_TENSOR_PRINTER_H_

#include <optional>

#include "cairn/core/tensor_dict.h"
#include "cli/output.h"
#include "cli/print/progress_bar.h"

namespace cairn::cli {

// How a value is shown: at most one of `json` and `npy`; the others are for neither.
struct TensorForm {
  bool json = false;
  bool npy = false;
  bool all = false;
  std::optional<uint64_t> precision;
  std::optional<uint64_t> edge;
};

// Writes the value of `source`, which is tensor `info` or a part of it, to `out`, after every
// checksum held. `progress` shows how far the reading is, and is off the terminal before a value
// is on it. Errors: those of the source; kUnsupported (values that have no such form); kCancelled
// (an interrupt, or `out` is not wanted any more).
Status PrintTensor(const TensorInfo& info, const TensorSource& source, const TensorForm& form,
                   ProgressBar& progress, Output& out);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_TENSOR_PRINTER_H_
