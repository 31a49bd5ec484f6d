// The names by which people know the tensors of a TF2 checkpoint, beside their keys.
#ifndef CAIRN_GRAPH_OBJECT_NAMES_H_
#define CAIRN_GRAPH_OBJECT_NAMES_H_

#include <map>
#include <string>
#include <string_view>

#include "cairn/core/export.h"
#include "cairn/core/tensor_dict.h"

namespace cairn {

struct ObjectName {
  // The short path of its object, which no other tensor has: "model/conv1/kernel".
  std::string path;
  // The name that the variable had in its program: "conv1_conv/kernel". Other variables may have
  // it too. Empty if there is none.
  std::string full_name;
};

// By key, for every tensor that an object graph names.
using ObjectNames = std::map<std::string, ObjectName, std::less<>>;

// The names in the object graph of a dict; none if it has no graph. Errors: those of reading and
// parsing it.
CAIRN_EXPORT Result<ObjectNames> ReadObjectNames(const TensorDict& dict);

// By which of its names a tensor is shown or written.
enum class NameStyle : uint8_t { kKey, kPath, kFull };

// Returns the name of a tensor in that style, or its key if it has no such name. The view is valid
// as long as `names` and `key`.
CAIRN_EXPORT std::string_view NameIn(NameStyle style, const ObjectNames& names,
                                     std::string_view key);

}  // namespace cairn

#endif  // CAIRN_GRAPH_OBJECT_NAMES_H_
