#include "cairn/state/run_directory.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "cairn/core/checked_math.h"
#include "cairn/core/escape.h"
#include "cairn/core/list_names.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/tf_bundle/leftover_files.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/formats/tf_v1/tf_v1.h"
#include "cairn/formats/tf_v1/v1_path.h"
#include "cairn/formats/verify_tensors.h"
#include "cairn/graph/graph_file.h"
#include "cairn/io/path.h"
#include "cairn/state/checkpoint_files.h"
#include "cairn/state/locate_named.h"
#include "cairn/state/run_state.h"
#include "cairn/state/saved_name.h"
#include "cairn/state/state_file.h"

namespace cairn {
namespace {

// The data files of one prefix, as the listing tells them.
struct DataFiles {
  std::vector<std::string> names;
  std::set<uint32_t> totals;  // the NNNNN of -of-NNNNN
};
using DataFilesByPrefix = std::map<std::string, DataFiles, std::less<>>;

DataFilesByPrefix GroupDataFiles(const std::vector<std::string>& names) {
  DataFilesByPrefix groups;
  for (const std::string& name : names) {
    const auto data = tf_bundle::ParseDataPath(name);
    if (!data) continue;
    DataFiles& files = groups[std::string(data->prefix)];
    files.names.push_back(name);
    files.totals.insert(data->num_shards);
  }
  return groups;
}

// Where a source cannot be had because its kind is not read yet, at least the bytes must be there.
Status CheckStored(FileSystem& fs, const TensorDict& dict, size_t i) {
  const auto stored = dict.stored_at(i);
  if (!stored) return {};
  CAIRN_ASSIGN_OR_RETURN(const FileInfo info, fs.Stat(stored->path));
  if (RangeFits(stored->offset, stored->nbytes, info.size)) return {};
  return Status(Reason::kBounds, std::to_string(stored->nbytes) + " bytes at offset " +
                                     std::to_string(stored->offset) +
                                     " end past the file, which has " + std::to_string(info.size))
      .InTensor(dict.name(i))
      .AtPath(stored->path);
}

// Whether every tensor lies inside an existing file; reads nothing of them.
Status CheckComplete(FileSystem& fs, const TensorDict& dict) {
  for (size_t i = 0; i < dict.size(); ++i) {
    const auto source = dict.source(i);
    if (source.ok()) continue;
    if (source.status().reason() != Reason::kUnsupported) return source.status();
    CAIRN_RETURN_IF_ERROR(CheckStored(fs, dict, i));
  }
  return {};
}

// Sizes and times of the files of a checkpoint; what is not there has none.
void AddFileInfo(FileSystem& fs, const std::string& path, RunCheckpoint& checkpoint) {
  const Result<FileInfo> info = fs.Stat(path);
  if (!info.ok() || info->kind != FileKind::kRegular) return;
  checkpoint.nbytes += info->size;
  checkpoint.modified_ns = std::max(checkpoint.modified_ns, info->modified_ns);
}

// Whether what is open is a whole checkpoint; the step and the run state of one that is.
Status Inspect(FileSystem& fs, const TensorDict& dict, RunCheckpoint& checkpoint) {
  CAIRN_RETURN_IF_ERROR(CheckComplete(fs, dict));
  CAIRN_ASSIGN_OR_RETURN(const std::optional<RunState> state, ReadRunState(dict));
  if (!state) return CheckNotPartial(dict);
  checkpoint.step = state->step;
  checkpoint.has_run_state = true;
  return CheckNotPartial(dict);
}

// A checkpoint that `format` reads, of these files of the directory.
RunCheckpoint Examine(FileSystem& fs, const std::string& directory, const std::string& name,
                      const Format& format, std::span<const std::string> files) {
  RunCheckpoint checkpoint{.name = name, .step = StepOfName(name)};
  for (const std::string& file : files) AddFileInfo(fs, JoinPath(directory, file), checkpoint);
  // A file that another program may cut is read, not mapped.
  const Result<TensorDict> dict = format.open(fs, JoinPath(directory, name), {Access::kRead, {}});
  checkpoint.complete = dict.ok() ? Inspect(fs, *dict, checkpoint) : dict.status();
  return checkpoint;
}

// "part-00000-of-00003": a part of a save that TensorFlow had no time to merge.
bool IsPart(std::string_view name) {
  return name.starts_with("part-") && tf_v1::ParseShardPath(name).has_value();
}

// Whether a file may be of V1: nothing tells but its content, and most names tell that it is not.
bool MayBeV1(const std::string& name) {
  return name != kStateFileName && !name.ends_with(".index") && !name.ends_with(kMetaSuffix) &&
         !tf_bundle::ParseDataPath(name) && !tf_bundle::IsTemporaryName(name);
}

// V1 checkpoints: by name or by the pattern of their shards, each with its files.
std::map<std::string, std::vector<std::string>> FindV1(FileSystem& fs, const std::string& directory,
                                                       const std::vector<std::string>& names) {
  std::map<std::string, std::vector<std::string>> candidates;
  for (const std::string& name : names) {
    if (!MayBeV1(name)) continue;
    candidates[tf_v1::PatternOf(name)].push_back(name);
  }
  std::erase_if(candidates, [&](const auto& candidate) {
    const auto is_v1 = tf_v1::Recognise(fs, JoinPath(directory, candidate.second.front()));
    return !is_v1.ok() || !*is_v1;
  });
  return candidates;
}

// Notes the files, other than data without an index, that unfinished saves left.
void NoteLeftovers(const std::vector<std::string>& names, std::vector<std::string>& notes) {
  std::vector<std::string> left;
  std::vector<std::string> parts;
  for (const std::string& name : names) {
    // TensorFlow writes the shards of a save into a directory PREFIX_temp or PREFIX_temp_<hex> and
    // merges them when all are there.
    const bool is_temporary = tf_bundle::IsTemporaryName(name) || name.ends_with("_temp") ||
                              name.find("_temp_") != name.npos;
    if (is_temporary) left.push_back(name);
    const std::string prefix = name.substr(0, name.rfind(".index"));
    if (name.ends_with(".index") && IsPart(prefix)) parts.push_back(prefix);
  }
  if (!left.empty())
    notes.push_back(ListNames("left by saves that did not finish, or under way:", left));
  if (!parts.empty())
    notes.push_back(
        ListNames("parts of a save that was not merged; to merge them, repair the name of this "
                  "directory up to \"_temp\":",
                  parts));
}

// Notes what the listing shows to be wrong beside the checkpoints themselves.
void NoteDataFiles(const std::vector<std::string>& committed, const DataFilesByPrefix& groups,
                   std::vector<std::string>& notes) {
  for (const auto& [name, files] : groups) {
    if (IsPart(name)) continue;
    if (!std::ranges::binary_search(committed, name)) {
      notes.push_back(ShownName(name) +
                      ": data without an index, so no checkpoint: its save did not "
                      "finish, or the index was lost");
    } else if (files.totals.size() > 1) {
      notes.push_back(ShownName(name) + ": data files of " + std::to_string(files.totals.size()) +
                      " shard sets side by side; its index says which is right");
    }
  }
}

// Two names with one number. (A copy of the best checkpoint shares its step, and is not an oddity.)
void NoteSharedSteps(const std::vector<RunCheckpoint>& checkpoints,
                     std::vector<std::string>& notes) {
  for (size_t i = 1; i < checkpoints.size(); ++i) {
    const RunCheckpoint& a = checkpoints[i - 1];
    const RunCheckpoint& b = checkpoints[i];
    const auto step = StepOfName(a.name);
    if (!step || step != StepOfName(b.name)) continue;
    notes.push_back(Escape(a.name) + " and " + Escape(b.name) + " are both of step " +
                    std::to_string(*step));
  }
}

// Returns the name that a path of the state file has among the checkpoints of its directory.
std::string NameIn(const std::string& directory, const std::string& prefix) {
  const std::string head = JoinPath(directory, "");
  return prefix.starts_with(head) ? prefix.substr(head.size()) : prefix;
}

// Whether one of the names that a path of the state file may have is that of a checkpoint.
bool IsCommitted(const std::vector<std::string>& committed, std::string_view path) {
  return std::ranges::any_of(
      std::array{BaseName(path), BaseNameOnWindows(path)}, [&](std::string_view name) {
        return std::ranges::binary_search(committed, name == "." ? "" : name);
      });
}

// Ghosts: checkpoints that the state file still lists. The newest has a note of its own; what lies
// in folders of its own was not looked at.
void NoteGhosts(const StateFile& state, const std::vector<std::string>& committed,
                std::vector<std::string>& notes) {
  std::vector<std::string> ghosts;
  for (const std::string& path : state.all) {
    const bool is_in_folder =
        path != "." && path.find('/') != std::string::npos && !path.starts_with('/');
    if (is_in_folder || path == state.latest) continue;
    if (!IsCommitted(committed, path)) ghosts.push_back(path);
  }
  if (!ghosts.empty()) notes.push_back(ListNames("the state file lists what is gone:", ghosts));
}

// Reads the state file. The notes say what is wrong with it; it is empty if it cannot be read.
StateFile ReadState(FileSystem& fs, const std::string& directory,
                    const std::vector<std::string>& committed, RunDirectory& run) {
  Result<StateFile> state = ReadStateFile(fs, directory);
  run.has_state_file = state.status().reason() != Reason::kMissing;
  if (!run.has_state_file) return {};
  if (!state.ok()) {
    run.state_note = state.status().message();
    run.notes.push_back(run.state_note);
    return {};
  }
  NoteGhosts(*state, committed, run.notes);
  const Result<Located> named = LocateNamed(fs, directory, state->latest);
  run.state_note = named.ok() ? named->note : std::string(named.status().message());
  if (named.ok()) run.named = NameIn(directory, named->path);
  if (!run.state_note.empty()) run.notes.push_back(run.state_note);
  return *std::move(state);
}

// The checkpoint that the state file names, where the listing does not show it: in a folder of the
// directory, or a file that no format knows.
void AddNamed(FileSystem& fs, RunDirectory& run) {
  if (!run.named) return;
  const auto found = std::ranges::find(run.checkpoints, *run.named, &RunCheckpoint::name);
  if (found != run.checkpoints.end()) return;
  const std::string prefix = JoinPath(run.path, *run.named);
  const Result<bool> has_index = HasIndex(fs, prefix);
  // If it is no V2 checkpoint, it is opened as V1, whose files have no ending of their own: the
  // error then says why it cannot be taken.
  const bool is_v2 = has_index.ok() && *has_index;
  std::vector<std::string> files = {is_v2 ? tf_bundle::IndexPath(*run.named) : *run.named};
  if (const auto names = fs.List(DirectoryOf(prefix)); names.ok()) {
    for (const std::string& name : *names) {
      const auto data = tf_bundle::ParseDataPath(name);
      if (data && data->prefix == BaseName(prefix))
        files.push_back(JoinPath(DirectoryOf(*run.named), name));
    }
  }
  run.checkpoints.push_back(
      Examine(fs, run.path, *run.named, is_v2 ? tf_bundle::kFormat : tf_v1::kFormat, files));
}

Rank RankOf(const RunCheckpoint& checkpoint, const RunDirectory& run,
            const std::map<std::string, size_t>& listed) {
  const bool is_unreadable = !checkpoint.complete.ok() && checkpoint.step;
  if (checkpoint.has_run_state || is_unreadable) return Rank::kRunState;
  if (run.named == checkpoint.name) return Rank::kNamed;
  if (checkpoint.step) return Rank::kStep;
  return listed.contains(checkpoint.name) ? Rank::kListed : Rank::kTime;
}

// Puts every checkpoint into its rank, and all of them in order.
void RankAll(const StateFile& state, RunDirectory& run) {
  std::map<std::string, size_t> listed;
  for (size_t i = 0; i < state.all.size(); ++i) {
    listed[std::string(BaseName(state.all[i]))] = i + 1;
    listed[std::string(BaseNameOnWindows(state.all[i]))] = i + 1;
  }
  // The greatest key is tried first. Copies of one checkpoint have the same step: the one that
  // ModelSaver named comes first, then the one that the state file lists.
  const auto key = [&](size_t position) {
    const RunCheckpoint& checkpoint = run.checkpoints[position];
    const auto place = listed.find(checkpoint.name);
    const bool is_own = StepOfSavedName(checkpoint.name) == checkpoint.step;
    return std::tuple(-static_cast<int>(checkpoint.rank), checkpoint.step, is_own,
                      place == listed.end() ? 0 : place->second, checkpoint.modified_ns,
                      std::string_view(checkpoint.name));
  };
  for (size_t i = 0; i < run.checkpoints.size(); ++i) {
    run.checkpoints[i].rank = RankOf(run.checkpoints[i], run, listed);
    run.ranking.push_back(i);
  }
  std::ranges::sort(run.ranking, std::ranges::greater(), key);
}

// Prefixes of indexes that are not regular files, with data beside them: checkpoints once.
std::vector<std::string> FindRuinedIndexes(const std::vector<std::string>& names,
                                           const std::vector<std::string>& committed,
                                           const DataFilesByPrefix& groups) {
  const std::string suffix = tf_bundle::IndexPath("");
  std::vector<std::string> ruined;
  for (const std::string& name : names) {
    if (!name.ends_with(suffix)) continue;
    std::string prefix = name.substr(0, name.size() - suffix.size());
    if (groups.contains(prefix) && !std::ranges::binary_search(committed, prefix))
      ruined.push_back(std::move(prefix));
  }
  return ruined;
}

}  // namespace

Result<RunDirectory> ScanRunDirectory(FileSystem& fs, const std::string& directory) {
  RunDirectory run{.path = directory};
  const auto names = fs.List(directory);
  if (!names.ok()) {
    if (names.status().reason() == Reason::kMissing) return run;
    return names.status();
  }
  std::vector<std::string> committed = ListIndexes(fs, directory, *names);
  const DataFilesByPrefix groups = GroupDataFiles(*names);
  std::ranges::move(FindRuinedIndexes(*names, committed, groups), std::back_inserter(committed));
  std::erase_if(committed, IsPart);
  std::ranges::sort(committed);
  for (const std::string& name : committed) {
    std::vector<std::string> files = {tf_bundle::IndexPath(name)};
    if (const auto data = groups.find(name); data != groups.end())
      files.insert(files.end(), data->second.names.begin(), data->second.names.end());
    run.checkpoints.push_back(Examine(fs, directory, name, tf_bundle::kFormat, files));
  }
  auto v1 = FindV1(fs, directory, *names);
  std::erase_if(v1, [&](const auto& found) {
    return std::ranges::binary_search(committed, found.first);  // it has an index as well
  });
  for (const auto& [name, files] : v1) {
    run.checkpoints.push_back(Examine(fs, directory, name, tf_v1::kFormat, files));
    committed.push_back(name);
  }
  std::ranges::sort(committed);
  for (const auto& [name, files] : groups) {
    if (!std::ranges::binary_search(committed, name) && !IsPart(name))
      run.uncommitted.push_back(name);
  }
  // A live run may have made room since the directory was listed.
  std::erase_if(run.checkpoints, [&](const RunCheckpoint& checkpoint) {
    return !checkpoint.complete.ok() && IsRemoved(fs, JoinPath(directory, checkpoint.name));
  });
  const StateFile state = ReadState(fs, directory, committed, run);
  AddNamed(fs, run);
  std::ranges::sort(run.checkpoints, {}, [](const RunCheckpoint& checkpoint) {
    return std::pair(checkpoint.step, checkpoint.name);
  });
  RankAll(state, run);
  NoteDataFiles(committed, groups, run.notes);
  NoteLeftovers(*names, run.notes);
  NoteSharedSteps(run.checkpoints, run.notes);
  return run;
}

}  // namespace cairn
