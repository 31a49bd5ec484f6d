#include "cairn/graph/object_names.h"

#include "cairn/graph/object_paths.h"
#include "cairn/graph/stored_object_graph.h"

namespace cairn {

Result<ObjectNames> ReadObjectNames(const TensorDict& dict) {
  CAIRN_ASSIGN_OR_RETURN(const auto graph, ReadObjectGraph(dict));
  return graph ? NamesOfObjects(*graph) : ObjectNames();
}

std::string_view NameIn(NameStyle style, const ObjectNames& names, std::string_view key) {
  if (style == NameStyle::kKey) return key;
  const auto found = names.find(key);
  if (found == names.end()) return key;
  const std::string& name =
      style == NameStyle::kPath ? found->second.path : found->second.full_name;
  return name.empty() ? key : std::string_view(name);
}

}  // namespace cairn
