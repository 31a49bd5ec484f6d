#include "cairn/transfer/chunk_plan.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "cairn/core/checked_math.h"

namespace cairn {
namespace {

// The cost of looking after an item, in the time of bytes moved: without it a million empty tensors
// would be one task.
constexpr uint64_t kItemCost = 256;

constexpr uint64_t kPageNbytes = 4096;

std::vector<size_t> InFileOrder(std::span<const PlanItem> items) {
  std::vector<size_t> order(items.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, [&](size_t a, size_t b) {
    if (items[a].file != items[b].file)
      return std::less<const void*>()(items[a].file, items[b].file);
    return items[a].offset < items[b].offset;
  });
  return order;
}

}  // namespace

Result<ChunkPlan> ChunkPlan::Make(std::span<const PlanItem> items, Cuts cuts) {
  const bool is_along_file = cuts == Cuts::kAlongFile;
  ChunkPlan plan(is_along_file ? kFileBlockNbytes : kPageNbytes);
  plan.steps_.reserve(items.size());
  uint64_t end = 0;
  for (size_t i : InFileOrder(items)) {
    const uint64_t past_cut = is_along_file ? items[i].offset % kFileBlockNbytes : 0;
    plan.steps_.push_back({i, end, items[i].nbytes, past_cut, items[i].may_be_cut});
    const auto next = CheckedAdd(end, LengthOnLine(items[i]));
    const auto total = CheckedAdd(plan.total_nbytes_, items[i].nbytes);
    if (!next || !total) return Status(Reason::kOverflow, "the tensors have 2^64 bytes or more");
    end = *next;
    plan.total_nbytes_ = *total;
  }
  plan.num_tasks_ = end / kChunkNbytes + (end % kChunkNbytes != 0);
  return plan;
}

// A value that is not cut takes one chunk at most: the task that meets it has enough to do.
uint64_t ChunkPlan::LengthOnLine(const PlanItem& item) {
  return kItemCost + (item.may_be_cut ? item.nbytes : std::min(item.nbytes, kChunkNbytes));
}

// Returns the byte of the value that a position on the line falls on.
uint64_t ChunkPlan::CutAt(const Step& step, uint64_t position) const {
  if (position <= step.start) return 0;
  const uint64_t along = position - step.start;
  if (!step.may_be_cut || along >= kItemCost + step.nbytes) return step.nbytes;
  if (along <= kItemCost) return 0;
  const uint64_t wanted = step.past_cut + along - kItemCost;
  const uint64_t cut = wanted - wanted % cut_alignment_;
  return cut > step.past_cut ? cut - step.past_cut : 0;
}

std::vector<Chunk> ChunkPlan::Chunks(size_t task) const {
  const uint64_t from = task * kChunkNbytes;
  const uint64_t to = from + kChunkNbytes;
  // The last item that starts at or before `from` may reach into the task.
  auto step = std::ranges::upper_bound(steps_, from, {}, &Step::start);
  if (step != steps_.begin()) --step;
  std::vector<Chunk> chunks;
  for (; step != steps_.end() && step->start < to; ++step) {
    const uint64_t begin = CutAt(*step, from);
    const uint64_t end = CutAt(*step, to);
    const bool is_empty_item = step->nbytes == 0 && step->start >= from;
    if (begin < end || is_empty_item) chunks.push_back({step->item, begin, end - begin});
  }
  return chunks;
}

}  // namespace cairn
