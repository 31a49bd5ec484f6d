// All names of the tensors of a dict: their keys, and those in the object graph of a TF2
// checkpoint.
#ifndef CAIRN_TRANSFORM_TENSOR_NAMES_H_
#define CAIRN_TRANSFORM_TENSOR_NAMES_H_

#include <string_view>

#include "cairn/core/tensor_dict.h"
#include "cairn/graph/object_names.h"
#include "cairn/transform/name_pattern.h"

namespace cairn {

// Whether a pattern matches one of the names of a tensor; `others` may be null.
bool MatchesOneName(const NamePattern& pattern, std::string_view key, const ObjectName* others);

class TensorNames {
 public:
  // Reads the object graph. Keys are the only names if there is none, or one that cannot be read.
  explicit TensorNames(TensorDict dict);

  // Whether a pattern matches one of the names of tensor `i`.
  bool Match(const NamePattern& pattern, size_t i) const;

  // Returns the tensor of a name; its key comes before all other names. Errors: kMissing (with near
  // names as hint), kArgument (several tensors have it).
  Result<size_t> Find(std::string_view name) const;

  // The error of a pattern that matches no tensor.
  Status NoMatch(const NamePattern& pattern) const;

 private:
  const ObjectName* OthersOf(size_t i) const;
  std::string NearNames(std::string_view name) const;

  TensorDict dict_;
  ObjectNames others_;
};

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_TENSOR_NAMES_H_
