// Entries that TensorFlow or Cairn keeps among the tensors of a checkpoint for itself.
#ifndef CAIRN_CORE_BOOKKEEPING_H_
#define CAIRN_CORE_BOOKKEEPING_H_

#include <string_view>

#include "cairn/core/tensor_dict.h"

namespace cairn {

// The object graph of a TF2 checkpoint, serialised; see graph/object_graph.h.
inline constexpr std::string_view kObjectGraphKey = "_CHECKPOINTABLE_OBJECT_GRAPH";
// The state of a training run beside its variables, as JSON; see state/run_state.h.
inline constexpr std::string_view kRunStateName = "_CAIRN_RUN_STATE";
// The losses of a repair, one line each; see checkpoint/partial_rescue.h.
inline constexpr std::string_view kPartialRescueName = "_CAIRN_PARTIAL_RESCUE";
// Where a checkpoint comes from, as JSON; see checkpoint/lineage.h.
inline constexpr std::string_view kLineageName = "_CAIRN_LINEAGE";

// Whether an entry is one of them and not a variable. They are scalar strings.
constexpr bool IsBookkeepingEntry(std::string_view entry) {
  return entry == kObjectGraphKey || entry == kRunStateName || entry == kPartialRescueName ||
         entry == kLineageName;
}

// Whether a tensor is one of them and has one text as its value. Formats that hold no strings keep
// the text elsewhere.
inline bool IsBookkeepingText(const TensorInfo& info) {
  return info.dtype == DType::kString && info.dims.empty() && IsBookkeepingEntry(info.name);
}

}  // namespace cairn

#endif  // CAIRN_CORE_BOOKKEEPING_H_
