#include <nanobind/nanobind.h>
#include <nanobind/stl/string_view.h>

#include <set>

#include "cairn/checkpoint/locate.h"
#include "cairn/run/verify_paths.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/finding_dict.h"
#include "python/src/long_call.h"
#include "python/src/names.h"
#include "python/src/recipe_arguments.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

nb::dict DictOfVerified(const Verified& verified) {
  nb::dict dict;
  dict["path"] = NameOf(verified.path);
  dict["format"] = verified.format.empty() ? nb::object(nb::none()) : NameOf(verified.format);
  dict["ok"] = verified.ok();
  dict["tensors"] = verified.report.num_tensors;
  dict["nbytes"] = verified.report.nbytes;
  dict["unprotected"] = verified.report.num_unprotected;
  dict["findings"] = ListOfFindings(verified.report.findings);
  dict["error"] = DictOfError(verified.error);
  return dict;
}

// Verifies each checkpoint once, also where several paths lead to it. Errors: kCancelled.
Status VerifyEach(const std::vector<std::string>& paths, const VerifyOptions& options,
                  std::vector<Verified>& all) {
  std::set<std::string> seen;
  for (const std::string& path : paths) {
    Result<Resolved> resolved = Resolve(LocalFileSystem(), path);
    const std::string prefix = resolved.ok() ? resolved->path : PrefixOfMember(path).value_or(path);
    if (!seen.insert(prefix).second) continue;
    all.push_back(VerifyPath(LocalFileSystem(), path, std::move(resolved), options));
    if (all.back().error.code() == StatusCode::kCancelled) return all.back().error;
  }
  return {};
}

// Returns the checkpoints of runs, and what else is to be said of the directories.
nb::tuple ListRuns(nb::handle directories) {
  std::vector<std::string> paths;
  std::vector<std::string> notes;
  for (const nb::handle directory : directories) {
    const auto listed = Value(PathsOfRun(LocalFileSystem(), BytesOfPath(directory), notes));
    paths.insert(paths.end(), listed.begin(), listed.end());
  }
  return nb::make_tuple(ListOfNames(paths), ListOfNames(notes));
}

VerifyDepth DepthOf(std::string_view name) {
  if (name == "quick") return VerifyDepth::kQuick;
  return name == "strict" ? VerifyDepth::kStrict : VerifyDepth::kFull;
}

nb::list VerifyPaths(nb::handle given, std::string_view depth, bool require_checksums,
                     nb::handle progress) {
  std::vector<std::string> paths;
  for (const nb::handle path : given) paths.push_back(BytesOfPath(path));
  VerifyOptions options{.depth = DepthOf(depth), .require_checksums = require_checksums};
  std::vector<Verified> all;
  Check(RunWithoutGil(UINT64_MAX, progress, [&](const TransferOptions& transfer) {
    options.transfer = transfer;
    return VerifyEach(paths, options, all);
  }));
  nb::list list;
  for (const Verified& verified : all) list.append(DictOfVerified(verified));
  return list;
}

}  // namespace

void BindVerify(nb::module_& module) {
  module.def("list_runs", ListRuns, nb::arg("directories"),
             nb::sig("def list_runs(directories: collections.abc.Iterable[str | bytes | "
                     "os.PathLike[str]]) -> tuple[list[str], list[str]]"),
             "Returns the paths of all checkpoints of runs, and notes.");
  module.def("verify", VerifyPaths, nb::arg("paths"), nb::arg("depth"),
             nb::arg("require_checksums"), nb::arg("progress").none(),
             nb::sig("def verify(paths: collections.abc.Iterable[str | bytes | os.PathLike[str]], "
                     "depth: str, require_checksums: bool, progress: "
                     "collections.abc.Callable[[int, int], object] | None) -> "
                     "list[dict[str, typing.Any]]"),
             "Verifies checkpoints (quick, full or strict), and returns what `cairn verify --json` "
             "says of each.");
}

}  // namespace cairn::python
