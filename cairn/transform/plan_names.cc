#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "cairn/core/bookkeeping.h"
#include "cairn/core/escape.h"
#include "cairn/core/list_names.h"
#include "cairn/core/nearest_names.h"
#include "cairn/core/variable_names.h"
#include "cairn/transform/name_rules.h"
#include "cairn/transform/renaming.h"
#include "cairn/transform/tensor_names.h"

namespace cairn {
namespace {

constexpr std::array kStyles = {NameStyle::kKey, NameStyle::kPath, NameStyle::kFull};

// Renames tensors by one rule. The slots of a renamed tensor move with it, if the rule does not
// rename them itself.
class RenamedAtOnce {
 public:
  explicit RenamedAtOnce(std::vector<RenamedTensor>& plan)
      : plan_(plan), is_renamed_(plan.size()) {}

  bool has_any() const { return !new_names_.empty(); }
  void Rename(size_t k, std::string name) {
    is_renamed_[k] = true;
    std::string before = std::exchange(plan_[k].name, std::move(name));
    new_names_.emplace(std::move(before), plan_[k].name);
  }

  void MoveSlots() {
    if (new_names_.empty()) return;
    for (size_t k = 0; k < plan_.size(); ++k) {
      if (is_renamed_[k]) continue;
      const auto variable = VariableOfSlot(plan_[k].name);
      const auto found = variable ? new_names_.find(*variable) : new_names_.end();
      if (found != new_names_.end())
        plan_[k].name = SlotOf(found->second, *variable, plan_[k].name);
    }
  }

 private:
  std::vector<RenamedTensor>& plan_;
  std::vector<bool> is_renamed_;
  std::map<std::string, std::string, std::less<>> new_names_;  // by the names before
};

// Takes and names the tensors of a dict, one rule after the other.
class Namer {
 public:
  Namer(const TensorDict& dict, const NameRules& rules)
      : dict_(dict),
        rules_(rules),
        names_(rules.object_names != nullptr ? *rules.object_names : no_names_),
        has_selected_(rules.select.size()),
        has_excluded_(rules.exclude.size()),
        has_substituted_(rules.substitutions.size()) {}

  Result<std::vector<RenamedTensor>> Run() {
    for (const Renaming& renaming : rules_.renamings)
      CAIRN_RETURN_IF_ERROR(CheckRenaming(renaming));
    for (size_t i = 0; i < dict_.size(); ++i) {
      if (IsTaken(i))
        plan_.push_back({std::string(NameIn(rules_.names, names_, dict_.name(i))), i});
    }
    ApplyRenameMap();
    for (const Renaming& renaming : rules_.renamings) CAIRN_RETURN_IF_ERROR(Apply(renaming));
    for (size_t k = 0; k < rules_.substitutions.size(); ++k)
      has_substituted_[k] = Apply(rules_.substitutions[k]);
    // Without a renaming, the names are in order already.
    if (!std::ranges::is_sorted(plan_, {}, &RenamedTensor::name))
      std::ranges::stable_sort(plan_, {}, &RenamedTensor::name);
    const auto twice = std::ranges::adjacent_find(plan_, {}, &RenamedTensor::name);
    if (twice == plan_.end()) return std::move(plan_);
    return Status(Reason::kArgument, Quoted(dict_.name(twice->source)) + " and " +
                                         Quoted(dict_.name(std::next(twice)->source)) +
                                         " would both be called " + Quoted(twice->name))
        .WithHint("rename one of them to another name, or leave it out");
  }

  // The rules without an effect, after Run.
  UnmatchedRules Unmatched() const {
    return {Without(has_selected_, rules_.select), Without(has_excluded_, rules_.exclude),
            not_in_dict_, Without(has_substituted_, rules_.substitutions)};
  }

 private:
  template <typename Rule>
  static std::vector<std::string> Without(const std::vector<bool>& has_effect,
                                          const std::vector<Rule>& rules) {
    std::vector<std::string> texts;
    for (size_t k = 0; k < rules.size(); ++k) {
      if (!has_effect[k]) texts.push_back(rules[k].text());
    }
    return texts;
  }

