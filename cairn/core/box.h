// A box of a tensor: a range of each of its dimensions. The slices of partitioned variables, and
// those that someone wants to read, are boxes.
#ifndef CAIRN_CORE_BOX_H_
#define CAIRN_CORE_BOX_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/core/status.h"

namespace cairn {

// Elements [start, start + length) of one dimension.
struct Range {
  int64_t start = 0;
  int64_t length = 0;

  friend bool operator==(const Range&, const Range&) = default;
};

// One range a dimension; none for a scalar.
using Box = std::vector<Range>;

// `count` elements of one dimension from `start` on, `step` apart.
struct StridedRange {
  uint64_t start = 0;
  uint64_t step = 1;
  uint64_t count = 0;
};

// Whether `box` lies inside a tensor of these dimensions. Errors: kSlice (another rank, a negative
// number, a range that ends past its dimension).
CAIRN_EXPORT Status CheckBox(std::span<const int64_t> dims, const Box& box);

// The whole of a tensor.
CAIRN_EXPORT Box WholeBox(std::span<const int64_t> dims);

// Elements in a box that CheckBox accepts.
CAIRN_EXPORT uint64_t NumElementsOf(const Box& box);

// "[0:5, 2:4]", as numpy writes it.
CAIRN_EXPORT std::string ToString(const Box& box);

// The runs of a box, with or without steps: stretches whose elements lie one after the other in
// the tensor, too. All are of one length, and come in row-major order, which is also the order of
// the box by itself.
class CAIRN_EXPORT BoxRuns {
 public:
  // `box`, or the ranges, must lie inside `dims`.
  BoxRuns(std::span<const int64_t> dims, const Box& box);
  BoxRuns(std::span<const int64_t> dims, std::span<const StridedRange> ranges);

  uint64_t num_runs() const { return num_runs_; }      // 0 for a box without elements
  uint64_t run_length() const { return run_length_; }  // in elements
  // Where run `i` begins, in elements from the start of the tensor.
  uint64_t OffsetOf(uint64_t i) const;
  // The first run that ends past `element` of the tensor; num_runs() where none does.
  uint64_t FirstRunPast(uint64_t element) const;

 private:
  struct Step {
    uint64_t length;
    uint64_t stride;
  };

  std::vector<Step> outer_;  // the dimensions outside of a run, from the innermost on
  uint64_t first_ = 0;
  uint64_t num_runs_ = 1;
  uint64_t run_length_ = 1;
};

}  // namespace cairn

#endif  // CAIRN_CORE_BOX_H_
