// The parts of planning a save, showing the plan and explaining a failure that verbs share.
#ifndef CAIRN_CLI_PLANNED_SAVE_H_
#define CAIRN_CLI_PLANNED_SAVE_H_

#include <string>
#include <string_view>

#include "cairn/core/tensor_dict.h"
#include "cairn/formats/format.h"
#include "cli/print/json_writer.h"

namespace cairn::cli {

// Whether there is a checkpoint or a file under the path. A dry run says so; a save fails on it.
Result<bool> DestinationExists(const Format& target, const std::string& path);

// Writes `key`: {"path", "format"}, of the source or the target.
void WriteSide(JsonWriter& json, std::string_view key, const std::string& path,
               std::string_view format);

// Turns the error of a format that cannot hold all tensors into one that names the flags to use.
Status WithFlags(const Status& held, const Format& target, const TensorDict& dict,
                 const SaveOptions& saving);

// Adds to the error of a save onto what exists that --force replaces it, if it does: one file can
// be replaced, a bundle or shards, which are several, cannot.
Status WithForceHint(const Status& error, const Format& target, const SaveOptions& saving,
                     bool exists);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PLANNED_SAVE_H_
