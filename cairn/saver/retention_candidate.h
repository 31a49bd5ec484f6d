// A checkpoint while the rules of retention judge it.
#ifndef CAIRN_SAVER_RETENTION_CANDIDATE_H_
#define CAIRN_SAVER_RETENTION_CANDIDATE_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cairn/saver/retention.h"

namespace cairn {

// The strongest reason for which a checkpoint stays. If a budget is exceeded, checkpoints of an
// earlier value go before those of a later one.
enum class Importance : uint8_t {
  kNone,      // No rule keeps it.
  kDamaged,   // It is left alone, and does not count.
  kHistory,   // Its step or its time keeps it.
  kNewest,    // It is one of the newest.
  kBest,      // It is one of the best.
  kLastGood,  // Without it the run could not be resumed, or only from an older one.
};

struct RetentionCandidate {
  int64_t step = 0;
  double time = 0;      // when it was saved, in seconds since 1970
  uint64_t nbytes = 0;  // 0 where it is not known
  Importance importance = Importance::kNone;
  uint64_t best_rank = 0;  // among those that are kBest: 0 is the best
  bool is_spared = false;  // by keep_checkpoint_every_n_hours
  std::vector<std::string> reasons = {};

  bool is_kept() const { return importance != Importance::kNone; }

  void Keep(Importance why, std::string reason) {
    importance = std::max(importance, why);
    reasons.push_back(std::move(reason));
  }
  void Drop(std::string reason) {
    importance = Importance::kNone;
    reasons = {std::move(reason)};
  }
};

// The difference between time stamps that must differ, in seconds: far above the resolution of a
// double of this size.
inline constexpr double kTimeTick = 0.001;

// The step of an entry of the state file; nothing if ModelSaver does not write such names.
std::optional<int64_t> StepOfEntry(const std::string& path);
// The time stamp of an entry of the state file; 0 where it has none that can be used.
double TimeOfEntry(const StateFile& state, size_t i);

// Returns all checkpoints by step, the one just saved last. Where no time is known it is just
// before that of the next one. The new one is younger than all, even where the clock went back.
std::vector<RetentionCandidate> MakeCandidates(const RetentionInput& input);

}  // namespace cairn

#endif  // CAIRN_SAVER_RETENTION_CANDIDATE_H_
