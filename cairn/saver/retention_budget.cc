#include "cairn/saver/retention_budget.h"

#include <tuple>

#include "cairn/checkpoint/verdict.h"
#include "cairn/core/checked_math.h"

namespace cairn {
namespace {

// The checkpoints that stay: the most important first, of equally important ones the newest.
std::vector<RetentionCandidate*> MostImportantFirst(std::vector<RetentionCandidate>& candidates) {
  std::vector<RetentionCandidate*> order;
  for (size_t i = candidates.size(); i-- > 0;)
    if (candidates[i].is_kept()) order.push_back(&candidates[i]);
  const auto comes_before = [](const RetentionCandidate* a, const RetentionCandidate* b) {
    return std::tuple(b->importance, a->best_rank) < std::tuple(a->importance, b->best_rank);
  };
  std::ranges::stable_sort(order, comes_before);
  return order;
}

// The part of a budget that is not used up.
class Room {
 public:
  explicit Room(uint64_t nbytes) : left_(nbytes) {}

  bool Fits(const RetentionCandidate& candidate) const { return candidate.nbytes <= left_; }
  // Takes what a candidate needs. Once one does not fit, none does: a less important one must not
  // stay in its place.
  bool Take(const RetentionCandidate& candidate) {
    is_full_ = is_full_ || !Fits(candidate);
    if (!is_full_) left_ -= candidate.nbytes;
    return !is_full_;
  }
  bool is_full() const { return is_full_; }

 private:
  uint64_t left_;
  bool is_full_ = false;
};

}  // namespace

uint64_t NbytesKept(const std::vector<RetentionCandidate>& candidates) {
  uint64_t nbytes = 0;
  for (const RetentionCandidate& candidate : candidates)
    if (candidate.is_kept()) nbytes = CheckedAdd(nbytes, candidate.nbytes).value_or(UINT64_MAX);
  return nbytes;
}

void FitBudget(uint64_t nbytes, const std::string& reason,
               const std::function<Status(const RetentionCandidate&)>& judge,
               std::vector<RetentionCandidate>& candidates) {
  if (NbytesKept(candidates) <= nbytes) return;
  Room room(nbytes);
  std::vector<RetentionCandidate*> damaged;
  const std::vector<RetentionCandidate*> order = MostImportantFirst(candidates);
  for (RetentionCandidate* candidate : order) {
    const bool is_last_good = candidate->importance == Importance::kLastGood;
    // Where no other one waits for its place, one that does not fit goes unread.
    const bool is_gone = room.is_full() || (candidate == order.back() && !room.Fits(*candidate));
    if (!is_last_good && !is_gone && IsDamage(judge(*candidate))) {
      damaged.push_back(candidate);
      continue;
    }
    if (!room.Take(*candidate) && !is_last_good) candidate->Drop(reason);
  }
  // The checkpoints that are worth something have what they need, so a damaged one may stay where
  // it fits.
  for (RetentionCandidate* candidate : damaged)
    if (!room.Take(*candidate)) candidate->Drop(reason);
}

}  // namespace cairn
