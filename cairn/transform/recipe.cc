#include "cairn/transform/recipe.h"

#include <charconv>
#include <optional>

#include "cairn/core/bookkeeping.h"
#include "cairn/core/escape.h"
#include "cairn/core/split.h"
#include "cairn/transform/edit_tensors.h"
#include "cairn/transform/renamed_graph.h"

namespace cairn {
namespace {

// A text "LEFT=RIGHT".
struct Sides {
  std::string left;
  std::string right;
};

Status NotOfForm(std::string_view what, std::string_view text, std::string_view form) {
  return Status(Reason::kArgument, std::string(what) + ": " + Quoted(text) + " is not understood")
      .WithHint("write it as " + std::string(form));
}

std::optional<Sides> SidesOf(std::string_view text) {
  const size_t at = text.rfind('=');
  if (at == text.npos || at == 0 || at + 1 == text.size()) return std::nullopt;
  return Sides{std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
}

template <typename T>
std::optional<T> NumberOf(std::string_view text) {
  T number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "1,0,2". Nothing where a part is not a number.
template <typename T>
std::optional<std::vector<T>> NumbersOf(std::string_view text) {
  std::vector<T> numbers;
  for (const std::string_view part : Split(text, ',')) {
    const auto number = NumberOf<T>(part);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

// "0:2,1:1".
std::optional<std::vector<PaddedAxis>> PaddingsOf(std::string_view text) {
  std::vector<PaddedAxis> axes;
  for (const std::string_view part : Split(text, ',')) {
    const size_t colon = part.find(':');
    if (colon == part.npos) return std::nullopt;
    const auto before = NumberOf<int64_t>(part.substr(0, colon));
    const auto after = NumberOf<int64_t>(part.substr(colon + 1));
    if (!before || !after) return std::nullopt;
    axes.push_back({*before, *after});
  }
  return axes;
}

// "A,B,C@1".
struct Parts {
  std::vector<std::string> names;
  size_t axis = 0;
};
std::optional<Parts> NamedPartsOf(std::string_view text) {
  Parts parts;
  if (const size_t at = text.rfind('@'); at != text.npos) {
    const auto axis = NumberOf<size_t>(text.substr(at + 1));
    if (!axis) return std::nullopt;
    parts.axis = *axis;
    text = text.substr(0, at);
  }
  for (const std::string_view name : Split(text, ',')) {
    if (name.empty()) return std::nullopt;
    parts.names.emplace_back(name);
  }
  return parts;
}

// Makes the changes, one after the other.
class Editor {
 public:
  Editor(TensorDict dict, const Recipe& recipe) : dict_(std::move(dict)), recipe_(recipe) {}

  Result<TensorDict> Run(const OpenArray& open, CastReport* report) {
    CAIRN_RETURN_IF_ERROR(ForEach(recipe_.concat, "concat", "NEW=A,B,C or NEW=A,B,C@AXIS",
                                  NamedPartsOf, [&](const Sides& sides, const Parts& parts) {
                                    return ConcatTensors(dict_, sides.left, parts.names,
                                                         parts.axis);
                                  }));
    CAIRN_RETURN_IF_ERROR(ForEach(recipe_.split, "split", "NAME=A,B,C or NAME=A,B,C@AXIS",
                                  NamedPartsOf, [&](const Sides& sides, const Parts& parts) {
                                    return SplitTensor(dict_, sides.left, parts.names, parts.axis);
                                  }));
    CAIRN_RETURN_IF_ERROR(ForEachPattern(
        recipe_.slice, "slice", "PATTERN=0:10,:,3",
        [](std::string_view text) { return std::optional<std::string>(text); }, SliceTensors));
    CAIRN_RETURN_IF_ERROR(
        ForEachPattern(recipe_.pad, "pad", "PATTERN=0:2,1:1", PaddingsOf, PadTensors));
    for (const RowsText& rows : recipe_.rows) {
      CAIRN_ASSIGN_OR_RETURN(const NamePattern pattern, PatternOf(rows.pattern));
      CAIRN_ASSIGN_OR_RETURN(dict_, MapRows(dict_, pattern, rows.old_words, rows.new_words));
    }
    CAIRN_RETURN_IF_ERROR(ForEachPattern(recipe_.transpose, "transpose", "PATTERN=1,0",
                                         NumbersOf<size_t>, TransposeTensors));
    CAIRN_RETURN_IF_ERROR(ForEachPattern(recipe_.reshape, "reshape", "PATTERN=-1,10",
                                         NumbersOf<int64_t>, ReshapeTensors));
    for (const SetText& set : recipe_.set) {
      CAIRN_ASSIGN_OR_RETURN(auto source, open(set.path));
      CAIRN_ASSIGN_OR_RETURN(dict_, SetTensor(dict_, set.name, std::move(source)));
    }
    return Cast(report);
  }

 private:
  Result<NamePattern> PatternOf(std::string_view text) const {
    return NamePattern::Make(text, recipe_.names.syntax);
  }

  // Parses both sides of each text, and makes its change.
  template <typename Parse, typename Change>
  Status ForEach(const std::vector<std::string>& texts, std::string_view what,
                 std::string_view form, Parse parse, Change change) {
    for (const std::string& text : texts) {
      const std::optional<Sides> sides = SidesOf(text);
      if (!sides) return NotOfForm(what, text, form);
      const auto value = parse(sides->right);
      if (!value) return NotOfForm(what, text, form);
      CAIRN_ASSIGN_OR_RETURN(dict_, change(*sides, *value));
    }
    return {};
  }

  template <typename Parse, typename Change>
  Status ForEachPattern(const std::vector<std::string>& texts, std::string_view what,
                        std::string_view form, Parse parse, Change change) {
    return ForEach(texts, what, form, parse,
                   [&](const Sides& sides, const auto& value) -> Result<TensorDict> {
                     CAIRN_ASSIGN_OR_RETURN(const NamePattern pattern, PatternOf(sides.left));
                     return change(dict_, pattern, value);
                   });
  }

  Result<TensorDict> Cast(CastReport* report) {
    std::vector<CastRule> rules;
    for (const std::string& text : recipe_.dtype) {
      CAIRN_ASSIGN_OR_RETURN(CastRule rule, ParseCastRule(text, recipe_.names.syntax));
      rules.push_back(std::move(rule));
    }
    return CastTensors(dict_, rules, report);
  }

  TensorDict dict_;
  const Recipe& recipe_;
};

// Drops from the object graph, if there is one, the tensors that `before` has and `after` has not.
Result<TensorDict> WithTrueGraph(const TensorDict& before, TensorDict after) {
  if (!before.Find(kObjectGraphKey) || !after.Find(kObjectGraphKey)) return after;
  std::vector<RenamedTensor> kept;
  for (size_t i = 0; i < before.size(); ++i) {
    if (after.Find(before.name(i))) kept.push_back({std::string(before.name(i)), i});
  }
  CAIRN_ASSIGN_OR_RETURN(auto graph, RenameInObjectGraph(before, kept));
  return graph == nullptr ? after
                          : SetTensor(after, std::string(kObjectGraphKey), std::move(graph));
}

}  // namespace

bool Recipe::edits_tensors() const {
  return !concat.empty() || !split.empty() || !slice.empty() || !pad.empty() || !rows.empty() ||
         !transpose.empty() || !reshape.empty() || !set.empty() || !dtype.empty();
}

Result<TensorDict> EditTensors(const TensorDict& dict, const Recipe& recipe, const OpenArray& open,
                               CastReport* report) {
  if (recipe.takes_otherwise())
    return Status(Reason::kUnsupported,
                  "the recipe does not begin with all tensors of a checkpoint")
        .WithHint("run it with cairn convert --recipe");
  CAIRN_ASSIGN_OR_RETURN(TensorDict edited, Editor(dict, recipe).Run(open, report));
  const bool may_remove = !recipe.concat.empty() || !recipe.split.empty();
  return may_remove ? WithTrueGraph(dict, std::move(edited)) : edited;
}

}  // namespace cairn
