#include "cairn/checkpoint/locate_in_folder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "cairn/formats/npz/npz.h"
#include "cairn/formats/safetensors/safetensors.h"
#include "cairn/graph/graph_file.h"
#include "cairn/io/path.h"
#include "cairn/state/checkpoint_files.h"

namespace cairn {
namespace {

// Each of these files (one message, text, several messages) makes a directory a SavedModel.
constexpr std::array kSavedModelFiles = {kSavedModelFile, std::string_view("saved_model.pbtxt"),
                                         std::string_view("saved_model.cpb")};

// Returns the names with this ending.
std::vector<std::string> WithExtension(const std::vector<std::string>& names,
                                       std::string_view extension) {
  std::vector<std::string> found;
  std::ranges::copy_if(names, std::back_inserter(found),
                       [&](const std::string& name) { return name.ends_with(extension); });
  return found;
}

std::optional<uint64_t> ParseVersion(std::string_view name) {
  uint64_t version = 0;
  const char* const end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data(), end, version);
  if (error != std::errc() || stop != end) return std::nullopt;
  return version;
}

// Returns the name of the file in FolderChoice::path; the directory is put before it later.
std::optional<FolderChoice> ChooseName(const std::vector<std::string>& names) {
  const std::string usual = "model" + std::string(safetensors::kFileExtension);
  const std::string usual_index = "model" + std::string(safetensors::kIndexExtension);
  for (const std::string& name : {usual, usual_index}) {
    if (std::ranges::find(names, name) != names.end()) return FolderChoice{name, ""};
  }
  for (const std::string_view extension :
       {safetensors::kIndexExtension, safetensors::kFileExtension, npz::kNpzExtensions[0]}) {
    const std::vector<std::string> found = WithExtension(names, extension);
    if (found.size() == 1)
      return FolderChoice{found[0], "the only " + std::string(extension) + " file there"};
    if (found.size() > 1) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<FolderChoice>> ChooseFile(FileSystem& fs, const std::string& directory) {
  CAIRN_ASSIGN_OR_RETURN(const std::vector<std::string> names, fs.List(directory));
  std::optional<FolderChoice> choice = ChooseName(names);
  if (choice) choice->path = JoinPath(directory, choice->path);
  return choice;
}

Result<std::optional<ServedVersion>> NewestVersion(FileSystem& fs, const std::string& directory) {
  CAIRN_ASSIGN_OR_RETURN(const std::vector<std::string> names, fs.List(directory));
  std::optional<ServedVersion> newest;
  uint64_t highest = 0;
  size_t num_versions = 0;
  for (const std::string& name : names) {
    const auto version = ParseVersion(name);
    if (!version) continue;
    const std::string path = JoinPath(directory, name);
    CAIRN_ASSIGN_OR_RETURN(auto file, FindSavedModelFile(fs, path));
    if (!file) continue;
    ++num_versions;
    if (newest && *version <= highest) continue;
    highest = *version;
    newest = ServedVersion{path, *std::move(file)};
  }
  if (newest) newest->num_versions = num_versions;
  return newest;
}

Result<std::optional<std::string>> FindSavedModelFile(FileSystem& fs,
                                                      const std::string& directory) {
  for (const std::string_view name : kSavedModelFiles) {
    std::string file = JoinPath(directory, name);
    CAIRN_ASSIGN_OR_RETURN(const bool is_there, IsRegularFile(fs, file));
    if (is_there) return std::optional(std::move(file));
  }
  return std::optional<std::string>();
}

bool IsSavedModelFileName(std::string_view name) {
  return std::ranges::find(kSavedModelFiles, name) != kSavedModelFiles.end();
}

}  // namespace cairn
