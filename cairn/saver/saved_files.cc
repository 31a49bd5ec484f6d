#include "cairn/saver/saved_files.h"

#include <algorithm>

#include "cairn/checkpoint/formats.h"
#include "cairn/core/escape.h"
#include "cairn/io/path.h"
#include "cairn/io/temporary_name.h"
#include "cairn/state/file_checkpoints.h"
#include "cairn/state/state_file.h"

namespace cairn {
namespace {

constexpr std::string_view kAside = "damaged";

// A file of a checkpoint, by its name.
struct SavedFile {
  int64_t step = 0;
  bool is_commit_file = false;  // without it there is no checkpoint
};

// The step that a name begins with: 20 for "model-20.index" and "model-20-00001-of-00002".
std::optional<int64_t> LeadingStep(std::string_view name) {
  const size_t digits = SavedName(0).size() - 1;
  if (name.size() < digits) return std::nullopt;
  return StepOfSavedName(name.substr(0, name.find_first_not_of("0123456789", digits)));
}

// Whether a file belongs to the checkpoint at `path`; nothing where it does not.
std::optional<SavedFile> AsFileOf(const Format& format, const std::string& path, int64_t step,
                                  std::string_view name) {
  const std::string commit = format.commit_path == nullptr ? path : format.commit_path(path);
  if (name == commit) return SavedFile{step, true};
  if (format.has_member == nullptr || !format.has_member(path, name)) return std::nullopt;
  return SavedFile{step, false};
}

// Whether ModelSaver may save in a format: every one that holds any number of tensors.
bool IsFormatOfRuns(const Format& format) {
  if (format.save_name.empty()) return false;
  return format.extensions.empty() || FileFormatOf(format.extensions.front()) != nullptr;
}

std::optional<SavedFile> ParseSavedFile(std::string_view name) {
  const std::optional<int64_t> step = LeadingStep(name);
  if (!step) return std::nullopt;
  for (const Format& format : Formats()) {
    if (!IsFormatOfRuns(format)) continue;
    if (format.extensions.empty()) {
      if (auto file = AsFileOf(format, SavedName(*step), *step, name)) return file;
    }
    for (const std::string_view extension : format.extensions) {
      const std::string path = SavedName(*step).append(extension);
      if (auto file = AsFileOf(format, path, *step, name)) return file;
    }
  }
  return std::nullopt;
}

void AddTo(SavedFiles& files, std::string_view name, bool is_commit_file) {
  files.has_index |= is_commit_file;
  files.num_commit_files += is_commit_file ? 1 : 0;
  files.names.emplace(is_commit_file ? files.names.begin() : files.names.end(), name);
}

void AddFile(const std::string& file, SavedListing& listing) {
  const auto final_name = FinalNameOf(file);
  if (final_name == kStateFileName) return listing.temporaries.push_back(file);
  const auto saved = ParseSavedFile(final_name.value_or(file));
  if (!saved) return;
  if (final_name) return listing.temporaries.push_back(file);
  AddTo(listing.by_step[saved->step], file, saved->is_commit_file);
}

// The folder for what is damaged, which is made where it does not exist.
Result<std::string> MakeAside(FileSystem& fs, const std::string& directory) {
  std::string aside = JoinPath(directory, kAside);
  const Result<FileInfo> info = fs.StatName(aside);
  if (info.ok() && info->kind == FileKind::kLink) {
    return Status(Reason::kFileType, "is a link, which may lead out of the run")
        .AtPath(aside)
        .WithHint("Remove the link; a folder is made in its place.");
  }
  CAIRN_RETURN_IF_ERROR(fs.CreateDirectories(aside));
  return aside;
}

// A name under which nothing lies in `aside` yet, by itself, with an ending, or as a shard.
Result<std::string> UnusedName(FileSystem& fs, const std::string& aside, const std::string& name) {
  CAIRN_ASSIGN_OR_RETURN(const std::vector<std::string> taken, fs.List(aside));
  std::string candidate = name;
  for (int i = 2;; ++i) {
    const std::string begin = candidate + ".";
    const auto has_it = [&](const std::string& file) {
      const auto saved = ParseSavedFile(file);
      return file == candidate || file.starts_with(begin) ||
             (saved && SavedName(saved->step) == candidate);
    };
    if (std::ranges::none_of(taken, has_it)) return candidate;
    candidate = name + "-" + std::to_string(i);
  }
}

// Whether the files keep belonging together under another name. An index of safetensors names its
// shards.
bool CanBeRenamed(const std::string& name, const SavedFiles& files) {
  return std::ranges::all_of(files.names, [&](const std::string& file) {
    return file == name || file.starts_with(name + ".");
  });
}

// The new place first: a power cut in between leaves two names, never none.
Status SyncBoth(FileSystem& fs, const std::string& aside, const std::string& directory) {
  CAIRN_RETURN_IF_ERROR(fs.SyncDirectory(aside));
  return fs.SyncDirectory(directory);
}

}  // namespace

std::string NameToOpen(const SavedFiles& files) {
  constexpr std::string_view kIndex = ".index";
  const std::string_view first = files.names.empty() ? std::string_view() : files.names.front();
  if (first.ends_with(kIndex)) return std::string(first.substr(0, first.size() - kIndex.size()));
  return std::string(SavedForm(first));
}

Result<SavedListing> ListSavedFiles(FileSystem& fs, const std::string& directory) {
  SavedListing listing;
  const Result<std::vector<std::string>> names = fs.List(directory);
  if (names.status().reason() == Reason::kMissing) return listing;
  CAIRN_RETURN_IF_ERROR(names.status());
  for (const std::string& name : *names) AddFile(name, listing);
  return listing;
}

void AddPending(int64_t step, SavedListing& listing) {
  for (const std::string& temporary : listing.temporaries) {
    const auto name = FinalNameOf(temporary);
    const auto saved = name ? ParseSavedFile(*name) : std::nullopt;
    if (!saved || saved->step != step) continue;
    SavedFiles& files = listing.by_step[step];
    if (std::ranges::find(files.names, *name) == files.names.end())
      AddTo(files, *name, saved->is_commit_file);
  }
}

Status RemoveSavedFiles(FileSystem& fs, const std::string& directory, const SavedFiles& files,
                        Durability durability) {
  const size_t num_commit_files = std::max<size_t>(files.num_commit_files, files.has_index ? 1 : 0);
  for (size_t i = 0; i < files.names.size(); ++i) {
    const Status removed = fs.Remove(JoinPath(directory, files.names[i]));
    if (!removed.ok() && removed.reason() != Reason::kMissing) return removed;
    const bool is_committed_no_more = i + 1 == num_commit_files;
    if (is_committed_no_more && durability == Durability::kSynced)
      CAIRN_RETURN_IF_ERROR(fs.SyncDirectory(directory));
  }
  return {};
}

Result<std::string> MoveSavedFilesAside(FileSystem& fs, const std::string& directory,
                                        const std::string& name, const SavedFiles& files) {
  CAIRN_ASSIGN_OR_RETURN(const std::string aside, MakeAside(fs, directory));
  CAIRN_ASSIGN_OR_RETURN(const std::string new_name, UnusedName(fs, aside, name));
  const bool needs_folder = new_name != name && !CanBeRenamed(name, files);
  const std::string folder = needs_folder ? JoinPath(aside, new_name) : aside;
  if (needs_folder) CAIRN_RETURN_IF_ERROR(fs.CreateDirectories(folder));
  for (const std::string& file : files.names) {
    const std::string target = needs_folder ? file : new_name + file.substr(name.size());
    CAIRN_RETURN_IF_ERROR(fs.RenameNoReplace(JoinPath(directory, file), JoinPath(folder, target)));
  }
  CAIRN_RETURN_IF_ERROR(SyncBoth(fs, folder, directory));
  return JoinPath(kAside, new_name);
}

Result<std::string> MoveStateFileAside(FileSystem& fs, const std::string& directory) {
  CAIRN_ASSIGN_OR_RETURN(const std::string aside, MakeAside(fs, directory));
  CAIRN_ASSIGN_OR_RETURN(const std::string name,
                         UnusedName(fs, aside, std::string(kStateFileName)));
  CAIRN_RETURN_IF_ERROR(
      fs.RenameNoReplace(JoinPath(directory, kStateFileName), JoinPath(aside, name)));
  CAIRN_RETURN_IF_ERROR(SyncBoth(fs, aside, directory));
  return JoinPath(kAside, name);
}

}  // namespace cairn
