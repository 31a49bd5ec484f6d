#include "cli/name_options.h"

#include "cli/tensor_selection.h"
#include "cli/text_file.h"

namespace cairn::cli {

std::vector<Option> NameOptions::name_options(std::string_view names_help) {
  return {
      {.names = "--select",
       .target = &select,
       .help = "only tensors whose name matches; repeatable",
       .value = "PATTERN",
       .is_tensor_name = true},
      {.names = "--exclude",
       .target = &exclude,
       .help = "not those whose name matches; repeatable",
       .value = "PATTERN",
       .is_tensor_name = true},
      {.names = "--regex", .target = &regex, .help = "patterns are regular expressions (RE2)"},
      {.names = "--rename-map",
       .target = &rename_map,
       .help = "a file with an old name, a tab and a new name a line",
       .value = "FILE.tsv"},
      {.names = "--rename",
       .target = &rename,
       .help = "a name, or a prefix: OLD/=NEW/, OLD/=; repeatable",
       .value = "OLD=NEW"},
      {.names = "--sub",
       .target = &substitute,
       .help = "what a regular expression finds in names, as in sed",
       .value = "s/RE2/NEW/"},
      NamesOption(names, names_help),
  };
}

Result<NameRulesText> NameOptions::AsNameRules() const {
  NameRulesText rules{.select = select,
                      .exclude = exclude,
                      .rename = rename,
                      .substitute = substitute,
                      .syntax = regex ? PatternSyntax::kRegex : PatternSyntax::kGlob,
                      .names = NameStyleOf(names)};
  if (!rename_map.empty()) {
    CAIRN_ASSIGN_OR_RETURN(rules.rename_map, ReadLines(rename_map));
  }
  return rules;
}

}  // namespace cairn::cli
