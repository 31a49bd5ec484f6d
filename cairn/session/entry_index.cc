#include "cairn/session/entry_index.h"

#include "cairn/core/variable_names.h"

namespace cairn {

EntryIndex::EntryIndex(TensorDict dict) : dict_(std::move(dict)) {
  entries_.reserve(dict_.size());
  for (size_t i = 0; i < dict_.size(); ++i) {
    const std::string_view name = dict_.name(i);
    const std::string_view variable = VariableOfEntry(name);
    const auto [entry, is_new] = entries_.try_emplace(variable, i);
    const bool has_output = name.size() != variable.size();
    if (!is_new && has_output) entry->second = i;
    has_parts_ = has_parts_ || variable.find("/part_0") != std::string_view::npos;
  }
}

std::optional<size_t> EntryIndex::Find(std::string_view variable) const {
  const auto entry = entries_.find(variable);
  if (entry == entries_.end()) return std::nullopt;
  return entry->second;
}

}  // namespace cairn
