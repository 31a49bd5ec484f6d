#include "cli/planned_save.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/transform/name_rules.h"

namespace cairn::cli {

Result<bool> DestinationExists(const Format& target, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const bool is_match, target.recognise(LocalFileSystem(), path));
  if (is_match) return true;
  return LocalFileSystem().Exists(path);
}

void WriteSide(JsonWriter& json, std::string_view key, const std::string& path,
               std::string_view format) {
  json.Key(key);
  json.BeginObject();
  json.Name("path", path);
  json.Name("format", format);
  json.EndObject();
}

Status WithFlags(const Status& held, const Format& target, const TensorDict& dict,
                 const SaveOptions& saving) {
  constexpr int kMaxNamed = 5;
  const bool is_npy = target.name == "npy";
  if (is_npy && dict.size() == 1) return held;  // its hint names the format to use
  if (is_npy) return held.WithHint("choose one tensor with --select, or name a .npz file");
  std::string flags;
  std::string way_to_keep;
  int num_named = 0;
  for (size_t i = 0; i < dict.size() && num_named < kMaxNamed; ++i) {
    const std::string name(dict.name(i));
    if (target.can_hold(RenamedDict(dict, {{name, i}}), saving).ok()) continue;
    const bool is_string = dict.info(i).dtype == DType::kString;
    if (is_string && target.can_keep_strings)
      way_to_keep = "keep string tensors in the metadata with --strings=metadata, or ";
    flags += " --exclude " + Quoted(name);
    ++num_named;
  }
  const bool is_readable = std::ranges::all_of(dict, &TensorInfo::is_readable);
  return held.WithHint(
      way_to_keep + (is_readable ? "leave out what it cannot hold:" : "leave them out:") + flags);
}

Status WithForceHint(const Status& error, const Format& target, const SaveOptions& saving,
                     bool exists) {
  const bool is_one_file = target.is_one_file && saving.max_shard_nbytes == 0;
  if (error.reason() != Reason::kExists || !exists || !is_one_file) return error;
  return error.WithHint("choose another name, or replace that file: --force");
}

}  // namespace cairn::cli
