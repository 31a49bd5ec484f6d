// How a transfer is cut into tasks that threads can share: all values in the order of their files,
// a large one over several tasks, many small ones in one. A plan holds a few bytes for each value,
// however large the values are.
#ifndef CAIRN_TRANSFER_CHUNK_PLAN_H_
#define CAIRN_TRANSFER_CHUNK_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cairn/core/status.h"

namespace cairn {

// About as much as one task moves: long enough that threads seldom meet, short enough that they
// end together.
inline constexpr uint64_t kChunkNbytes = uint64_t{4} << 20;

// The most that one write brings, which is the size of a huge page. Where a write fills such a
// block of the file, the kernel can keep it in one piece of memory: it is written, and later
// mapped, in about half the time that the same bytes take in single pages.
inline constexpr uint64_t kFileBlockNbytes = uint64_t{2} << 20;

enum class Cuts : uint8_t {
  kAlongValue,  // at multiples of 4096 bytes of a value: copies into aligned memory stay aligned
  kAlongFile,   // at multiples of kFileBlockNbytes of the file
};

// One value, and where it lies in the file that decides the order.
struct PlanItem {
  const void* file = nullptr;  // whatever tells files apart
  uint64_t offset = 0;
  uint64_t nbytes = 0;
  bool may_be_cut = false;  // false: one task moves it whole
};

// Bytes [begin, begin + nbytes) of an item's value.
struct Chunk {
  size_t item = 0;
  uint64_t begin = 0;
  uint64_t nbytes = 0;
};

// Every byte of every item is in exactly one chunk of one task; an empty item is one empty chunk.
class ChunkPlan {
 public:
  // Errors: kOverflow (items that overlap without end: 2^64 bytes in all).
  static Result<ChunkPlan> Make(std::span<const PlanItem> items, Cuts cuts = Cuts::kAlongValue);

  size_t num_items() const { return steps_.size(); }
  size_t num_tasks() const { return num_tasks_; }
  uint64_t total_nbytes() const { return total_nbytes_; }

  // The chunks of a task in file order; `task` must be below num_tasks().
  std::vector<Chunk> Chunks(size_t task) const;

 private:
  // The items in order, laid end to end on a line: a task is a stretch of kChunkNbytes of it.
  struct Step {
    size_t item;
    uint64_t start;  // on the line
    uint64_t nbytes;
    uint64_t past_cut;  // bytes from the last place before the value where it could be cut
    bool may_be_cut;
  };

  explicit ChunkPlan(uint64_t cut_alignment) : cut_alignment_(cut_alignment) {}
  static uint64_t LengthOnLine(const PlanItem& item);
  uint64_t CutAt(const Step& step, uint64_t position) const;

  uint64_t cut_alignment_;
  std::vector<Step> steps_;
  size_t num_tasks_ = 0;
  uint64_t total_nbytes_ = 0;
};

}  // namespace cairn

#endif  // CAIRN_TRANSFER_CHUNK_PLAN_H_
