#include "cairn/train/saved_files.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/io/path.h"
#include "cairn/state/state_file.h"

namespace cairn {
namespace {

constexpr std::string_view kTemporary = ".cairn-tmp";
constexpr std::string_view kAside = "damaged";

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "data-00000-of-00001"
bool IsDataSuffix(std::string_view suffix) {
  constexpr std::string_view kData = "data-";
  constexpr std::string_view kOf = "-of-";
  if (!suffix.starts_with(kData)) return false;
  const size_t of = suffix.find(kOf);
  return of != std::string_view::npos && IsDigits(suffix.substr(kData.size(), of - kData.size())) &&
         IsDigits(suffix.substr(of + kOf.size()));
}

// Cuts `.cairn-tmpN` off.
bool CutTemporary(std::string_view& name) {
  const size_t at = name.rfind(kTemporary);
  if (at == std::string_view::npos || !IsDigits(name.substr(at + kTemporary.size()))) return false;
  name = name.substr(0, at);
  return true;
}

void AddFile(const std::string& file, SavedListing& listing) {
  std::string_view name = file;
  const bool is_temporary = CutTemporary(name);
  if (is_temporary && name == kStateFileName) return listing.temporaries.push_back(file);

  const size_t dot = name.find('.');
  if (dot == std::string_view::npos) return;
  const std::optional<int64_t> step = StepOfSavedName(name.substr(0, dot));
  const std::string_view suffix = name.substr(dot + 1);
  const bool is_index = suffix == "index";
  if (!step || !(is_index || suffix == "meta" || IsDataSuffix(suffix))) return;
  if (is_temporary) return listing.temporaries.push_back(file);

  SavedFiles& files = listing.by_step[*step];
  files.has_index |= is_index;
  files.names.insert(is_index ? files.names.begin() : files.names.end(), file);
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

// A name under which nothing lies in `aside` yet, by itself or with an ending.
Result<std::string> UnusedName(FileSystem& fs, const std::string& aside, const std::string& name) {
  CAIRN_ASSIGN_OR_RETURN(const std::vector<std::string> taken, fs.List(aside));
  std::string candidate = name;
  for (int i = 2;; ++i) {
    const std::string begin = candidate + ".";
    const auto has_it = [&](const std::string& file) {
      return file == candidate || file.starts_with(begin);
    };
    if (std::ranges::none_of(taken, has_it)) return candidate;
    candidate = name + "-" + std::to_string(i);
  }
}

// The new place first: a power cut in between leaves two names, never none.
Status SyncBoth(FileSystem& fs, const std::string& aside, const std::string& directory) {
  CAIRN_RETURN_IF_ERROR(fs.SyncDirectory(aside));
  return fs.SyncDirectory(directory);
}

}  // namespace

Result<SavedListing> ListSavedFiles(FileSystem& fs, const std::string& directory) {
  SavedListing listing;
  const Result<std::vector<std::string>> names = fs.List(directory);
  if (names.status().reason() == Reason::kMissing) return listing;
  CAIRN_RETURN_IF_ERROR(names.status());
  for (const std::string& name : *names) AddFile(name, listing);
  return listing;
}

Status RemoveSavedFiles(FileSystem& fs, const std::string& directory, const SavedFiles& files,
                        Durability durability) {
  for (size_t i = 0; i < files.names.size(); ++i) {
    const Status removed = fs.Remove(JoinPath(directory, files.names[i]));
    if (!removed.ok() && removed.reason() != Reason::kMissing) return removed;
    const bool is_synced = durability == Durability::kSynced;
    if (i == 0 && files.has_index && is_synced) CAIRN_RETURN_IF_ERROR(fs.SyncDirectory(directory));
  }
  return {};
}

Result<std::string> MoveSavedFilesAside(FileSystem& fs, const std::string& directory,
                                        const std::string& name, const SavedFiles& files) {
  CAIRN_ASSIGN_OR_RETURN(const std::string aside, MakeAside(fs, directory));
  CAIRN_ASSIGN_OR_RETURN(const std::string new_name, UnusedName(fs, aside, name));
  for (const std::string& file : files.names) {
    const std::string target = JoinPath(aside, new_name + file.substr(name.size()));
    CAIRN_RETURN_IF_ERROR(fs.RenameNoReplace(JoinPath(directory, file), target));
  }
  CAIRN_RETURN_IF_ERROR(SyncBoth(fs, aside, directory));
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
