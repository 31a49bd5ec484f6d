// The options that select tensors by name, and rename them.
#ifndef CAIRN_CLI_NAME_OPTIONS_H_
#define CAIRN_CLI_NAME_OPTIONS_H_

#include <string>
#include <string_view>
#include <vector>

#include "cairn/transform/name_rules.h"
#include "cli/options.h"

namespace cairn::cli {

struct NameOptions {
  std::vector<std::string> select;
  std::vector<std::string> exclude;
  bool regex = false;
  std::string rename_map;
  std::vector<std::string> rename;
  std::vector<std::string> substitute;
  std::string names;

  // All of them, valid as long as this object. `names_help` says what --names does.
  std::vector<Option> name_options(std::string_view names_help);

  // The rules that they ask for. Errors: those of reading the file of --rename-map.
  Result<NameRulesText> AsNameRules() const;
};

}  // namespace cairn::cli

#endif  // CAIRN_CLI_NAME_OPTIONS_H_
