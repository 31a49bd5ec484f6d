// Shell scripts that complete verbs, options, their values, files and the names of tensors, made
// from the descriptions of the verbs.
#ifndef CAIRN_CLI_COMPLETION_H_
#define CAIRN_CLI_COMPLETION_H_

#include <string>

#include "cli/command.h"

namespace cairn::cli {

// The facts about a verb that completion needs.
struct VerbOptions {
  std::string_view name;
  std::string_view summary;
  std::vector<Option> options;
};

std::string BashCompletion(const std::vector<VerbOptions>& verbs);
std::string ZshCompletion(const std::vector<VerbOptions>& verbs);
std::string FishCompletion(const std::vector<VerbOptions>& verbs);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_COMPLETION_H_