  // The names in the object graph of tensor `i`, if it has any.
  const ObjectName* NamesOf(size_t i) const {
    if (names_.empty()) return nullptr;
    const auto found = names_.find(dict_.name(i));
    return found != names_.end() ? &found->second : nullptr;
  }

  // Marks in `has_matched` which patterns match a tensor; one that has matched before is not asked
  // again for a tensor that another matches.
  bool MatchesOne(const std::vector<NamePattern>& patterns, size_t i,
                  std::vector<bool>& has_matched) const {
    if (patterns.empty()) return false;
    const std::string_view key = dict_.name(i);
    const ObjectName* const names = NamesOf(i);
    bool matches = false;
    for (size_t k = 0; k < patterns.size(); ++k) {
      if (matches && has_matched[k]) continue;
      if (!MatchesOneName(patterns[k], key, names)) continue;
      matches = has_matched[k] = true;
    }
    return matches;
  }

  // Both lists are asked about every tensor, so that a pattern to exclude what is not selected
  // anyway counts as matched.
  bool IsTaken(size_t i) {
    const bool is_excluded = MatchesOne(rules_.exclude, i, has_excluded_);
    return (rules_.select.empty() || MatchesOne(rules_.select, i, has_selected_)) && !is_excluded;
  }

  // Readers look for bookkeeping entries by their names.
  bool IsBookkeeping(const RenamedTensor& tensor) const {
    return IsBookkeepingEntry(dict_.name(tensor.source));
  }

  std::string_view NameOf(const RenamedTensor& tensor, NameStyle style) const {
    return NameIn(style, names_, dict_.name(tensor.source));
  }

  // The old name in the map that is one of the tensor's names: the present one before the others.
  std::optional<std::string_view> FindInMap(const RenamedTensor& tensor) const {
    const auto find = [&](std::string_view name) -> std::optional<std::string_view> {
      const auto found = rules_.rename_map.find(name);
      if (name.empty() || found == rules_.rename_map.end()) return std::nullopt;
      return found->first;
    };
    if (const auto found = find(tensor.name)) return found;
    for (const NameStyle style : kStyles) {
      if (const auto found = find(NameOf(tensor, style))) return found;
    }
    return std::nullopt;
  }

  void ApplyRenameMap() {
    if (rules_.rename_map.empty()) return;
    std::set<std::string_view> used;
    RenamedAtOnce renamed(plan_);
    for (size_t k = 0; k < plan_.size(); ++k) {
      const auto old_name = FindInMap(plan_[k]);
      if (!old_name) continue;
      used.insert(*old_name);
      renamed.Rename(k, rules_.rename_map.find(*old_name)->second);
    }
    renamed.MoveSlots();
    for (const auto& [old_name, new_name] : rules_.rename_map) {
      if (!used.contains(old_name)) not_in_dict_.push_back(old_name);
    }
  }

  // Renames the tensors whose present name fits; if there is none, those of which another name in
  // the object graph does. Returns false if nothing fits.
  bool ApplyAsWritten(const Renaming& renaming) {
    const auto apply = [&](const auto& name_of) {
      RenamedAtOnce renamed(plan_);
      for (size_t k = 0; k < plan_.size(); ++k) {
        const std::string_view name = name_of(plan_[k]);
        const bool is_kept = IsPrefix(renaming) && IsBookkeeping(plan_[k]);
        if (Fits(renaming, name) && !is_kept) renamed.Rename(k, Renamed(renaming, name));
      }
      renamed.MoveSlots();
      return renamed.has_any();
    };
    if (apply([](const RenamedTensor& tensor) -> std::string_view { return tensor.name; }))
      return true;
    if (names_.empty()) return false;
    return std::ranges::any_of(kStyles, [&](NameStyle style) {
      return apply([&](const RenamedTensor& tensor) { return NameOf(tensor, style); });
    });
  }

