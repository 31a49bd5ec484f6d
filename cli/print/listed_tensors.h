// The tensors of a checkpoint as listings show them: by which name, and whether only training needs
// them.
#ifndef CAIRN_CLI_PRINT_LISTED_TENSORS_H_
#define CAIRN_CLI_PRINT_LISTED_TENSORS_H_

#include <vector>

#include "cairn/graph/object_names.h"
#include "cairn/graph/training_state.h"
#include "cli/output.h"

namespace cairn::cli {

struct ListedTensors {
  TensorDict dict;
  ObjectNames names;              // empty without an object graph
  std::vector<TensorRole> roles;  // by position in the dict
  NameStyle style = NameStyle::kKey;

  std::string_view NameOf(size_t i) const { return NameIn(style, names, dict.name(i)); }
  bool IsTraining(size_t i) const { return IsTrainingState(roles[i]); }
};

// Reads the object graph of a checkpoint that has one. A graph that cannot be read is a warning;
// names and roles are then those of the keys alone.
ListedTensors ListTensors(const TensorDict& dict, NameStyle style, Output& out);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_LISTED_TENSORS_H_
