#include "cairn/session/match_source.h"

#include <algorithm>
#include <array>

#include "cairn/core/escape.h"
#include "cairn/core/variable_names.h"
#include "cairn/session/entry_index.h"
#include "cairn/session/partitions.h"
#include "cairn/session/source_rules.h"
#include "cairn/session/value_rule.h"

namespace cairn {
namespace {

std::string Described(DType dtype, std::span<const int64_t> dims) {
  return std::string(Name(dtype)) + ToString(dims);
}

std::string DescribedVariable(const Variable& variable) {
  if (!variable.has_known_rank) return std::string(Name(variable.dtype)) + " of any shape";
  return Described(variable.dtype, variable.dims);
}

uint64_t NumRowsKept(const std::vector<int64_t>& rows) {
  return static_cast<uint64_t>(std::ranges::count(rows, -1));
}

// A value as it is offered to a variable, before it is cast or reshaped.
struct Offer {
  DType dtype = DType::kInvalid;
  std::vector<int64_t> dims;
  std::string text;  // what it is, for people
};

class SourceMatcher {
 public:
  SourceMatcher(std::span<const Variable> variables, const RestoreSource& source,
                const SourceRules& rules, size_t position)
      : variables_(variables),
        parts_(variables),
        source_(source),
        dict_(source.dict),
        rules_(rules),
        index_(source.dict),
        position_(position),
        taken_(source.dict.size()) {}

  SourceMatch MatchAll() && {
    for (VariableId id = 0; id < variables_.size(); ++id) {
      if (!variables_[id].collections.local) match_.variables.push_back(MatchVariable(id));
    }
    for (size_t entry = 0; entry < dict_.size(); ++entry) {
      if (rules_.Ignores(entry)) match_.ignored.insert(entry);
      if (!taken_[entry]) match_.left_over.push_back(LeftOver(entry));
    }
    match_.useless_rules = rules_.useless();
    return std::move(match_);
  }

 private:
  RestoreItem MatchVariable(VariableId id) {
    const Variable& variable = variables_[id];
    RestoreItem item{.variable = id, .source = position_, .name = variable.name};
    const std::string_view name = WithoutPrefix(variable.name, source_.rules.prefix);
    if (const auto entry = index_.Find(name)) {
      TakeEntry(*entry, variable, item);
    } else if (const auto whole = FindWhole(variable)) {
      TakePart(*whole, variable, item);
    } else if (auto joined = FindParts(dict_, index_, name, variable.dims)) {
      TakeJoined(*std::move(joined), variable, item);
    } else {
      item.match = LooksLikeTrainingState(item.name) ? Match::kTrainingState : Match::kMissing;
      item.detail = DescribedVariable(variable);
    }
    return item;
  }

  // The entry of the whole that a variable is a part of.
  std::optional<size_t> FindWhole(const Variable& variable) const {
    const auto whole = parts_.WholeOf(variable);
    if (!whole) return std::nullopt;
    return index_.Find(WithoutPrefix(*whole, source_.rules.prefix));
  }

  void TakeEntry(size_t entry, const Variable& variable, RestoreItem& item) {
    item.entry = entry;
    if (Ignore({&entry, 1}, item)) return;
    std::optional<VariableId>& taken = taken_[entry];
    if (taken && source_.rules.shared == Policy::kError) {
      match_.conflicts.push_back(Quoted(variables_[*taken].name) + " and " + Quoted(variable.name) +
                                 " both want " + Quoted(dict_.name(entry)));
    }
    taken = item.variable;
    const TensorInfo info = dict_.info(entry);
    Offer offer{info.dtype, {info.dims.begin(), info.dims.end()}, Described(info.dtype, info.dims)};
    item.nbytes = info.nbytes;
    if (const RowsRule* rule = rules_.RowsOf(entry)) {
      if (!PickRows(*rule, offer, item)) return;
    }
    Accept(std::move(offer), variable, item);
  }

  // Returns false if the rule cannot be for this entry.
  bool PickRows(const RowsRule& rule, Offer& offer, RestoreItem& item) {
    if (offer.dims.empty() || static_cast<uint64_t>(offer.dims[0]) != rule.num_old_rows) {
      item.match = Match::kMismatched;
      item.detail = offer.text + " has not the rows of " + std::to_string(rule.num_old_rows) +
                    " old words" + From(item);
      return false;
    }
    item.rows = rule.rows;
    offer.dims[0] = static_cast<int64_t>(rule.rows.size());
    const uint64_t num_loaded = rule.rows.size() - NumRowsKept(rule.rows);
    offer.text = std::to_string(num_loaded) + " of " + std::to_string(rule.rows.size()) +
                 " rows, from " + offer.text;
    return true;
  }

