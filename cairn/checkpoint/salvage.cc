#include "cairn/checkpoint/salvage.h"

#include <algorithm>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/locate.h"
#include "cairn/checkpoint/resolve.h"
#include "cairn/core/escape.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/graph/graph_file.h"
#include "cairn/graph/save_layouts.h"
#include "cairn/io/path.h"
#include "cairn/state/checkpoint_files.h"

namespace cairn {
namespace {

// The saves of the graph in a `.meta` file. Errors: what keeps them from being read.
Result<SaveLayouts> ReadSaves(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const auto message, ReadGraphFile(fs, path));
  const Result<MetaGraph> graph = MetaGraph::Parse(message);
  if (!graph.ok()) return graph.status().AtPath(path);
  return FindSaveLayouts(*graph).AtPath(path);
}

// PREFIX.meta, else every other one of the directory, sorted.
Result<std::vector<std::string>> ListGraphs(FileSystem& fs, const std::string& prefix) {
  const std::string own = prefix + std::string(kMetaSuffix);
  CAIRN_ASSIGN_OR_RETURN(const bool has_own, IsRegularFile(fs, own));
  if (has_own) return std::vector{own};
  const std::string directory = DirectoryOf(prefix);
  CAIRN_ASSIGN_OR_RETURN(const auto names, fs.List(directory));
  std::vector<std::string> paths;
  for (const std::string& name : names) {
    if (name.ends_with(kMetaSuffix)) paths.push_back(JoinPath(directory, name));
  }
  return paths;
}

// The saves of all graphs, each once, and what could not be read of them.
struct KnownSaves {
  std::vector<tensorflow::SaveLayout> layouts;
  std::string from;      // the files, for people
  std::string problems;  // "; …" for each
};

Result<KnownSaves> ReadGraphs(FileSystem& fs, const std::string& prefix) {
  CAIRN_ASSIGN_OR_RETURN(const std::vector<std::string> paths, ListGraphs(fs, prefix));
  KnownSaves known;
  for (const std::string& path : paths) {
    known.from += (known.from.empty() ? "" : ", ") + Escape(path);
    const Result<SaveLayouts> saves = ReadSaves(fs, path);
    // One graph that cannot be read does not end the search: another one may describe the save.
    if (!saves.ok()) {
      known.problems.append("; ").append(saves.status().message());
      continue;
    }
    for (const std::string& unknown : saves->unknown)
      known.problems += "; " + Escape(path) + ": " + unknown;
    for (const tensorflow::SaveLayout& layout : saves->layouts) {
      // The graphs of a run usually repeat one save. Listed twice, it would look like two
      // candidates between which Rebuild cannot choose.
      if (std::ranges::find(known.layouts, layout) == known.layouts.end())
        known.layouts.push_back(layout);
    }
  }
  return known;
}

// The saves of the checkpoint `like`. Errors: kUnsupported (it is of another format), those of
// Open.
Result<KnownSaves> ReadSibling(FileSystem& fs, const std::string& like,
                               const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const Resolved sibling, Resolve(fs, like));
  if (sibling.format->name != tf_bundle::kFormat.name)
    return Status(Reason::kUnsupported,
                  "is not a TensorFlow V2 checkpoint, which an index can be "
                  "made like")
        .AtPath(sibling.path);
  KnownSaves known;
  CAIRN_ASSIGN_OR_RETURN(known.layouts, tf_bundle::SaveLayoutsOf(fs, sibling.path, options));
  known.from = Escape(sibling.path);
  return known;
}

Result<Salvaged> RebuildIndex(FileSystem& fs, const std::string& prefix, const std::string& like,
                              const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const KnownSaves known,
                         like.empty() ? ReadGraphs(fs, prefix) : ReadSibling(fs, like, options));
  if (known.from.empty())
    return Status(Reason::kMissing, "no graph to make an index from").AtPath(prefix);
  Result<Salvaged> rebuilt = tf_bundle::Rebuild(fs, prefix, known.layouts, options);
  if (!rebuilt.ok())
    return Status(rebuilt.status().reason(),
                  std::string(rebuilt.status().message()) + known.problems);
  rebuilt->notes.push_back("the index is lost: made anew from " + known.from +
                           ", of which a save fills the data exactly; nothing proves the values");
  return rebuilt;
}

}  // namespace

Result<Salvaged> SalvageAt(FileSystem& fs, std::string_view path, const std::string& like,
                           const OpenOptions& options) {
  const Result<Resolved> resolved = Resolve(fs, path);
  if (resolved.ok()) {
    CAIRN_ASSIGN_OR_RETURN(Salvaged salvaged,
                           resolved->format->salvage(fs, resolved->path, options));
    if (!resolved->note.empty()) salvaged.notes.insert(salvaged.notes.begin(), resolved->note);
    return salvaged;
  }
  const std::string prefix = PrefixOfMember(path).value_or(std::string(path));
  Result<Salvaged> salvaged = tf_bundle::Salvage(fs, prefix, options);
  if (salvaged.ok() || salvaged.status().reason() != Reason::kMissing) return salvaged;
  Result<Salvaged> rebuilt = RebuildIndex(fs, prefix, like, options);
  if (!rebuilt.ok() && like.empty() && rebuilt.status().reason() == Reason::kMissing)
    return resolved.status();
  return rebuilt;
}

}  // namespace cairn
