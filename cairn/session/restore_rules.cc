#include "cairn/session/restore_rules.h"

#include <utility>

#include "cairn/core/escape.h"

namespace cairn {

std::string_view Name(Origin origin) {
  return origin == Origin::kCheckpoint ? "checkpoint" : "dict";
}

RestoreRules WhatFits(RestoreRules rules) {
  rules.relaxed = true;
  rules.missing = rules.unexpected = Policy::kWarn;
  rules.mismatched_shape = rules.mismatched_dtype = Policy::kWarn;
  rules.shared = rules.nothing = Policy::kWarn;
  return rules;
}

namespace {

std::vector<std::string> UselessNames(const UnmatchedRules& unmatched) {
  std::vector<std::string> sentences;
  const auto add = [&](std::string_view rule, const std::vector<std::string>& texts) {
    for (const std::string& text : texts)
      sentences.push_back(std::string(rule) + " " + Quoted(text) + ": matches no name");
  };
  add("select", unmatched.select);
  add("exclude", unmatched.exclude);
  add("rename", unmatched.rename_map);
  add("substitute", unmatched.substitutions);
  return sentences;
}

}  // namespace

Result<RestoreSource> WithNames(RestoreSource source) {
  const NameRulesText& text = source.rules.names;
  const bool changes = !text.select.empty() || !text.exclude.empty() || !text.rename_map.empty() ||
                       !text.rename.empty() || !text.substitute.empty() ||
                       text.names != NameStyle::kKey;
  if (!changes) return source;
  CAIRN_ASSIGN_OR_RETURN(NameRules rules, ParseNameRules(text));
  CAIRN_ASSIGN_OR_RETURN(const ObjectNames object_names, ReadObjectNames(source.dict));
  rules.object_names = &object_names;
  UnmatchedRules unmatched;
  CAIRN_ASSIGN_OR_RETURN(std::vector<RenamedTensor> plan,
                         PlanNames(source.dict, rules, &unmatched));
  source.useless_names = UselessNames(unmatched);
  source.stored_names.clear();
  for (const RenamedTensor& tensor : plan)
    source.stored_names.emplace_back(source.dict.name(tensor.source));
  source.dict = RenamedDict(source.dict, std::move(plan));
  return source;
}

}  // namespace cairn
