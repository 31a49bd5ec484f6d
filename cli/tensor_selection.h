// The tensors that the patterns of a command line name.
#ifndef CAIRN_CLI_TENSOR_SELECTION_H_
#define CAIRN_CLI_TENSOR_SELECTION_H_

#include <map>
#include <string>
#include <vector>

#include "cairn/core/tensor_dict.h"
#include "cairn/transform/name_rules.h"
#include "cli/options.h"
#include "cli/output.h"

namespace cairn::cli {

// Key -> short path (graph/object_paths.h).
using ShortPathMap = std::map<std::string, std::string>;

// Returns the short paths of a checkpoint that has an object graph. A graph that cannot be read is
// a warning, and every tensor then has its name alone.
ShortPathMap ReadShortPaths(const TensorDict& dict, Output& out);

// Returns "did you mean 'fc/W' or 'fc/b'?" with the names and short paths that are most like
// `shown`, which may be written as Escape shows a name, or says how to see all names of the
// checkpoint at `path`.
std::string HintOfNearest(const TensorDict& dict, const ShortPathMap& paths,
                          const std::string& shown, const std::string& path);

// The effect of the patterns that a verb was given.
struct PatternOutcome {
  const TensorDict& dict;
  const ShortPathMap& paths;
  const std::string& path;                 // of the checkpoint
  std::string_view option;                 // what the verb calls a pattern that selects: "--select"
  const std::vector<std::string>& select;  // the patterns that select
  bool is_regex = false;
  const UnmatchedRules& unmatched;
  size_t num_selected = 0;
};

// Says that no tensor is selected, with advice, and returns kFinding. Otherwise notes each rule
// that has no effect and returns kDone.
ExitCode SayUnmatched(const PatternOutcome& outcome, Output& out);

// The arguments of a verb that takes `PATH [PATTERN…]`.
struct TensorSelection {
  std::string path;
  std::vector<std::string> patterns;
  std::vector<std::string> exclude;
  bool regex = false;

  // The options that fill this selection.
  std::vector<Option> options();

  bool has_patterns() const { return !patterns.empty() || !exclude.empty(); }
  // Positions of the tensors that match one of the patterns, or of all if there are none, without
  // those that match one to exclude. A pattern matches the name of a tensor or its short path in
  // the object graph (`paths`). Patterns without an effect are said on `out`; if nothing is left,
  // that is said as an error, and the command ends with kFinding. Errors: kArgument (a text that is
  // not a pattern).
  Result<std::vector<size_t>> Select(const TensorDict& dict, const ShortPathMap& paths,
                                     Output& out) const;
};

}  // namespace cairn::cli

#endif  // CAIRN_CLI_TENSOR_SELECTION_H_
