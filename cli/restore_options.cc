#include "cli/restore_options.h"

#include "cairn/session/model_loader.h"
#include "cairn/session/session_init.h"
#include "cli/rows_option.h"

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
  // `cairn help making` tells them, but for the one that is needed most.
  for (Option& option : name_options("match by key, path or full names (key)")) {
    option.is_of_making = option.names != "--rename";
    all.push_back(std::move(option));
  }
  all.push_back({.names = "--rows",
                 .target = &rows,
                 .help = "rows for new words: files with a word a line",
                 .value = "PATTERN=OLD.txt:NEW.txt",
                 .is_of_making = true});
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
  CAIRN_ASSIGN_OR_RETURN(rules.names, AsNameRules());
  for (const std::string& text : rows) {
    CAIRN_ASSIGN_OR_RETURN(RowsText of_text, ReadRows(text));
    rules.rows.push_back(std::move(of_text));
  }
  return rules;
}

}  // namespace cairn::cli
