#include "cairn/checkpoint/locate.h"

#include "cairn/checkpoint/formats.h"
#include "cairn/checkpoint/locate_in_folder.h"
#include "cairn/checkpoint/missing_hint.h"
#include "cairn/checkpoint/remote_path.h"
#include "cairn/checkpoint/unread_formats.h"
#include "cairn/core/escape.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/graph/graph_file.h"
#include "cairn/graph/saved_model.h"
#include "cairn/io/path.h"
#include "cairn/io/read_head.h"
#include "cairn/state/checkpoint_files.h"
#include "cairn/state/resume_choice.h"
#include "cairn/state/run_directory.h"
#include "cairn/state/state_file.h"

namespace cairn {
namespace {

constexpr std::string_view kIndexSuffix = ".index";
constexpr std::string_view kVariables = "variables/variables";

Located Taken(const std::string& given, std::string prefix, std::string_view why) {
  std::string note = Escape(given) + ": taken as " + Escape(prefix);
  if (!why.empty()) note.append(" (").append(why).append(")");
  return {std::move(prefix), std::move(note)};
}

// The error for a member file whose checkpoint is not there.
Status WithoutCheckpoint(FileSystem& fs, const std::string& path, const std::string& prefix) {
  if (path.ends_with(kMetaSuffix)) {
    return Status(Reason::kMissing,
                  "is a metagraph; there is no checkpoint " + Escape(prefix) + " beside it")
        .AtPath(path)
        .WithHint(HintOfMissing(fs, prefix));
  }
  return Status(Reason::kMissing,
                "is data without its index " + Escape(tf_bundle::IndexPath(prefix)) +
                    ", so there is no checkpoint: its save did not finish, or the index was lost")
      .AtPath(path)
      .WithHint(HintOfMissing(fs, prefix));
}

// Whether a file is a state file: by its first word, or by its name where it is nothing else.
Result<bool> IsStateFile(FileSystem& fs, const std::string& path) {
  if (BaseName(path) == kStateFileName) {
    CAIRN_ASSIGN_OR_RETURN(const auto other, FindUnreadFormat(fs, path));
    return !other || other->is == kIsEmpty;  // a checkpoint may be called "checkpoint", too
  }
  constexpr std::string_view kFirstWord = "model_checkpoint_path";
  CAIRN_ASSIGN_OR_RETURN(const std::string head, ReadHeadAt(fs, path, kFirstWord.size()));
  return head == kFirstWord;
}

// Returns what a directory that was found is: a SavedModel, and whether the file that makes it one
// is damaged, since its variables can be read without it.
std::string NoteOnSavedModel(FileSystem& fs, const std::string& path) {
  if (!path.ends_with(kSavedModelFile)) return "a SavedModel";
  const auto file = fs.OpenForReading(path, Access::kMap);
  if (!file.ok()) return "a SavedModel whose saved_model.pb cannot be read";
  const Bytes bytes = (*file)->mapped();
  if (bytes.size() < (*file)->size()) return "a SavedModel";  // it could not be mapped
  const Status status = FindMetaGraph(bytes).status();
  if (status.ok()) return "a SavedModel";
  return "a SavedModel whose saved_model.pb is damaged: " + std::string(status.message());
}

Result<Located> LocateInSavedModel(FileSystem& fs, const std::string& given,
                                   const std::string& directory, const std::string& file) {
  std::string prefix = JoinPath(directory, kVariables);
  CAIRN_ASSIGN_OR_RETURN(const bool has_index, HasIndex(fs, prefix));
  if (has_index) return Taken(given, std::move(prefix), NoteOnSavedModel(fs, file));
  return Status(Reason::kMissing, "a SavedModel without variables: there is no " +
                                      Escape(tf_bundle::IndexPath(prefix)))
      .AtPath(given)
      .WithHint("It has no tensors; its graph may have signatures.");
}

// Finds what a resumed run would take, as far as that can be told without reading values. Where no
// checkpoint is complete it is the one that would be tried first, so that its damage can be seen.
Result<Located> LocateByScan(FileSystem& fs, const std::string& given,
                             const std::string& directory) {
  CAIRN_ASSIGN_OR_RETURN(const RunDirectory run, ScanRunDirectory(fs, directory));
  const std::string because = run.state_note.empty() ? "" : "; " + run.state_note;
  if (run.checkpoints.empty()) {
    return Status(Reason::kMissing, "no checkpoint" + because)
        .AtPath(given)
        .WithHint(HintOfEmptyDirectory(fs, directory));
  }
  const ResumeChoice choice = ChooseComplete(run);
  if (!choice.point.ok()) {
    const std::string& first = run.checkpoints[run.ranking.front()].name;
    return Taken(given, JoinPath(directory, first), "no checkpoint there is complete" + because);
  }
  std::string why = choice.point->reason + because;
  for (const PassedOver& other : choice.passed_over) why += "; passed over " + other.ToString();
  for (const std::string& note : NotesOnChoice(run, choice)) why += "; " + note;
  return Taken(given, JoinPath(directory, *choice.point->name), why);
}

// Finds what a directory without checkpoints of TensorFlow stands for: the variables of a
// SavedModel, one file of another format, the newest version that a server would load.
Result<std::optional<Located>> LocateOther(FileSystem& fs, const std::string& directory) {
  std::string variables = JoinPath(directory, kVariables);
  CAIRN_ASSIGN_OR_RETURN(const bool has_variables, HasIndex(fs, variables));
  if (has_variables)
    return std::optional(
        Taken(directory, std::move(variables), "a SavedModel without its saved_model.pb"));
  CAIRN_ASSIGN_OR_RETURN(auto file, ChooseFile(fs, directory));
  if (file) return std::optional(Taken(directory, std::move(file->path), file->why));
  CAIRN_ASSIGN_OR_RETURN(const auto version, NewestVersion(fs, directory));
  if (!version) return std::optional<Located>();
  CAIRN_ASSIGN_OR_RETURN(Located located, LocateInSavedModel(fs, version->directory,
                                                             version->directory, version->file));
  return std::optional(Taken(directory, std::move(located.path),
                             "the newest of " + std::to_string(version->num_versions) +
                                 (version->num_versions == 1 ? " version" : " versions")));
}

// A directory that is not a run's may hold a file of the same name as a state file. It is then what
// is wrong with the directory.
Result<bool> HasForeignCheckpointFile(FileSystem& fs, const std::string& directory) {
  const std::string path = JoinPath(directory, kStateFileName);
  CAIRN_ASSIGN_OR_RETURN(const bool is_there, IsRegularFile(fs, path));
  if (!is_there) return false;
  CAIRN_ASSIGN_OR_RETURN(const bool is_state_file, IsStateFile(fs, path));
  return !is_state_file;
}

Result<Located> LocateInDirectory(FileSystem& fs, const std::string& directory) {
  CAIRN_ASSIGN_OR_RETURN(const auto saved_model, FindSavedModelFile(fs, directory));
  if (saved_model) return LocateInSavedModel(fs, directory, directory, *saved_model);
  Result<Located> newest = LocateByScan(fs, directory, directory);
  if (newest.ok() || newest.status().reason() != Reason::kMissing) return newest;
  CAIRN_ASSIGN_OR_RETURN(auto other, LocateOther(fs, directory));
  if (other) return *std::move(other);
  CAIRN_ASSIGN_OR_RETURN(const bool is_foreign, HasForeignCheckpointFile(fs, directory));
  return is_foreign ? Located{JoinPath(directory, kStateFileName), ""} : newest;
}

// A state file of its usual name stands for its directory; another one for what it names.
Result<Located> LocateByStateFile(FileSystem& fs, const std::string& path) {
  const std::string directory = DirectoryOf(path);
  if (BaseName(path) == kStateFileName) return LocateByScan(fs, path, directory);
  CAIRN_ASSIGN_OR_RETURN(const StateFile state, ReadStateFileAt(fs, path));
  CAIRN_ASSIGN_OR_RETURN(const Located named, LocateNamed(fs, directory, state.latest));
  const std::string corrected = named.note.empty() ? "" : "; " + named.note;
  return Taken(path, named.path, "the newest by its state file" + corrected);
}

}  // namespace

Result<bool> IsSavedModel(FileSystem& fs, const std::string& directory) {
  CAIRN_ASSIGN_OR_RETURN(const auto file, FindSavedModelFile(fs, directory));
  return file.has_value();
}

std::optional<std::string> PrefixOfMember(std::string_view path) {
  if (const auto data = tf_bundle::ParseDataPath(path)) return std::string(data->prefix);
  for (const std::string_view suffix : {kIndexSuffix, kMetaSuffix}) {
    if (path.ends_with(suffix)) return std::string(path.substr(0, path.size() - suffix.size()));
  }
  return std::nullopt;
}

Result<Located> Locate(FileSystem& fs, const std::string& path) {
  if (path.find('\0') != std::string::npos)
    return Status(Reason::kPath, "no path holds a NUL").AtPath(path);
  if (path.empty()) return Status(Reason::kMissing, "the empty path names no checkpoint");
  // A prefix comes before a file or a directory of its name. A slash at the end asks for the
  // directory, of which the prefix "run/", with the index "run/.index", is one of the checkpoints.
  if (!path.ends_with('/')) {
    CAIRN_ASSIGN_OR_RETURN(const bool has_index, HasIndex(fs, path));
    if (has_index) return Located{path, ""};
  }
  const Result<FileInfo> info = fs.Stat(path);
  const bool is_there = info.ok();
  if (!is_there && info.status().reason() != Reason::kMissing) return info.status();
  if (!is_there) CAIRN_RETURN_IF_ERROR(CheckIsLocal(path));
  if (is_there && info->kind == FileKind::kDirectory) return LocateInDirectory(fs, path);
  if (is_there && info->kind != FileKind::kRegular)
    return Status(Reason::kFileType, "neither a file nor a directory").AtPath(path);
  // The member itself may be missing. Its name still tells which checkpoint is meant.
  if (const auto prefix = PrefixOfMember(path)) {
    CAIRN_ASSIGN_OR_RETURN(const bool has_checkpoint, HasCheckpoint(fs, *prefix));
    if (has_checkpoint) return Taken(path, *prefix, "");
    if (is_there) return WithoutCheckpoint(fs, path, *prefix);
  }
  // V1 checkpoints of several shards are named by a pattern, "model-?????-of-00002", and no file
  // has that name. Several safetensors files were saved under a name that only their index has.
  if (!is_there) {
    CAIRN_ASSIGN_OR_RETURN(auto found, FindCheckpoint(fs, path));
    if (found == path) return Located{path, ""};
    if (found) return Taken(path, *std::move(found), "saved in several files");
    return Status(Reason::kMissing, "no checkpoint of this name")
        .AtPath(path)
        .WithHint(HintOfMissing(fs, PrefixOfMember(path).value_or(path)));
  }
  if (IsSavedModelFileName(BaseName(path)))
    return LocateInSavedModel(fs, path, DirectoryOf(path), path);
  CAIRN_ASSIGN_OR_RETURN(const bool is_state_file, IsStateFile(fs, path));
  if (is_state_file) return LocateByStateFile(fs, path);
  return Located{path, ""};
}

}  // namespace cairn
