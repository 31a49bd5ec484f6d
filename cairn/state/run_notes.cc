#include "cairn/state/run_notes.h"

#include <algorithm>
#include <array>

#include "cairn/core/escape.h"
#include "cairn/core/list_names.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/tf_bundle/leftover_files.h"
#include "cairn/formats/tf_v1/v1_path.h"
#include "cairn/io/path.h"
#include "cairn/state/checkpoint_files.h"
#include "cairn/state/file_checkpoints.h"

namespace cairn {
namespace {

// Whether one of the names that a path of the state file may have is that of a checkpoint.
bool IsCommitted(const std::vector<std::string>& committed, std::string_view path) {
  return std::ranges::any_of(
      std::array{BaseName(path), BaseNameOnWindows(path)}, [&](std::string_view name) {
        return std::ranges::binary_search(committed, name == "." ? "" : SavedForm(name));
      });
}

}  // namespace

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

bool IsPart(std::string_view name) {
  return name.starts_with("part-") && tf_v1::ParseShardPath(name).has_value();
}

std::string NoteOnLostIndex(std::string_view name) {
  return ShownName(name) +
         ": data without an index, so no checkpoint: its save did not finish, or the index was "
         "lost";
}

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

void NoteDataFiles(const std::vector<std::string>& committed, const DataFilesByPrefix& groups,
                   std::vector<std::string>& notes) {
  for (const auto& [name, files] : groups) {
    if (IsPart(name)) continue;
    if (!std::ranges::binary_search(committed, name)) {
      notes.push_back(NoteOnLostIndex(name));
    } else if (files.totals.size() > 1) {
      notes.push_back(ShownName(name) + ": data files of " + std::to_string(files.totals.size()) +
                      " shard sets side by side; its index says which is right");
    }
  }
}

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

// The newest has a note of its own; what lies in folders of its own was not looked at.
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

}  // namespace cairn
