#include "cli/print/stored_type.h"

#include "cairn/core/escape.h"
#include "cli/print/finding_json.h"

namespace cairn::cli {

std::string TypeName(const TensorInfo& info) {
  return info.is_readable() ? std::string(Name(info.dtype)) : Escape(info.stored_as);
}

std::string RemarkOnType(const TensorDict& dict, size_t i) {
  const TensorInfo info = dict.info(i);
  if (!info.is_readable()) return "  not read: " + std::string(dict.source(i).status().text());
  return info.stored_as.empty() ? "" : "  stored as " + Escape(info.stored_as);
}

void WriteStoredType(JsonWriter& json, const TensorDict& dict, size_t i) {
  const TensorInfo info = dict.info(i);
  if (!info.stored_as.empty()) json.Name("stored_as", info.stored_as);
  if (!info.is_readable()) WriteError(json, dict.source(i).status());
}

}  // namespace cairn::cli
