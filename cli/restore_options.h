// The options of `cairn restore` that say what becomes of names and values that do not agree.
#ifndef CAIRN_CLI_RESTORE_OPTIONS_H_
#define CAIRN_CLI_RESTORE_OPTIONS_H_

#include <string>
#include <vector>

#include "cairn/session/restore_rules.h"
#include "cli/name_options.h"
#include "cli/options.h"

namespace cairn::cli {

struct RestoreOptions : NameOptions {
  std::string prefix;
  std::vector<std::string> ignore;
  bool relaxed = false;
  std::string missing;
  std::string unexpected;
  std::string mismatched;
  bool require_checksums = false;
  std::vector<std::string> rows;

  // All of them, valid as long as this object.
  std::vector<Option> options();

  // The rules for a source of this name: those of DictRestore for the file of a dict, those of
  // SaverRestore otherwise, and what the options ask for. Errors: kArgument; those of reading lists
  // of words.
  Result<RestoreRules> RulesFor(const std::string& path) const;
};

}  // namespace cairn::cli

#endif  // CAIRN_CLI_RESTORE_OPTIONS_H_