  Status Apply(const Renaming& renaming) {
    CAIRN_RETURN_IF_ERROR(CheckNamesOne(renaming));
    if (ApplyAsWritten(renaming)) return {};
    // The name may have been copied from a listing, which escapes names.
    if (auto stored = Unescape(renaming.from); stored && *stored != renaming.from) {
      const Renaming unescaped{*std::move(stored), renaming.to};
      CAIRN_RETURN_IF_ERROR(CheckNamesOne(unescaped));
      if (ApplyAsWritten(unescaped)) return {};
    }
    // A renaming that matches no tensor is usually a typing error. An empty old name only adds a
    // prefix, even to no tensor at all.
    return renaming.from.empty() ? Status() : NothingFits(renaming);
  }

  // A name that is no tensor's present name or key must be that of one tensor in the graph.
  Status CheckNamesOne(const Renaming& renaming) const {
    if (names_.empty() || IsPrefix(renaming)) return {};
    std::vector<std::string> keys;
    for (const RenamedTensor& tensor : plan_) {
      const std::string_view key = dict_.name(tensor.source);
      if (tensor.name == renaming.from || key == renaming.from) return {};
      const ObjectName* const names = NamesOf(tensor.source);
      if (names != nullptr && (names->path == renaming.from || names->full_name == renaming.from))
        keys.emplace_back(key);
    }
    if (keys.size() < 2) return {};
    return Status(Reason::kArgument, ListNames(Quoted(renaming.from) + " is the name of " +
                                                   std::to_string(keys.size()) + " tensors:",
                                               keys))
        .WithHint("rename each by its key");
  }

  Status NothingFits(const Renaming& renaming) const {
    std::vector<std::string_view> known;
    for (const auto& [key, names] : names_) {
      known.push_back(names.path);
      known.push_back(names.full_name);
    }
    for (const TensorInfo& tensor : dict_) known.push_back(tensor.name);
    const Status missing(Reason::kMissing, "no tensor " +
                                               std::string(IsPrefix(renaming) ? "below " : "") +
                                               Quoted(renaming.from) + ", to be renamed");
    return missing.WithHint(
        DidYouMean(NearestNames(renaming.from, known.size(), [&](size_t i) { return known[i]; })));
  }

  // Replaces what matches in the present names; if that changes none, in another of their names.
  // Returns false if nothing changes.
  bool Apply(const Substitution& substitution) {
    bool has_changed = false;
    for (RenamedTensor& tensor : plan_) {
      if (!IsBookkeeping(tensor)) has_changed |= Replace(substitution, tensor.name, tensor);
    }
    for (const NameStyle style : kStyles) {
      if (has_changed || names_.empty()) break;
      for (RenamedTensor& tensor : plan_) {
        if (!IsBookkeeping(tensor))
          has_changed |= Replace(substitution, NameOf(tensor, style), tensor);
      }
    }
    return has_changed;
  }

  // Gives a tensor the name that a substitution makes of `name`, unless it does not change it.
  static bool Replace(const Substitution& substitution, std::string_view name,
                      RenamedTensor& tensor) {
    std::string substituted = substitution.Apply(name);
    if (substituted == name) return false;
    tensor.name = std::move(substituted);
    return true;
  }

  const ObjectNames no_names_;
  const TensorDict& dict_;
  const NameRules& rules_;
  const ObjectNames& names_;
  std::vector<RenamedTensor> plan_;
  std::vector<std::string> not_in_dict_;  // old names of the map
  // Whether each rule has had an effect so far.
  std::vector<bool> has_selected_, has_excluded_, has_substituted_;
};

}  // namespace

Result<std::vector<RenamedTensor>> PlanNames(const TensorDict& dict, const NameRules& rules,
                                             UnmatchedRules* unmatched) {
  Namer namer(dict, rules);
  CAIRN_ASSIGN_OR_RETURN(std::vector<RenamedTensor> plan, namer.Run());
  if (unmatched != nullptr) *unmatched = namer.Unmatched();
  return plan;
}

}  // namespace cairn
