// Chooses which elements of an array are shown: all of a small one; of a large one the first and
// last few along each axis, as numpy does it.
#ifndef CAIRN_CLI_PRINT_ARRAY_CORNERS_H_
#define CAIRN_CLI_PRINT_ARRAY_CORNERS_H_

#include <cstdint>
#include <span>
#include <vector>

namespace cairn::cli {

struct CornerOptions {
  uint64_t threshold = 1000;  // arrays of no more elements are shown whole
  uint64_t edge_items = 3;    // at each end of an axis; at least 1
};

// The shown elements, in order, are an array of their own, with shorter axes.
class ArrayCorners {
 public:
  // A stretch of shown elements that lie side by side in the whole array.
  struct Run {
    uint64_t first = 0;
    uint64_t count = 0;
  };

  // `num_elements` is the product of `dims`.
  ArrayCorners(std::span<const int64_t> dims, uint64_t num_elements, const CornerOptions& options);

  // Dimensions of what is shown.
  std::span<const uint64_t> dims() const { return shown_dims_; }
  uint64_t num_elements() const { return num_shown_; }
  // Whether elements are left out in the middle of an axis: after `edge_items()` of them.
  bool is_cut(size_t axis) const { return shown_dims_[axis] < dims_[axis]; }
  uint64_t edge_items() const { return edge_items_; }

  // In increasing order; as few as possible.
  std::span<const Run> runs() const { return runs_; }

 private:
  uint64_t PositionInAxis(size_t axis, uint64_t shown) const;
  void AddRun(Run run);
  void AddRow(uint64_t first);
  void CollectRuns();

  std::vector<uint64_t> dims_;
  std::vector<uint64_t> shown_dims_;
  uint64_t num_shown_ = 1;
  uint64_t edge_items_;
  std::vector<Run> runs_;
};

// Steps through all positions of an array but those of its last `fixed` axes, in row-major order.
// Gives the axis that moved, or nothing at the end: `positions` is all zeros again.
bool StepPositions(std::span<uint64_t> positions, std::span<const uint64_t> dims, size_t& moved);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_ARRAY_CORNERS_H_
