#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "cairn/checkpoint/destination.h"
#include "cairn/io/path.h"
#include "cairn/run/repair_run.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/finding_dict.h"
#include "python/src/long_call.h"
#include "python/src/names.h"
#include "python/src/recipe_arguments.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

nb::dict DictOfRepaired(const std::string& source, const std::string& path, const Status& error,
                        const RepairReport& report) {
  nb::dict dict;
  dict["source"] = NameOf(source);
  dict["path"] = NameOf(path);
  dict["tensors"] = report.saved.num_tensors;
  dict["nbytes"] = report.saved.nbytes;
  dict["partial"] = report.is_partial;
  dict["lost"] = ListOfFindings(report.lost);
  dict["unprotected"] = ListOfNames(report.unprotected);
  dict["notes"] = ListOfNames(report.notes);
  dict["error"] = DictOfError(error);
  return dict;
}

nb::tuple RepairOne(const std::string& from, const std::string& to, RepairOptions options,
                    nb::handle progress) {
  RepairReport report;
  Check(CheckDestination(LocalFileSystem(), to));
  Check(RunWithoutGil(UINT64_MAX, progress, [&](const TransferOptions& transfer) -> Status {
    options.save.transfer = transfer;
    CAIRN_ASSIGN_OR_RETURN(report, Repair(LocalFileSystem(), from, to, options));
    return {};
  }));
  nb::list all;
  all.append(DictOfRepaired(from, to, {}, report));
  return nb::make_tuple(all, nb::none());
}

nb::tuple RepairAll(const std::string& from, const std::string& to, RepairOptions options,
                    nb::handle progress) {
  RunRepairReport run;
  Check(CheckDestinationDirectory(LocalFileSystem(), to));
  Check(RunWithoutGil(UINT64_MAX, progress, [&](const TransferOptions& transfer) -> Status {
    options.save.transfer = transfer;
    CAIRN_ASSIGN_OR_RETURN(run, RepairRun(LocalFileSystem(), from, to, options));
    return {};
  }));
  nb::list all;
  for (const RepairedCheckpoint& one : run.checkpoints)
    all.append(
        DictOfRepaired(JoinPath(from, one.name), JoinPath(to, one.name), one.error, one.report));
  return nb::make_tuple(all, run.newest.empty() ? nb::object(nb::none()) : NameOf(run.newest));
}

nb::tuple RepairPath(nb::handle source, nb::handle destination, nb::handle like,
                     bool require_checksums, bool durable, nb::handle progress) {
  const std::string from = BytesOfPath(source);
  const std::string to = BytesOfPath(destination);
  RepairOptions options;
  // A disk error in a mapped file ends the process, and a repair is asked for when a disk may be
  // bad.
  options.open.access = Access::kRead;
  options.save.durability = durable ? Durability::kSynced : Durability::kNone;
  options.save.require_checksums = require_checksums;
  if (!like.is_none()) options.like = BytesOfPath(like);
  return IsRun(LocalFileSystem(), from) ? RepairAll(from, to, options, progress)
                                        : RepairOne(from, to, options, progress);
}

}  // namespace

void BindRepair(nb::module_& module) {
  module.def(
      "repair", RepairPath, nb::arg("source"), nb::arg("destination"), nb::arg("like").none(),
      nb::arg("require_checksums"), nb::arg("durable"), nb::arg("progress").none(),
      nb::sig("def repair(source: str | bytes | os.PathLike[str], destination: str | bytes | "
              "os.PathLike[str], like: str | bytes | os.PathLike[str] | None, require_checksums: "
              "bool, durable: bool, progress: collections.abc.Callable[[int, int], object] | None)"
              " -> tuple[list[dict[str, typing.Any]], str | None]"),
      "Repairs a checkpoint or a run: what `cairn repair --json` says of each checkpoint, and "
      "which "
      "the new state file calls newest.");
}

}  // namespace cairn::python
