// diff: the differences of tensors whose names begin alike, together.
#ifndef CAIRN_CLI_PRINT_DIFF_GROUPS_H_
#define CAIRN_CLI_PRINT_DIFF_GROUPS_H_

#include <string>
#include <vector>

#include "cairn/inspect/dict_diff.h"

namespace cairn::cli {

struct DiffGroup {
  std::string prefix;        // "net/conv1/"; of a tensor with fewer parts, its name
  uint64_t num_tensors = 0;  // that both sides have
  uint64_t num_changed = 0;
  uint64_t num_over = 0;                 // elements
  std::optional<double> max_abs;         // of the changed tensors whose values were compared
  std::optional<double> max_rel;         // as above
  double square_difference = 0;          // as above
  double square_b = 0;                   // as above
  std::optional<double> rel_l2() const;  // of all their elements together
};

// The tensors that both sides have by the first `depth` parts of their names, in the order of the
// names. Parts end at '/', or at '.' where no name has a '/'.
std::vector<DiffGroup> GroupByPrefix(const DictDiff& diff, const TensorDict& a, uint64_t depth);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_DIFF_GROUPS_H_
