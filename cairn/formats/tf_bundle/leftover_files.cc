#include "cairn/formats/tf_bundle/leftover_files.h"

#include "cairn/core/escape.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/io/path.h"

namespace cairn::tf_bundle {
namespace {

// The names in a directory; none where it is not there.
Result<std::vector<std::string>> ListIfThere(FileSystem& fs, const std::string& directory) {
  auto names = fs.List(directory);
  if (!names.ok() && names.status().reason() == Reason::kMissing) return std::vector<std::string>();
  return names;
}

// "PREFIX_temp" and "PREFIX_temp_<32 hex digits>", with the prefix's own name.
bool IsTempDirectory(std::string_view name, std::string_view base) {
  return name.starts_with(base) && name.substr(base.size()).starts_with("_temp");
}

}  // namespace

bool IsTemporaryName(std::string_view name) {
  return name.find(".tempstate") != name.npos || name.find(".cairn-tmp") != name.npos;
}

Result<std::vector<std::string>> ListTemporaryFiles(FileSystem& fs, std::string_view path) {
  const std::string directory = DirectoryOf(path);
  CAIRN_ASSIGN_OR_RETURN(const auto names, ListIfThere(fs, directory));
  std::vector<std::string> files;
  for (const std::string& name : names) {
    if (IsTemporaryName(name) && name.starts_with(BaseName(path)))
      files.push_back(JoinPath(directory, name));
  }
  return files;
}

Result<std::set<uint32_t>> CountsOfDataFiles(FileSystem& fs, const std::string& prefix) {
  std::set<uint32_t> counts;
  CAIRN_ASSIGN_OR_RETURN(const auto names, ListIfThere(fs, DirectoryOf(prefix)));
  for (const std::string& name : names) {
    const auto data = ParseDataPath(name);
    if (data && data->prefix == BaseName(prefix)) counts.insert(data->num_shards);
  }
  return counts;
}

Result<BundleShards::Part> FindDataFiles(FileSystem& fs, const std::string& prefix,
                                         uint32_t num_shards, std::vector<std::string>& notes) {
  BundleShards::Part part{prefix, num_shards};
  CAIRN_ASSIGN_OR_RETURN(const std::set<uint32_t> counts, CountsOfDataFiles(fs, prefix));
  if (!counts.empty() || num_shards != 1) return part;
  CAIRN_ASSIGN_OR_RETURN(auto unfinished, ListTemporaryFiles(fs, DataPath(prefix, 0, 1)));
  if (unfinished.size() != 1) return part;
  notes.push_back(Escape(unfinished[0]) +
                  ": taken as the data file: left by a save that did not finish");
  part.only_file = std::move(unfinished[0]);
  return part;
}

Result<std::vector<std::string>> ListParts(FileSystem& fs, const std::string& prefix) {
  std::vector<std::string> parts;
  const std::string directory = DirectoryOf(prefix);
  CAIRN_ASSIGN_OR_RETURN(const auto names, ListIfThere(fs, directory));
  for (const std::string& name : names) {
    if (!IsTempDirectory(name, BaseName(prefix))) continue;
    const std::string temp = JoinPath(directory, name);
    const auto files = fs.List(temp);
    if (!files.ok()) continue;  // a file of this name
    for (const std::string& file : *files) {
      const std::string ending = IndexPath("");
      if (file.starts_with("part-") && file.ends_with(ending))
        parts.push_back(JoinPath(temp, file.substr(0, file.size() - ending.size())));
    }
  }
  return parts;
}

}  // namespace cairn::tf_bundle
