// Sources of a restore, and the rules of each.
#include <nanobind/nanobind.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <array>

#include "cairn/core/escape.h"
#include "cairn/session/model_loader.h"
#include "cairn/session/session_init.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/names.h"
#include "python/src/tensors.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

// The words of the policies, in the order of the enum.
constexpr std::array<std::string_view, 3> kPolicyWords = {"error", "warn", "skip"};

Policy PolicyOf(std::string_view word) {
  for (size_t i = 0; i < kPolicyWords.size(); ++i) {
    if (kPolicyWords[i] == word) return static_cast<Policy>(i);
  }
  Throw(Status(Reason::kArgument, Quoted(word) + " does not say what becomes of names or values")
            .WithHint("use \"error\", \"warn\" or \"skip\""));
}

// A source that was opened before.
class GivenSource final : public SessionInit {
 public:
  explicit GivenSource(RestoreSource source) : source_(std::move(source)) {}
  Result<std::vector<RestoreSource>> Sources() const override {
    CAIRN_ASSIGN_OR_RETURN(RestoreSource source, WithNames(source_).In(Escape(source_.name)));
    return std::vector<RestoreSource>{std::move(source)};
  }

 private:
  RestoreSource source_;
};

// A loader that several others may have as a member.
class SharedInit final : public SessionInit {
 public:
  explicit SharedInit(std::shared_ptr<const SessionInit> loader) : loader_(std::move(loader)) {}
  Result<std::vector<RestoreSource>> Sources() const override { return loader_->Sources(); }

 private:
  std::shared_ptr<const SessionInit> loader_;
};

std::shared_ptr<SessionInit> MakeGiven(const Tensors& tensors, RestoreRules rules, nb::handle name,
                                       nb::handle note) {
  return std::make_shared<GivenSource>(RestoreSource{.dict = tensors.dict(),
                                                     .rules = std::move(rules),
                                                     .name = BytesOfName(name),
                                                     .note = BytesOfName(note)});
}

std::shared_ptr<SessionInit> MakeChain(const std::vector<std::shared_ptr<SessionInit>>& members) {
  std::vector<std::unique_ptr<SessionInit>> shared;
  for (const auto& member : members) shared.push_back(std::make_unique<SharedInit>(member));
  return std::make_shared<ChainInit>(std::move(shared));
}

std::vector<std::string> BytesOfNames(const nb::list& names) {
  std::vector<std::string> bytes;
  for (const nb::handle name : names) bytes.push_back(BytesOfName(name));
  return bytes;
}

// Returns the rules for a source of a kind: a dict, as DictRestore takes it, or a checkpoint.
RestoreRules RulesOfKind(RestoreRules rules, bool is_dict, bool relaxed) {
  rules.origin = is_dict ? Origin::kDict : Origin::kCheckpoint;
  rules.relaxed = relaxed;
  rules.shared = relaxed ? Policy::kIgnore : Policy::kError;
  rules.nothing = is_dict ? Policy::kIgnore : Policy::kError;
  return rules;
}

template <typename Rules>
auto DefPolicy(Rules& rules, const char* name, Policy RestoreRules::* member) {
  return rules.def_prop_rw(
      name,
      [member](const RestoreRules& r) { return kPolicyWords[static_cast<size_t>(r.*member)]; },
      [member](RestoreRules& r, std::string_view word) { r.*member = PolicyOf(word); });
}

void BindRules(nb::module_& module) {
  nb::class_<RestoreRules> rules(module, "RestoreRules",
                                 "Rules for names and values that do not agree in a restore.");
  rules.def(nb::init<>())
      .def_static(
          "of_relaxed", [] { return SaverRestoreRelaxed::RelaxedRules(); },
          "Returns the rules of SaverRestoreRelaxed.")
      .def_static("of_dict", &DictRestore::DictRules, nb::arg("ignore_mismatch"),
                  "Returns the rules of DictRestore.")
      .def("of_kind", &RulesOfKind, nb::arg("is_dict"), nb::arg("relaxed"),
           "Returns the same rules for a dict or for a checkpoint.")
      .def_rw("prefix", &RestoreRules::prefix)
      .def_rw("relaxed", &RestoreRules::relaxed)
      .def_rw("require_checksums", &RestoreRules::require_checksums)
      .def_rw("verify_first", &RestoreRules::verify_first)
      .def(
          "set_ignore",
          [](RestoreRules& r, const nb::list& names) { r.ignore = BytesOfNames(names); },
          nb::arg("names"), nb::sig("def set_ignore(self, names: list[str]) -> None"),
          "Sets the names of entries that are not used.")
      .def(
          "set_rename",
          [](RestoreRules& r, const nb::list& texts) { r.names.rename = BytesOfNames(texts); },
          nb::arg("rules"), nb::sig("def set_rename(self, rules: list[str]) -> None"),
          "Sets how entries are renamed: \"OLD=NEW\" or \"OLD/=NEW/\".")
      .def(
          "set_select",
          [](RestoreRules& r, const nb::list& names) { r.names.select = BytesOfNames(names); },
          nb::arg("patterns"), nb::sig("def set_select(self, patterns: list[str]) -> None"),
          "Sets the patterns of the entries that are used.");
  DefPolicy(rules, "missing", &RestoreRules::missing);
  DefPolicy(rules, "unexpected", &RestoreRules::unexpected);
  DefPolicy(rules, "training_state", &RestoreRules::training_state);
  DefPolicy(rules, "mismatched_shape", &RestoreRules::mismatched_shape);
  DefPolicy(rules, "mismatched_dtype", &RestoreRules::mismatched_dtype);
  DefPolicy(rules, "shared", &RestoreRules::shared);
  DefPolicy(rules, "nothing", &RestoreRules::nothing);
}

}  // namespace

void BindModelLoader(nb::module_& module) {
  BindRules(module);
  const nb::class_<SessionInit> session_init(module, "SessionInit", "Gives a model its values.");
  module.def("given_source", MakeGiven, nb::arg("tensors"), nb::arg("rules"), nb::arg("name"),
             nb::arg("note"),
             nb::sig("def given_source(tensors: Tensors, rules: RestoreRules, name: str, note: "
                     "str) -> SessionInit"),
             "Restores from tensors that were opened before.");
  module.def(
      "saver_restore",
      [](nb::handle path, RestoreRules rules) -> std::shared_ptr<SessionInit> {
        return std::make_shared<SaverRestore>(BytesOfPath(path), std::move(rules));
      },
      nb::arg("path"), nb::arg("rules"),
      nb::sig("def saver_restore(path: str | bytes | os.PathLike[str], rules: RestoreRules) -> "
              "SessionInit"),
      "Restores from a checkpoint, which is opened when it is needed.");
  module.def("chain_init", MakeChain, nb::arg("members"), "Restores from one after the other.");
  module.def(
      "just_current_session",
      []() -> std::shared_ptr<SessionInit> { return std::make_shared<JustCurrentSession>(); },
      "Restores nothing.");
  module.def("is_dict_file", &IsDictFile, nb::arg("path"),
             "Whether a file of this name holds a dict, not a checkpoint.");
}

}  // namespace cairn::python
