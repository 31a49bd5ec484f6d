// Arrays as numpy prints them: brackets, columns, lines of at most 75 characters.
//
// The text is that of str(array) of numpy 2.4 and of ml_dtypes, with default options. Two kinds
// differ on purpose:
//   int4, uint4, int2, uint2   in columns, as all integers (ml_dtypes: no columns)
//   qint8, …                   integers (TensorFlow: tuples of one)
#ifndef CAIRN_CLI_PRINT_PRINT_ARRAY_H_
#define CAIRN_CLI_PRINT_PRINT_ARRAY_H_

#include <functional>
#include <string_view>

#include "cairn/core/status.h"
#include "cli/print/array_corners.h"
#include "cli/print/element_format.h"

namespace cairn::cli {

// Takes a piece of the text. An error ends the printing.
using WriteText = std::function<Status(std::string_view)>;

// Gives the text to `write` piece by piece, each line as soon as it is made, without a line end
// after the last. `elements` has the words of what `corners` shows. Errors: those of `write`.
Status PrintArray(const ArrayCorners& corners, const ElementFormat& elements,
                  const WriteText& write);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_PRINT_ARRAY_H_
