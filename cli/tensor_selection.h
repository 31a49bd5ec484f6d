// The tensors that the patterns of a command line name.
#ifndef CAIRN_CLI_TENSOR_SELECTION_H_
#define CAIRN_CLI_TENSOR_SELECTION_H_

#include <string>
#include <vector>

#include "cairn/core/tensor_dict.h"
#include "cairn/graph/object_names.h"
#include "cairn/transform/name_rules.h"
#include "cli/options.h"
#include "cli/output.h"

namespace cairn::cli {

// The option `--names`, whose value is one of "key", "path", "full".
Option NamesOption(std::string& target, std::string_view help);
// Returns the style of such a value; that of "key" for an empty text.
NameStyle NameStyleOf(std::string_view text);

// Returns the names in the object graph of a checkpoint that has one. A graph that cannot be read
// is a warning, and every tensor then has its key alone.
ObjectNames ReadNames(const TensorDict& dict, Output& out);

// Returns "did you mean 'fc/W' or 'fc/b'?" with the names of every kind that are most like
// `shown`, which may be written as Escape shows a name, or says how to see all names of the
// checkpoint at `path`.
std::string HintOfNearest(const TensorDict& dict, const ObjectNames& names,
                          const std::string& shown, const std::string& path);

// The effect of the patterns that a verb was given.
struct PatternOutcome {
  const TensorDict& dict;
  const ObjectNames& names;
  const std::string& path;                 // of the checkpoint
  std::string_view option;                 // what the verb calls a pattern that selects: "--select"
  const std::vector<std::string>& select;  // the patterns that select
  const std::vector<std::string>& exclude;
  bool is_regex = false;
  const UnmatchedRules& unmatched;
  size_t num_selected = 0;
};

// Says that no tensor is selected, with advice, and returns kFinding. Otherwise notes each rule
// that has no effect, and each name that several tensors have, and returns kDone.
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
  // those that match one to exclude. A pattern matches any name of a tensor: its key, its
  // short path or its full name in the object graph (`names`). Patterns without an effect are said
  // on `out`; if nothing is left, that is said as an error, and the command ends with kFinding.
  // Errors: kArgument (a text that is not a pattern).
  Result<std::vector<size_t>> Select(const TensorDict& dict, const ObjectNames& names,
                                     Output& out) const;
};

}  // namespace cairn::cli

#endif  // CAIRN_CLI_TENSOR_SELECTION_H_
