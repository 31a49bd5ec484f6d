// diff: how two checkpoints differ, as text and as JSON.
#ifndef CAIRN_CLI_PRINT_DIFF_PRINTER_H_
#define CAIRN_CLI_PRINT_DIFF_PRINTER_H_

#include <optional>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/inspect/dict_diff.h"
#include "cli/output.h"

namespace cairn::cli {

// Two checkpoints, and what was compared of them.
struct DiffSides {
  Opened opened_a;
  Opened opened_b;
  TensorDict a;  // the selected tensors, under the names by which they are matched
  TensorDict b;
};

// Prints what one side has alone, what seems renamed, and a table of what changed: a row for each
// tensor, or for each prefix of `depth` parts. Equal tensors are only counted.
void PrintDiff(const DiffSides& sides, const DictDiff& diff, std::optional<uint64_t> depth,
               Output& out);

// One document; with a depth it has the prefixes as well.
void WriteDiffJson(const DiffSides& sides, const DictDiff& diff, std::optional<uint64_t> depth,
                   Output& out);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_DIFF_PRINTER_H_
