#include "cairn/checkpoint/run_directory.h"

#include <algorithm>
#include <map>
#include <set>

#include "cairn/checkpoint/checkpoint_files.h"
#include "cairn/checkpoint/graph_file.h"
#include "cairn/checkpoint/missing_hint.h"
#include "cairn/checkpoint/run_state.h"
#include "cairn/checkpoint/state_file.h"
#include "cairn/core/checked_math.h"
#include "cairn/core/escape.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/tf_bundle/leftover_files.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/formats/tf_v1/tf_v1.h"
#include "cairn/formats/tf_v1/v1_path.h"
#include "cairn/io/path.h"

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
  return Status(Reason::kBounds, "tensor " + Quoted(dict.name(i)) + ": " + Escape(stored->path) +
                                     ": " + std::to_string(stored->nbytes) + " bytes at offset " +
                                     std::to_string(stored->offset) +
                                     " end past the file, which has " + std::to_string(info.size));
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

uint64_t SizeOf(FileSystem& fs, const std::string& path) {
  const Result<FileInfo> info = fs.Stat(path);
  return info.ok() && info->kind == FileKind::kRegular ? info->size : 0;
}

// A checkpoint that `format` reads, of these files of the directory.
RunCheckpoint Look(FileSystem& fs, const std::string& directory, const std::string& name,
                   const Format& format, std::span<const std::string> files) {
  RunCheckpoint checkpoint{name, StepOfName(name), 0, {}};
  for (const std::string& file : files) checkpoint.nbytes += SizeOf(fs, JoinPath(directory, file));
  // A file that another program may cut is read, not mapped.
  const Result<TensorDict> dict = format.open(fs, JoinPath(directory, name), {Access::kRead, {}});
  checkpoint.complete = dict.ok() ? CheckComplete(fs, *dict) : dict.status();
  if (!checkpoint.complete.ok()) return checkpoint;
  const auto state = ReadRunState(*dict);
  if (!state.ok()) {
    checkpoint.complete = state.status();
  } else if (*state) {
    checkpoint.step = (*state)->step;
  }
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

// What saves of TensorFlow that did not finish left, beside data without an index.
void NoteLeftovers(const std::vector<std::string>& names, std::vector<std::string>& notes) {
  std::vector<std::string> left;
  std::vector<std::string> parts;
  for (const std::string& name : names) {
    const bool is_temporary = name.find(".tempstate") != name.npos || name.ends_with("_temp") ||
                              name.find("_temp_") != name.npos;
    if (is_temporary) left.push_back(name);
    const std::string prefix = name.substr(0, name.rfind(".index"));
    if (name.ends_with(".index") && IsPart(prefix)) parts.push_back(prefix);
  }
  if (!left.empty()) notes.push_back(ListNames("left by saves that did not finish:", left));
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
      notes.push_back(Escape(name) +
                      ": data without an index, so no checkpoint: its save did not "
                      "finish, or the index was lost");
    } else if (files.totals.size() > 1) {
      notes.push_back(Escape(name) + ": data files of " + std::to_string(files.totals.size()) +
                      " shard sets side by side; its index says which is right");
    }
  }
}

// Two names with one number. (A copy of the best checkpoint shares its step, and is no oddity.)
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

// What a path of the state file is called among the checkpoints of its directory.
std::string NameIn(const std::string& directory, const std::string& prefix) {
  const std::string head = JoinPath(directory, "");
  return prefix.starts_with(head) ? prefix.substr(head.size()) : prefix;
}

// Ghosts: checkpoints that the state file still lists. The newest has a note of its own; what lies
// in folders of its own was not looked at.
void NoteGhosts(const StateFile& state, const std::vector<std::string>& committed,
                std::vector<std::string>& notes) {
  std::vector<std::string> ghosts;
  for (const std::string& path : state.all) {
    const bool is_in_folder = path.find('/') != std::string::npos && !path.starts_with('/');
    if (is_in_folder || path == state.latest) continue;
    if (!std::ranges::binary_search(committed, BaseName(path))) ghosts.push_back(path);
  }
  if (!ghosts.empty()) notes.push_back(ListNames("the state file lists what is gone:", ghosts));
}

void ReadState(FileSystem& fs, const std::string& directory,
               const std::vector<std::string>& committed, RunDirectory& run) {
  const Result<StateFile> state = ReadStateFile(fs, directory);
  run.has_state_file = state.status().reason() != Reason::kMissing;
  if (!state.ok()) {
    if (run.has_state_file) run.notes.push_back(std::string(state.status().message()));
    return;
  }
  NoteGhosts(*state, committed, run.notes);
  const Result<NamedCheckpoint> named = LocateNamed(fs, directory, state->latest);
  if (!named.ok()) {
    run.notes.push_back(std::string(named.status().message()));
    return;
  }
  if (!named->note.empty()) run.notes.push_back(named->note);
  run.named = NameIn(directory, named->prefix);
}

}  // namespace

Result<RunDirectory> ScanRunDirectory(FileSystem& fs, const std::string& directory) {
  RunDirectory run;
  const auto names = fs.List(directory);
  if (!names.ok()) {
    if (names.status().reason() == Reason::kMissing) return run;
    return names.status();
  }
  CAIRN_ASSIGN_OR_RETURN(std::vector<std::string> committed, ListIndexes(fs, directory));
  std::erase_if(committed, IsPart);
  const DataFilesByPrefix groups = GroupDataFiles(*names);
  for (const std::string& name : committed) {
    std::vector<std::string> files = {tf_bundle::IndexPath(name)};
    if (const auto data = groups.find(name); data != groups.end())
      files.insert(files.end(), data->second.names.begin(), data->second.names.end());
    run.checkpoints.push_back(Look(fs, directory, name, tf_bundle::kFormat, files));
  }
  for (const auto& [name, files] : FindV1(fs, directory, *names)) {
    if (std::ranges::find(committed, name) != committed.end()) continue;
    run.checkpoints.push_back(Look(fs, directory, name, tf_v1::kFormat, files));
    committed.push_back(name);
  }
  std::ranges::sort(committed);
  std::ranges::sort(run.checkpoints, {}, [](const RunCheckpoint& checkpoint) {
    return std::pair(checkpoint.step, checkpoint.name);
  });
  for (const auto& [name, files] : groups) {
    if (!std::ranges::binary_search(committed, name) && !IsPart(name))
      run.uncommitted.push_back(name);
  }
  ReadState(fs, directory, committed, run);
  NoteDataFiles(committed, groups, run.notes);
  NoteLeftovers(*names, run.notes);
  NoteSharedSteps(run.checkpoints, run.notes);
  return run;
}

}  // namespace cairn
