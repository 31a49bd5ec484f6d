// Runs a graph whose variables are restored: what `cairn restore --run` and `--fetch` ask for.
#ifndef CAIRN_CLI_GRAPH_RUN_H_
#define CAIRN_CLI_GRAPH_RUN_H_

#include <string>
#include <vector>

#include "cairn/engines/tensorflow/tensorflow_session.h"
#include "cli/command.h"
#include "cli/options.h"

namespace cairn::cli {

struct GraphRun {
  std::string run;                   // a signature, or an op
  std::vector<std::string> feeds;    // "X=a.npy"
  std::vector<std::string> fetches;  // "Y=out.npy", or "Y" to print it

  // All of them, valid as long as this object.
  std::vector<Option> options();

  bool is_wanted() const { return !run.empty() || !fetches.empty(); }
  // Looks for mistakes before anything is restored. Errors: kArgument (feeds without a run, one
  // that is not understood), those of opening the fed files.
  Status Check() const;
  // Errors: kArgument, those of reading the fed files, of TensorFlowSession, of writing.
  Status Run(TensorFlowSession& session, const Context& context) const;
};

}  // namespace cairn::cli

#endif  // CAIRN_CLI_GRAPH_RUN_H_
