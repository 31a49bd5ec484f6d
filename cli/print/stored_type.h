// Names the type of a tensor for listings, also if its type in the file is not one of the dtypes.
#ifndef CAIRN_CLI_PRINT_STORED_TYPE_H_
#define CAIRN_CLI_PRINT_STORED_TYPE_H_

#include <string>

#include "cairn/core/tensor_dict.h"
#include "cli/print/json_writer.h"

namespace cairn::cli {

// Returns the dtype, or the file's own name of it for a tensor that cannot be read: "object".
std::string TypeName(const TensorInfo& info);

// Returns "  stored as datetime64[ns]", or "  not read: …" with the reason for a tensor that cannot
// be read, for the end of its line. It is empty for all other tensors.
std::string RemarkOnType(const TensorDict& dict, size_t i);

// Writes the keys "stored_as" and "error", which says why a tensor cannot be read. Other tensors do
// not have them.
void WriteStoredType(JsonWriter& json, const TensorDict& dict, size_t i);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_STORED_TYPE_H_
