#include "cairn/state/run_directory.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "cairn/core/checked_math.h"
#include "cairn/core/escape.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/tf_bundle/leftover_files.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/formats/tf_v1/tf_v1.h"
#include "cairn/formats/tf_v1/v1_path.h"
#include "cairn/formats/verify_tensors.h"
#include "cairn/graph/graph_file.h"
#include "cairn/io/path.h"
#include "cairn/state/checkpoint_files.h"
#include "cairn/state/file_checkpoints.h"
#include "cairn/state/locate_named.h"
#include "cairn/state/run_notes.h"
#include "cairn/state/run_state.h"
#include "cairn/state/saved_name.h"
#include "cairn/state/state_file.h"

namespace cairn {
namespace {

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

// Returns the name that a path of the state file has among the checkpoints of its directory.
std::string NameIn(const std::string& directory, const std::string& prefix) {
  const std::string head = JoinPath(directory, "");
  return prefix.starts_with(head) ? prefix.substr(head.size()) : prefix;
}

// Reads the state file. The notes say what is wrong with it; it is empty if it cannot be read.
StateFile ReadState(FileSystem& fs, const std::string& directory, RunDirectory& run) {
  Result<StateFile> state = ReadStateFile(fs, directory);
  run.has_state_file = state.status().reason() != Reason::kMissing;
  if (!run.has_state_file) return {};
  if (!state.ok()) {
    run.state_note = state.status().message();
    return {};
  }
  const Result<Located> named = LocateNamed(fs, directory, state->latest);
  run.state_note = named.ok() ? named->note : std::string(named.status().message());
  if (named.ok()) run.named = NameIn(directory, named->path);
  return *std::move(state);
}

bool IsListed(const StateFile& state, const RunDirectory& run, const std::string& name) {
  const std::string_view saved = SavedForm(name);
  return run.named == name || std::ranges::any_of(state.all, [&](const std::string& path) {
           return SavedForm(BaseName(path)) == saved || SavedForm(BaseNameOnWindows(path)) == saved;
         });
}

bool HasSavedName(const FileCheckpoint& file) { return StepOfSavedName(file.name).has_value(); }

// Adds the npz and safetensors files that are checkpoints of the run: see ScanRunDirectory. One
// that cannot be read may be its newest, so it must not be passed over without a word.
void AddFileCheckpoints(FileSystem& fs, const std::vector<FileCheckpoint>& files,
                        const StateFile& state, RunDirectory& run) {
  const bool saves_files = std::ranges::any_of(files, HasSavedName);
  const bool is_run = saves_files || run.has_state_file || !run.checkpoints.empty();
  if (!is_run) return;
  for (const FileCheckpoint& file : files) {
    RunCheckpoint checkpoint = Examine(fs, run.path, file.name, *file.format, file.files);
    const bool is_ours = checkpoint.has_run_state || IsListed(state, run, file.name) ||
                         (saves_files && !checkpoint.complete.ok());
    if (is_ours) run.checkpoints.push_back(std::move(checkpoint));
  }
}

// Adds the checkpoints in several files that have no index, if they have names of ModelSaver.
void AddLostIndexes(const std::vector<std::string>& names, RunDirectory& run) {
  for (std::string& lost : ListLostIndexes(names)) {
    if (!StepOfSavedName(lost)) continue;
    run.notes.push_back(NoteOnLostIndex(lost));
    run.uncommitted.push_back(std::move(lost));
  }
}

// The checkpoint that the state file names, where the listing does not show it: in a folder of the
// directory, or a file that no format knows.
void AddNamed(FileSystem& fs, RunDirectory& run) {
  if (!run.named) return;
  const auto found = std::ranges::find(run.checkpoints, *run.named, &RunCheckpoint::name);
  if (found != run.checkpoints.end()) return;
  const std::string prefix = JoinPath(run.path, *run.named);
  const Result<bool> has_index = HasIndex(fs, prefix);
  const bool is_v2 = has_index.ok() && *has_index;
  std::vector<std::string> files = {is_v2 ? tf_bundle::IndexPath(*run.named) : *run.named};
  if (const auto names = fs.List(DirectoryOf(prefix)); names.ok()) {
    for (const std::string& name : *names) {
      const auto data = tf_bundle::ParseDataPath(name);
      if (data && data->prefix == BaseName(prefix))
        files.push_back(JoinPath(DirectoryOf(*run.named), name));
    }
  }
  // If it is no V2 checkpoint and has no extension, it is opened as V1, whose files have no ending
  // of their own: the error then says why it cannot be taken.
  const Format* format = is_v2 ? &tf_bundle::kFormat : FileFormatOf(*run.named);
  if (format == nullptr) format = &tf_v1::kFormat;
  run.checkpoints.push_back(Examine(fs, run.path, *run.named, *format, files));
}

// Where the state file lists a checkpoint, from 1, by the name under which it was saved.
using PlacesInState = std::map<std::string, size_t, std::less<>>;

Rank RankOf(const RunCheckpoint& checkpoint, const RunDirectory& run, const PlacesInState& listed) {
  const bool is_unreadable = !checkpoint.complete.ok() && checkpoint.step;
  if (checkpoint.has_run_state || is_unreadable) return Rank::kRunState;
  if (run.named == checkpoint.name) return Rank::kNamed;
  if (checkpoint.step) return Rank::kStep;
  return listed.contains(SavedForm(checkpoint.name)) ? Rank::kListed : Rank::kTime;
}

// Puts every checkpoint into its rank, and all of them in order.
void RankAll(const StateFile& state, RunDirectory& run) {
  PlacesInState listed;
  for (size_t i = 0; i < state.all.size(); ++i) {
    listed[std::string(SavedForm(BaseName(state.all[i])))] = i + 1;
    listed[std::string(SavedForm(BaseNameOnWindows(state.all[i])))] = i + 1;
  }
  // The greatest key is tried first. Copies of one checkpoint have the same step: the one that
  // ModelSaver named comes first, then the one that the state file lists, then one of TensorFlow.
  const auto key = [&](size_t position) {
    const RunCheckpoint& checkpoint = run.checkpoints[position];
    const auto place = listed.find(SavedForm(checkpoint.name));
    const bool is_own = StepOfSavedName(checkpoint.name) == checkpoint.step;
    return std::tuple(-static_cast<int>(checkpoint.rank), checkpoint.step, is_own,
                      place == listed.end() ? 0 : place->second,
                      FileFormatOf(checkpoint.name) == nullptr, checkpoint.modified_ns,
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
  const StateFile state = ReadState(fs, directory, run);
  const std::vector<FileCheckpoint> files = ListFileCheckpoints(*names);
  AddFileCheckpoints(fs, files, state, run);
  AddLostIndexes(*names, run);
  // A live run may have made room since the directory was listed.
  std::erase_if(run.checkpoints, [&](const RunCheckpoint& checkpoint) {
    return !checkpoint.complete.ok() && IsRemoved(fs, JoinPath(directory, checkpoint.name));
  });
  for (const FileCheckpoint& file : files) committed.emplace_back(SavedForm(file.name));
  std::ranges::sort(committed);
  NoteGhosts(state, committed, run.notes);
  if (!run.state_note.empty()) run.notes.push_back(run.state_note);
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
