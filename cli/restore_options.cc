#include "cli/restore_options.h"

#include "cairn/session/model_loader.h"
#include "cairn/session/session_init.h"
#include "cli/rows_option.h"
#include "cli/tensor_selection.h"
#include "cli/text_file.h"

namespace cairn::cli {
namespace {

const std::vector<std::string_view> kPolicies = {"error", "warn", "ignore"};

Option PolicyOption(std::string_view name, std::string& target, std::string_view help) {
  return {.names = name, .target = &target, .help = help, .value = "POLICY", .choices = kPolicies};
}

void SetPolicy(const std::string& text, Policy& policy) {
  if (text == "error") policy = Policy::kError;
  if (text == "warn") policy = Policy::kWarn;
  if (text == "ignore") policy = Policy::kIgnore;
}

}  // namespace

std::vector<Option> RestoreOptions::options() {
  std::vector<Option> all = {
      {.names = "--relaxed",
       .target = &relaxed,
       .help = "cast and reshape values; other sizes only warn"},
      PolicyOption("--missing", missing, "variables that no SRC has: error, warn, ignore"),
      PolicyOption("--unexpected", unexpected, "tensors that no variable asks for"),
      PolicyOption("--mismatched", mismatched, "values of another dtype or shape"),
      {.names = "--prefix",
       .target = &prefix,
       .help = "look variables of this scope up without it",
       .value = "SCOPE"},
      {.names = "--ignore",
       .target = &ignore,
       .help = "tensors that are not used; repeatable",
       .value = "PATTERN",
       .is_tensor_name = true},
      {.names = "--require-checksums",
       .target = &require_checksums,
       .help = "take no value without a checksum",
       .is_of_making = true},
  };
  for (Option& option : NameOptions()) all.push_back(std::move(option));
  return all;
}

// Those that the verbs have which make a checkpoint.
std::vector<Option> RestoreOptions::NameOptions() {
  std::vector<Option> all = {
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
      NamesOption(names, "match by key, path or full names (key)"),
      {.names = "--rows",
       .target = &rows,
       .help = "rows for new words: files with a word a line",
       .value = "PATTERN=OLD.txt:NEW.txt"},
  };
  for (Option& option : all) option.is_of_making = option.names != "--rename";
  return all;
}

Result<RestoreRules> RestoreOptions::RulesFor(const std::string& path) const {
  RestoreRules rules = IsDictFile(path) ? DictRestore::DictRules() : RestoreRules();
  if (relaxed) rules = SaverRestoreRelaxed::RelaxedRules(std::move(rules));
  rules.prefix = prefix;
  rules.ignore_patterns = ignore;
  rules.require_checksums = require_checksums;
  SetPolicy(missing, rules.missing);
  SetPolicy(unexpected, rules.unexpected);
  SetPolicy(mismatched, rules.mismatched_shape);
  SetPolicy(mismatched, rules.mismatched_dtype);
  rules.names = {.select = select,
                 .exclude = exclude,
                 .rename = rename,
                 .substitute = substitute,
                 .syntax = regex ? PatternSyntax::kRegex : PatternSyntax::kGlob,
                 .names = NameStyleOf(names)};
  if (!rename_map.empty()) {
    CAIRN_ASSIGN_OR_RETURN(rules.names.rename_map, ReadLines(rename_map));
  }
  for (const std::string& text : rows) {
    CAIRN_ASSIGN_OR_RETURN(RowsText of_text, ReadRows(text));
    rules.rows.push_back(std::move(of_text));
  }
  return rules;
}

}  // namespace cairn::cli
