// The tensors that the patterns of a command line name.
#ifndef CAIRN_CLI_TENSOR_SELECTION_H_
#define CAIRN_CLI_TENSOR_SELECTION_H_

#include <map>
#include <string>
#include <vector>

#include "cairn/core/tensor_dict.h"
#include "cli/options.h"
#include "cli/output.h"

namespace cairn::cli {

// Key -> short path (graph/object_paths.h).
using ShortPathMap = std::map<std::string, std::string>;

// Returns the short paths of a checkpoint that has an object graph. A graph that cannot be read is
// a warning, and every tensor then has its name alone.
ShortPathMap ReadShortPaths(const TensorDict& dict, Output& out);

// The arguments of a verb that takes `PATH [PATTERN…]`.
struct TensorSelection {
  std::string path;
  std::vector<std::string> patterns;
  bool regex = false;

  // The options that fill this selection.
  std::vector<Option> options();

  // Positions of the tensors that match one of the patterns, by their name or by their short path
  // in the object graph (`paths`); all where there are none. Errors: kArgument (what is no
  // pattern).
  Result<std::vector<size_t>> Select(const TensorDict& dict, const ShortPathMap& paths) const;

  // Says that no tensor matches, with advice; a finding.
  ExitCode NothingMatched(const TensorDict& dict, Output& out) const;
};

}  // namespace cairn::cli

#endif  // CAIRN_CLI_TENSOR_SELECTION_H_
