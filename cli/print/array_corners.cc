#include "cli/print/array_corners.h"

namespace cairn::cli {

ArrayCorners::ArrayCorners(std::span<const int64_t> dims, uint64_t num_elements,
                           const CornerOptions& options)
    : dims_(dims.begin(), dims.end()), shown_dims_(dims_), edge_items_(options.edge_items) {
  if (num_elements > options.threshold) {
    for (uint64_t& dim : shown_dims_) {
      if (dim / 2 >= edge_items_ && dim > 2 * edge_items_) dim = 2 * edge_items_;
    }
  }
  for (const uint64_t dim : shown_dims_) num_shown_ *= dim;
  if (num_shown_ > 0) CollectRuns();
}

uint64_t ArrayCorners::PositionInAxis(size_t axis, uint64_t shown) const {
  const bool is_at_the_end = is_cut(axis) && shown >= edge_items_;
  return is_at_the_end ? dims_[axis] - shown_dims_[axis] + shown : shown;
}

void ArrayCorners::AddRun(Run run) {
  if (!runs_.empty() && runs_.back().first + runs_.back().count == run.first)
    runs_.back().count += run.count;
  else
    runs_.push_back(run);
}

// One stretch along the last axis, or its two ends.
void ArrayCorners::AddRow(uint64_t first) {
  const size_t last = dims_.size() - 1;
  if (!is_cut(last)) return AddRun({first, dims_[last]});
  AddRun({first, edge_items_});
  AddRun({first + dims_[last] - edge_items_, edge_items_});
}

void ArrayCorners::CollectRuns() {
  const bool is_whole = shown_dims_ == dims_;
  if (is_whole) return AddRun({0, num_shown_});
  std::vector<uint64_t> positions(dims_.size() - 1);
  size_t moved = 0;
  do {
    uint64_t first = 0;
    for (size_t axis = 0; axis < positions.size(); ++axis)
      first = (first + PositionInAxis(axis, positions[axis])) * dims_[axis + 1];
    AddRow(first);
  } while (StepPositions(positions, std::span(shown_dims_).first(positions.size()), moved));
}

bool StepPositions(std::span<uint64_t> positions, std::span<const uint64_t> dims, size_t& moved) {
  for (size_t axis = positions.size(); axis-- > 0;) {
    if (++positions[axis] < dims[axis]) {
      moved = axis;
      return true;
    }
    positions[axis] = 0;
  }
  return false;
}

}  // namespace cairn::cli
