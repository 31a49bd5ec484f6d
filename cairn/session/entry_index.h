// The entries of a dict by the variables that they hold.
#ifndef CAIRN_SESSION_ENTRY_INDEX_H_
#define CAIRN_SESSION_ENTRY_INDEX_H_

#include <optional>
#include <string_view>
#include <unordered_map>

#include "cairn/core/tensor_dict.h"

namespace cairn {

class EntryIndex {
 public:
  explicit EntryIndex(TensorDict dict);

  // Returns the entry that a variable of this name is restored from: `name:0` before `name`.
  std::optional<size_t> Find(std::string_view variable) const;

  // Whether a dict has names such as "emb/part_0".
  bool has_parts() const { return has_parts_; }

 private:
  TensorDict dict_;  // keeps the names
  std::unordered_map<std::string_view, size_t> entries_;
  bool has_parts_ = false;
};

}  // namespace cairn

#endif  // CAIRN_SESSION_ENTRY_INDEX_H_
