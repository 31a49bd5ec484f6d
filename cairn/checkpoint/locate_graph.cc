#include "cairn/checkpoint/locate_graph.h"

#include <algorithm>

#include "cairn/checkpoint/locate.h"
#include "cairn/checkpoint/locate_in_folder.h"
#include "cairn/checkpoint/locate_step.h"
#include "cairn/core/escape.h"
#include "cairn/graph/graph_file.h"
#include "cairn/io/path.h"
#include "cairn/state/checkpoint_files.h"

namespace cairn {
namespace {

constexpr std::string_view kRunGraphPrefix = "graph-";

Located GraphTaken(const std::string& given, std::string path, std::string_view why) {
  std::string note = Escape(given) + ": taken as " + Escape(path);
  if (!why.empty()) note.append(" (").append(why).append(")");
  return {std::move(path), std::move(note)};
}

Result<bool> NamesDirectory(FileSystem& fs, const std::string& path) {
  const auto info = fs.Stat(path);
  if (info.status().reason() == Reason::kMissing) return false;
  if (!info.ok()) return info.status();
  return info->kind == FileKind::kDirectory;
}

// "run/model-1.meta" of "run/model-1"; nothing where there is no such file.
Result<std::optional<std::string>> MetaGraphOfPrefix(FileSystem& fs, const std::string& prefix) {
  std::string meta = prefix + std::string(kMetaSuffix);
  CAIRN_ASSIGN_OR_RETURN(const bool is_there, IsRegularFile(fs, meta));
  return is_there ? std::optional(std::move(meta)) : std::nullopt;
}

Result<Located> GraphInDirectory(FileSystem& fs, const std::string& directory) {
  CAIRN_ASSIGN_OR_RETURN(auto saved_model, FindSavedModelFile(fs, directory));
  if (saved_model) return GraphTaken(directory, *std::move(saved_model), "");
  CAIRN_ASSIGN_OR_RETURN(auto newest, NewestMetaGraph(fs, directory));
  if (newest) return GraphTaken(directory, *std::move(newest), "the newest graph-*.meta there");
  CAIRN_ASSIGN_OR_RETURN(auto version, NewestVersion(fs, directory));
  if (version) return GraphTaken(directory, std::move(version->file), "the newest version");
  if (const Result<Located> located = Locate(fs, directory); located.ok()) {
    CAIRN_ASSIGN_OR_RETURN(auto meta, MetaGraphOfPrefix(fs, located->path));
    if (meta) return GraphTaken(directory, *std::move(meta), "the metagraph of its checkpoint");
  }
  return Status(Reason::kMissing, "no graph in this directory")
      .AtPath(directory)
      .WithHint("name a .meta file, a SavedModel directory or a .pbtxt file");
}

// A run has one graph-*.meta for each start, and none of them is known to be that of a step.
Result<Located> GraphOfStep(FileSystem& fs, const std::string& given, const StepOfRun& step) {
  CAIRN_ASSIGN_OR_RETURN(const Located checkpoint, LocateStep(fs, step));
  CAIRN_ASSIGN_OR_RETURN(auto meta, MetaGraphOfPrefix(fs, checkpoint.path));
  if (meta) return GraphTaken(given, *std::move(meta), "the metagraph of its checkpoint");
  return Status(Reason::kMissing, "there is no metagraph beside " + Escape(checkpoint.path))
      .AtPath(given)
      .WithHint("Name the directory alone for its newest graph-*.meta.");
}

}  // namespace

Result<std::optional<std::string>> NewestMetaGraph(FileSystem& fs, const std::string& directory) {
  CAIRN_ASSIGN_OR_RETURN(std::vector<std::string> names, fs.List(directory));
  std::erase_if(names, [](const std::string& name) {
    return !name.starts_with(kRunGraphPrefix) || !name.ends_with(kMetaSuffix);
  });
  const auto newest = std::ranges::max_element(names);
  return newest == names.end() ? std::nullopt : std::optional(JoinPath(directory, *newest));
}

Result<Located> LocateGraph(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const bool is_directory, NamesDirectory(fs, path));
  if (is_directory) return GraphInDirectory(fs, path);
  CAIRN_ASSIGN_OR_RETURN(const bool is_file, IsRegularFile(fs, path));
  const std::string prefix = PrefixOfMember(path).value_or(path);
  if (!is_file || (prefix != path && !path.ends_with(kMetaSuffix))) {
    CAIRN_ASSIGN_OR_RETURN(auto meta, MetaGraphOfPrefix(fs, prefix));
    if (meta) return GraphTaken(path, *std::move(meta), "");
  }
  if (is_file) return Located{path, ""};
  CAIRN_ASSIGN_OR_RETURN(const auto step, FindStepOfRun(fs, path));
  if (step) return GraphOfStep(fs, path, *step);
  return Status(Reason::kMissing, "there is no such file, and no metagraph beside it")
      .AtPath(path)
      .WithHint("name a .meta file, a SavedModel directory or a .pbtxt file");
}

Result<std::optional<Located>> GraphOfCheckpoint(FileSystem& fs, const std::string& given,
                                                 const std::string& prefix) {
  CAIRN_ASSIGN_OR_RETURN(const bool is_directory, NamesDirectory(fs, given));
  if (is_directory) {
    CAIRN_ASSIGN_OR_RETURN(auto newest, NewestMetaGraph(fs, given));
    if (newest) {
      return std::optional(GraphTaken(given, *std::move(newest), "the newest graph-*.meta there"));
    }
  }
  CAIRN_ASSIGN_OR_RETURN(auto meta, MetaGraphOfPrefix(fs, prefix));
  if (meta) return std::optional(Located{*std::move(meta), ""});
  const std::string variables = DirectoryOf(prefix);
  if (BaseName(variables) != "variables" || BaseName(prefix) != "variables")
    return std::optional<Located>();
  CAIRN_ASSIGN_OR_RETURN(auto saved_model, FindSavedModelFile(fs, DirectoryOf(variables)));
  if (!saved_model) return std::optional<Located>();
  return std::optional(Located{*std::move(saved_model), ""});
}

}  // namespace cairn
