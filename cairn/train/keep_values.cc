#include "cairn/train/keep_values.h"

#include <atomic>
#include <optional>
#include <vector>

#include "cairn/source/read_once_source.h"
#include "cairn/transfer/read_into_arena.h"

namespace cairn {
namespace {

bool IsNumeric(const TensorSource& source) { return ElementNbytes(source.dtype()) != 0; }

// Returns for each value of the dict its position among the frozen ones if it is to stay frozen,
// and nothing if it is to be copied.
Result<std::vector<std::optional<size_t>>> ChooseFrozen(const TensorDict& dict,
                                                        const TensorDict& frozen, uint64_t budget) {
  std::vector<std::optional<size_t>> chosen(dict.size());
  for (size_t i = dict.size(); i-- > 0;) {
    const std::optional<size_t> position = frozen.Find(dict.name(i));
    CAIRN_ASSIGN_OR_RETURN(const auto source, dict.source(i));
    if (!position || !IsNumeric(*source)) continue;
    const uint64_t nbytes = NbytesInArena(*source);
    if (nbytes > budget) {
      chosen[i] = position;
    } else {
      budget -= nbytes;
    }
  }
  return chosen;
}

// Returns the values that are to be copied.
Result<TensorDict> Without(const TensorDict& dict,
                           const std::vector<std::optional<size_t>>& frozen) {
  TensorDict::Builder others;
  for (size_t i = 0; i < dict.size(); ++i) {
    if (frozen[i]) continue;
    CAIRN_ASSIGN_OR_RETURN(auto source, dict.source(i));
    others.Add(std::string(dict.name(i)), std::move(source));
  }
  return others.Build();
}

void ReleaseCopied(const TensorDict& copied, FrozenVariables& frozen) {
  for (size_t i = 0; i < copied.size(); ++i) {
    if (const auto position = frozen.values().Find(copied.name(i))) frozen.Release(*position);
  }
}

}  // namespace

Result<uint64_t> NbytesOfCopy(const TensorDict& dict) {
  uint64_t nbytes = 0;
  for (size_t i = 0; i < dict.size(); ++i) {
    CAIRN_ASSIGN_OR_RETURN(const auto source, dict.source(i));
    if (IsNumeric(*source)) nbytes += NbytesInArena(*source);
  }
  return nbytes;
}

Result<KeptValues> KeepValues(const TensorDict& dict,
                              const std::shared_ptr<FrozenVariables>& frozen, uint64_t budget,
                              SnapshotMemory& memory, const TransferOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const std::vector<std::optional<size_t>> positions,
                         ChooseFrozen(dict, frozen->values(), budget));
  CAIRN_ASSIGN_OR_RETURN(const TensorDict others, Without(dict, positions));
  CAIRN_ASSIGN_OR_RETURN(const TensorDict copied, memory.Copy(others, options));
  ReleaseCopied(copied, *frozen);

  const auto is_any_released = std::make_shared<std::atomic<bool>>(false);
  TensorDict::Builder all;
  for (size_t i = 0; i < dict.size(); ++i) {
    const std::string name(dict.name(i));
    if (!positions[i]) {
      CAIRN_ASSIGN_OR_RETURN(auto source, copied.Get(name));
      all.Add(name, std::move(source));
      continue;
    }
    CAIRN_ASSIGN_OR_RETURN(auto source, frozen->values().source(*positions[i]));
    const auto release = [frozen, is_any_released, position = *positions[i]] {
      is_any_released->store(true);
      frozen->Release(position);
    };
    all.Add(name, ReadOnceSource(std::move(source), release));
  }
  KeptValues kept;
  CAIRN_ASSIGN_OR_RETURN(kept.dict, all.Build());
  kept.can_be_read_again = [is_any_released] { return !is_any_released->load(); };
  return kept;
}

}  // namespace cairn