  void TakePart(size_t entry, const Variable& variable, RestoreItem& item) {
    item.entry = entry;
    if (Ignore({&entry, 1}, item)) return;
    taken_[entry] = item.variable;
    const TensorInfo info = dict_.info(entry);
    item.part = parts_.BoxIn(variable, info.dims);
    if (!item.part) {
      item.match = Match::kMismatched;
      item.detail = DescribedVariable(variable) + " and the other parts do not make up " +
                    Described(info.dtype, info.dims) + From(item);
      return;
    }
    Offer offer{
        info.dtype, {}, cairn::ToString(*item.part) + " of " + Described(info.dtype, info.dims)};
    for (const Range& range : *item.part) offer.dims.push_back(range.length);
    item.nbytes = NumElementsOf(*item.part) * ElementNbytes(info.dtype);
    Accept(std::move(offer), variable, item);
  }

  void TakeJoined(JoinedEntries joined, const Variable& variable, RestoreItem& item) {
    item.entry = joined.entries[0];
    if (Ignore(joined.entries, item)) return;
    const DType dtype = dict_.info(*item.entry).dtype;
    for (const size_t entry : joined.entries) {
      taken_[entry] = item.variable;
      item.nbytes += dict_.info(entry).nbytes;
    }
    Offer offer{
        dtype, joined.dims,
        std::to_string(joined.entries.size()) + " parts of " + Described(dtype, joined.dims)};
    item.parts = std::move(joined.entries);
    item.axis = joined.axis;
    Accept(std::move(offer), variable, item);
  }

  // Whether a rule leaves one of the entries out.
  bool Ignore(std::span<const size_t> entries, RestoreItem& item) {
    if (std::ranges::none_of(entries, [&](size_t entry) { return rules_.Ignores(entry); }))
      return false;
    for (const size_t entry : entries) taken_[entry] = item.variable;
    item.match = Match::kIgnored;
    item.detail =
        "in the " + std::string(Name(source_.rules.origin)) + ", but ignored" + From(item);
    return true;
  }

  void Accept(Offer offer, const Variable& variable, RestoreItem& item) {
    const Fit fit = FitOf(variable, offer.dtype, offer.dims, source_.rules.relaxed);
    item.match = MatchOf(fit);
    if (item.match == Match::kMismatched) {
      item.rows.clear();
      item.parts.clear();
      item.detail = offer.text + " in the " + std::string(Name(source_.rules.origin)) + ", " +
                    DescribedVariable(variable) + " in the session";
    } else {
      if (NumRowsKept(item.rows) > 0) item.match = Match::kPartial;
      item.detail = std::move(offer.text);
      if (fit != Fit::kSame)
        item.detail += " as " + Described(variable.dtype, DimsInVariable(variable, offer.dims));
    }
    item.detail += From(item);
    item.is_wrong_dtype = fit == Fit::kWrongDType;
  }

  static Match MatchOf(Fit fit) {
    switch (fit) {
      case Fit::kSame:
        return Match::kMatched;
      case Fit::kCast:
        return Match::kCast;
      case Fit::kReshaped:
        return Match::kReshaped;
      case Fit::kWrongShape:
      case Fit::kWrongDType:
        return Match::kMismatched;
    }
    return Match::kMismatched;
  }

  // ", from 'net/w'" where the entry has not the name of the variable.
  std::string From(const RestoreItem& item) const {
    const std::string_view name = source_.stored_names.empty()
                                      ? dict_.name(*item.entry)
                                      : std::string_view(source_.stored_names[*item.entry]);
    return VariableOfEntry(name) == item.name ? "" : ", from " + Quoted(name);
  }

  // An entry that no variable asked for.
  RestoreItem LeftOver(size_t entry) const {
    const TensorInfo info = dict_.info(entry);
    RestoreItem item{.match = Match::kIgnored,
                     .source = position_,
                     .entry = entry,
                     .name = std::string(info.name)};
    if (IsBookkeepingEntry(info.name)) {
      item.detail = "bookkeeping, not a variable";
    } else if (const std::string twin = item.name + ":0"; HasTwin(entry, info.name)) {
      item.detail = "the same variable as " + Quoted(twin) + ", which is used";
    } else {
      item.detail = Described(info.dtype, info.dims);
      if (!rules_.Ignores(entry)) item.match = UnexpectedMatch(info.name);
    }
    return item;
  }

  // Whether the dict has `name:0` as well.
  bool HasTwin(size_t entry, std::string_view name) const {
    const auto found = index_.Find(name);
    return found && *found != entry;
  }

  // Tensorpack warns of training state that only a dict has.
  Match UnexpectedMatch(std::string_view name) const {
    const bool is_training_state = source_.rules.origin == Origin::kCheckpoint &&
                                   LooksLikeTrainingState(VariableOfEntry(name));
    return is_training_state ? Match::kTrainingState : Match::kUnexpected;
  }

  std::span<const Variable> variables_;
  PartVariables parts_;
  const RestoreSource& source_;
  const TensorDict& dict_;
  const SourceRules& rules_;
  const EntryIndex index_;
  const size_t position_;
  std::vector<std::optional<VariableId>> taken_;  // by entry: the last who asked for it
  SourceMatch match_;
};

}  // namespace

Result<SourceMatch> MatchSource(std::span<const Variable> variables, const RestoreSource& source,
                                size_t position) {
  CAIRN_ASSIGN_OR_RETURN(const SourceRules rules, SourceRules::Make(source));
  return SourceMatcher(variables, source, rules, position).MatchAll();
}

}  // namespace cairn
