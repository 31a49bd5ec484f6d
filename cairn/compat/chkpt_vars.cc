#include "cairn/compat/chkpt_vars.h"

#include <map>

#include "cairn/core/escape.h"
#include "cairn/core/variable_names.h"
#include "cairn/formats/npz/npz.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/io/path.h"
#include "cairn/state/state_file.h"
#include "cairn/transfer/materialize.h"
#include "cairn/transform/name_rules.h"

namespace cairn {
namespace {

uint64_t PlaceOf(const TensorDict& dict, size_t i) {
  const auto stored = dict.stored_at(i);
  return stored ? stored->offset : 0;
}

std::vector<RenamedTensor> PlanOf(const std::map<std::string, size_t>& sources) {
  std::vector<RenamedTensor> plan;
  for (const auto& [name, source] : sources) plan.push_back({name, source});
  return plan;
}

// Where two tensors would have one name, the one that is later in the file stays.
TensorDict LaterWins(const TensorDict& dict) {
  std::map<std::string, size_t> sources;
  for (size_t i = 0; i < dict.size(); ++i) {
    const auto [found, is_new] = sources.try_emplace(std::string(OpName(dict.name(i))), i);
    if (!is_new && PlaceOf(dict, i) > PlaceOf(dict, found->second)) found->second = i;
  }
  return RenamedDict(dict, PlanOf(sources));
}

Result<TensorDict> WithOpNames(const TensorDict& dict) {
  std::map<std::string, size_t> sources;
  for (size_t i = 0; i < dict.size(); ++i) {
    const auto [found, is_new] = sources.try_emplace(std::string(OpName(dict.name(i))), i);
    if (!is_new)
      return Status(Reason::kArgument, Quoted(dict.name(found->second)) + " and " +
                                           Quoted(dict.name(i)) + " would both be " +
                                           Quoted(found->first))
          .WithHint("leave one of them out, or save as .npz, where names stay as they are");
  }
  return RenamedDict(dict, PlanOf(sources));
}

}  // namespace

Result<TensorDict> LoadChkptVars(FileSystem& fs, std::string_view path,
                                 const TransferOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const Opened opened, OpenResolved(fs, path));
  const bool is_npz = opened.format->name == npz::kNpzFormat.name;
  return Materialize(is_npz ? LaterWins(opened.dict) : opened.dict, options);
}

Result<SaveReport> SaveChkptVars(FileSystem& fs, const std::string& path, const TensorDict& dict,
                                 const SaveOptions& options) {
  const Format& format = FormatOfNew(path);
  if (format.name == npz::kNpyFormat.name)
    return Status(Reason::kArgument, "an .npy file holds one array, without a name")
        .AtPath(path)
        .WithHint("name a .npz file");
  if (format.name == npz::kNpzFormat.name) {
    SaveOptions packed = options;
    packed.compress = true;
    return Save(fs, path, dict, packed);
  }
  CAIRN_ASSIGN_OR_RETURN(const TensorDict named, WithOpNames(dict).AtPath(path));
  CAIRN_ASSIGN_OR_RETURN(SaveReport report, Save(fs, path, named, options));
  if (format.name != tf_bundle::kFormat.name) return report;
  StateFile state;
  state.latest = BaseName(path);
  state.all = {state.latest};
  CAIRN_RETURN_IF_ERROR(WriteStateFile(fs, DirectoryOf(path), state));
  return report;
}

}  // namespace cairn
