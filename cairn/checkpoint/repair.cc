#include "cairn/checkpoint/repair.h"

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/partial_rescue.h"
#include "cairn/checkpoint/salvage.h"
#include "cairn/core/escape.h"
#include "cairn/core/unprotected.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/verify_tensors.h"
#include "cairn/graph/rewrite_object_graph.h"
#include "cairn/graph/stored_object_graph.h"
#include "cairn/source/string_source.h"
#include "cairn/transfer/check_all.h"

namespace cairn {
namespace {

// Reads everything; what holds is in the dict that it gives.
Result<TensorDict> KeepWhatHolds(const TensorDict& dict, const SaveOptions& options,
                                 RepairReport& report) {
  std::vector<std::shared_ptr<const TensorSource>> sources;
  std::vector<size_t> positions;
  for (size_t i = 0; i < dict.size(); ++i) {
    auto source = dict.source(i);
    Status status = source.status();
    // How large the whole was is not known, and a checkpoint holds no such name.
    if (dict.name(i).starts_with('\0'))
      status =
          Status(Reason::kSlice, "a slice whose tensor has no entry, or a name that is like one");
    if (options.require_checksums && LacksChecksum(dict, i)) status = HasNoChecksum(dict, i);
    if (!status.ok()) {
      report.lost.push_back(MakeTensorFinding(dict, i, status));
      continue;
    }
    sources.push_back(*std::move(source));
    positions.push_back(i);
  }
  CAIRN_ASSIGN_OR_RETURN(const std::vector<Checked> checked, CheckAll(sources, options.transfer));
  TensorDict::Builder kept;
  std::shared_ptr<const TensorSource> earlier_mark;
  kept.SetMetadata(dict.metadata());
  for (size_t k = 0; k < sources.size(); ++k) {
    const std::string name(dict.name(positions[k]));
    if (!checked[k].error.ok()) {
      report.lost.push_back(MakeTensorFinding(dict, positions[k], checked[k].error));
      continue;
    }
    if (LacksChecksum(dict, positions[k])) report.unprotected.push_back(name);
    if (name == kPartialRescueName)
      earlier_mark = sources[k];
    else
      kept.Add(name, sources[k], std::string(dict.info(positions[k]).stored_as));
  }
  if (earlier_mark || !report.lost.empty()) {
    report.is_partial = true;
    CAIRN_ASSIGN_OR_RETURN(auto mark, MakePartialRescueMark(report.lost, earlier_mark.get()));
    kept.Add(std::string(kPartialRescueName), std::move(mark));
  }
  return kept.Build();
}

// Returns the source of the object graph without the tensors that are not in the dict, or null if
// there is nothing to leave out. Errors: those of reading and parsing it.
Result<std::shared_ptr<const TensorSource>> MendObjectGraph(const TensorDict& dict) {
  CAIRN_ASSIGN_OR_RETURN(const auto message, ReadObjectGraphMessage(dict));
  if (!message) return nullptr;
  CAIRN_ASSIGN_OR_RETURN(
      const std::string mended,
      RewriteObjectGraph(*message, [&](std::string_view key) -> std::optional<std::string> {
        if (!dict.Find(key)) return std::nullopt;
        return std::string(key);
      }));
  if (mended == *message) return nullptr;
  return MakeTextSource(mended);
}

// Rewrites the object graph of what is kept, so that it names no tensor that is lost. A graph that
// cannot be parsed is kept as it is.
Result<TensorDict> WithTrueGraph(const TensorDict& kept, RepairReport& report) {
  const auto graph = MendObjectGraph(kept);
  const std::string what = "the object graph (" + std::string(kObjectGraphKey) + ")";
  if (!graph.ok())
    report.notes.push_back(what + " is kept as it is: " + std::string(graph.status().message()));
  if (!graph.ok() || *graph == nullptr) return kept;
  report.notes.push_back(what + " is rewritten without the tensors that are not there");
  TensorDict::Builder builder;
  builder.SetMetadata(kept.metadata());
  for (size_t i = 0; i < kept.size(); ++i) {
    const TensorInfo info = kept.info(i);
    CAIRN_ASSIGN_OR_RETURN(auto source, kept.source(i));
    if (info.name == kObjectGraphKey) source = *graph;
    builder.Add(std::string(info.name), std::move(source), std::string(info.stored_as));
  }
  return builder.Build();
}

}  // namespace

Result<RepairReport> Repair(FileSystem& fs, std::string_view from, std::string_view to,
                            const RepairOptions& options) {
  const std::string index = tf_bundle::IndexPath(to);
  CAIRN_ASSIGN_OR_RETURN(const bool is_used, fs.Exists(index));
  if (is_used) {
    return Status(Reason::kExists, "exists")
        .AtPath(index)
        .WithHint("a repair makes a new checkpoint: choose another name");
  }
  CAIRN_ASSIGN_OR_RETURN(Salvaged salvaged, SalvageAt(fs, from, options.like, options.open));
  RepairReport report;
  report.lost = std::move(salvaged.lost);
  report.notes = std::move(salvaged.notes);
  CAIRN_ASSIGN_OR_RETURN(TensorDict kept, KeepWhatHolds(salvaged.dict, options.save, report));
  CAIRN_ASSIGN_OR_RETURN(kept, WithTrueGraph(kept, report));
  const size_t num_kept = kept.size() - (report.is_partial ? 1 : 0);
  if (num_kept == 0 && !report.lost.empty()) {
    return Status(Reason::kFormat,
                  "nothing in it can be saved: " + report.lost.front().error.ToString())
        .AtPath(from);
  }
  CAIRN_ASSIGN_OR_RETURN(report.saved, Save(fs, to, kept, options.save));
  report.saved.num_tensors = num_kept;
  return report;
}

}  // namespace cairn
