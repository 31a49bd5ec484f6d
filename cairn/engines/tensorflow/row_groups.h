// Small variables of one dtype and shape, which get their values as the rows of one tensor: an
// Unpack gives each its own. TensorFlow's time for a run grows with the number of nodes, whatever
// the size of the values, and a value that is fed by itself takes a node more.
#ifndef CAIRN_ENGINES_TENSORFLOW_ROW_GROUPS_H_
#define CAIRN_ENGINES_TENSORFLOW_ROW_GROUPS_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cairn/engines/tensorflow/session_variables.h"

namespace cairn::tensorflow {

// The row of a group that a variable is.
struct RowPlace {
  size_t group = 0;  // its position among the groups
  size_t row = 0;
};

struct RowGroup {
  std::string value;  // the output to feed with all rows; set by whoever makes the nodes
  DType dtype = DType::kInvalid;
  std::vector<int64_t> dims;  // of a row
  int64_t num_rows = 0;
};

struct RowGroups {
  std::vector<RowGroup> groups;
  std::vector<std::optional<RowPlace>> places;  // one for each variable
};

RowGroups GroupRows(std::span<const SessionVariable> variables);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_ROW_GROUPS_H_
