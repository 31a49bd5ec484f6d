#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include "cairn/inspect/dict_diff.h"
#include "cairn/inspect/matched_sides.h"
#include "python/src/arrays.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/finding_dict.h"
#include "python/src/long_call.h"
#include "python/src/names.h"
#include "python/src/number_object.h"
#include "python/src/plan_object.h"
#include "python/src/recipe_arguments.h"
#include "python/src/tensors.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

nb::list NamesAt(const TensorDict& dict, const std::vector<size_t>& positions) {
  nb::list names;
  for (const size_t i : positions) names.append(NameOf(dict.name(i)));
  return names;
}

nb::list ListOfRenamed(const MatchedSides& sides, const DictDiff& diff) {
  nb::list list;
  for (const RenameGuess& guess : diff.renamed) {
    list.append(nb::make_tuple(NameOf(sides.a.name(guess.a)), NameOf(sides.b.name(guess.b)),
                               guess.has_same_checksum ? "checksum" : "name"));
  }
  return list;
}

nb::str TypeOf(const TensorInfo& info) {
  return NameOf(info.stored_as.empty() || info.is_readable() ? Name(info.dtype) : info.stored_as);
}

void AddNumbers(const ValueDiff& values, nb::dict& dict) {
  dict["max_abs"] = ObjectOf(values.max_abs);
  dict["max_rel"] = values.max_rel;
  dict["rel_l2"] = values.rel_l2;
  dict["cosine"] = values.cosine;
  dict["num_over"] = values.num_over;
  dict["num_different"] = values.num_different;
  dict["num_elements"] = values.num_elements;
  dict["num_nan_in_a"] = values.num_nan_in_a;
  dict["num_nan_in_b"] = values.num_nan_in_b;
}

// Every tensor has every key, so that programs need not ask.
nb::dict DictOfChanged(const MatchedSides& sides, const ChangedTensor& changed) {
  const TensorInfo a = sides.a.info(changed.a);
  const TensorInfo b = sides.b.info(changed.b);
  nb::dict dict;
  dict["name"] = NameOf(a.name);
  dict["dtype"] = nb::make_tuple(TypeOf(a), TypeOf(b));
  dict["shape"] = nb::make_tuple(ShapeTuple(a.dims), ShapeTuple(b.dims));
  for (const char* key : {"max_abs", "max_rel", "rel_l2", "cosine", "num_over", "num_different",
                          "num_elements", "num_nan_in_a", "num_nan_in_b"})
    dict[key] = nb::none();
  if (const auto* values = std::get_if<ValueDiff>(&changed.values)) AddNumbers(*values, dict);
  if (const auto* strings = std::get_if<StringDiff>(&changed.values)) {
    dict["num_over"] = dict["num_different"] = strings->num_different;
    dict["num_elements"] = strings->num_elements;
  }
  return dict;
}

nb::dict DictOfDiff(const MatchedSides& sides, const DictDiff& diff) {
  nb::dict dict;
  dict["equal"] = diff.is_equal();
  dict["only_in_a"] = NamesAt(sides.a, diff.only_in_a);
  dict["only_in_b"] = NamesAt(sides.b, diff.only_in_b);
  dict["renamed"] = ListOfRenamed(sides, diff);
  nb::list changed;
  for (const ChangedTensor& tensor : diff.changed) changed.append(DictOfChanged(sides, tensor));
  dict["changed"] = changed;
  nb::list findings;
  for (const Status& error : diff.errors) findings.append(DictOfFinding(Finding{error}));
  dict["findings"] = findings;
  dict["num_compared"] = diff.num_compared;
  dict["num_equal_by_checksum"] = diff.num_equal_by_checksum;
  dict["nbytes_read"] = diff.nbytes_read;
  nb::list warnings = ListOfNames(sides.warnings);
  for (const auto* texts : {&sides.unmatched.select, &sides.unmatched.exclude})
    for (const std::string& text : *texts)
      warnings.append(NameOf("'" + text + "' matches no tensor"));
  for (const auto* texts : {&sides.unmatched.rename_map, &sides.unmatched.substitutions})
    for (const std::string& text : *texts)
      warnings.append(NameOf("'" + text + "' changes no name"));
  dict["warnings"] = warnings;
  return dict;
}

nb::dict Diff(const Tensors& a, const Tensors& b, const nb::dict& rules, double rtol, double atol,
              bool equal_nan, bool read_all, nb::handle progress) {
  const NameRulesText names = RecipeOf(rules).names;
  Result<MatchedSides> matched = [&] {
    const nb::gil_scoped_release release;
    return MatchSides(a.dict(), b.dict(), names, a.path(), b.path());
  }();
  CheckChange(matched.status());
  DiffOptions options;
  options.read_all = read_all;
  if (rtol != 0 || atol != 0 || equal_nan)
    options.tolerance = Tolerance{.rtol = rtol, .atol = atol, .equal_nan = equal_nan};
  DictDiff diff;
  Check(RunWithoutGil(UINT64_MAX, progress, [&](const TransferOptions& transfer) -> Status {
    options.transfer = transfer;
    CAIRN_ASSIGN_OR_RETURN(diff, DiffDicts(matched->a, matched->b, options));
    return {};
  }));
  return DictOfDiff(*matched, diff);
}

}  // namespace

void BindDiff(nb::module_& module) {
  module.def("diff", Diff, nb::arg("a"), nb::arg("b"), nb::arg("rules"), nb::arg("rtol"),
             nb::arg("atol"), nb::arg("equal_nan"), nb::arg("read_all"), nb::arg("progress").none(),
             nb::sig("def diff(a: Tensors, b: Tensors, rules: dict[str, typing.Any], rtol: float, "
                     "atol: float, equal_nan: bool, read_all: bool, progress: "
                     "collections.abc.Callable[[int, int], object] | None) -> "
                     "dict[str, typing.Any]"),
             "Compares two checkpoints, and returns what `cairn diff --json` says.");
}

}  // namespace cairn::python
