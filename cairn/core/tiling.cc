// How often each element is covered is a function over the tensor, and it can be told by where it
// changes: a box adds one at its first corner, takes one away after the end of each dimension, and
// so on with changing signs for all of its corners. The boxes tile the tensor exactly where these
// changes, over all boxes, cancel each other but for those of the tensor as a whole. The first that
// is left tells the first element that is covered too often or not at all.
#include "cairn/core/tiling.h"

#include <algorithm>
#include <iterator>

namespace cairn {
namespace {

__extension__ typedef unsigned __int128 Uint128;

constexpr uint64_t kMaxCorners = uint64_t{4} << 20;

// A point, numbered in row-major order among those that corners can be at, and whether coverage
// falls there.
struct Corner {
  Uint128 point_and_sign;

  Corner(Uint128 point, bool falls) : point_and_sign(point << 1 | Uint128{falls}) {}
  Uint128 point() const { return point_and_sign >> 1; }
  int change() const { return (point_and_sign & 1) != 0 ? -1 : 1; }
};

// The dimensions in which any box is not the whole.
std::vector<size_t> CutDimensions(const Shape& shape, std::span<const Box> boxes) {
  std::vector<size_t> cut;
  for (size_t d = 0; d < shape.rank(); ++d) {
    const Range whole{0, shape.dims()[d]};
    if (std::ranges::any_of(boxes, [&](const Box& box) { return box[d] != whole; }))
      cut.push_back(d);
  }
  return cut;
}

class Corners {
 public:
  Corners(const Shape& shape, std::vector<size_t> cut, size_t num_boxes)
      : shape_(shape), cut_(std::move(cut)) {
    corners_.reserve((num_boxes + 1) << cut_.size());
  }

  void Add(const Box& box, bool is_taken_away) {
    const size_t first = corners_.size();
    corners_.emplace_back(0, is_taken_away);
    for (const size_t d : cut_) {
      const auto [start, length] = box[d];
      const size_t count = corners_.size() - first;
      for (size_t i = first; i < first + count; ++i) {
        const Corner corner = corners_[i];
        corners_[i] = Move(corner, d, start, corner.change() < 0);
        corners_.push_back(Move(corner, d, start + length, corner.change() > 0));
      }
    }
  }

  Status CheckAllCancel() {
    std::ranges::sort(corners_, {}, &Corner::point_and_sign);
    for (auto at = corners_.begin(); at != corners_.end();) {
      int change = 0;
      const Uint128 point = at->point();
      for (; at != corners_.end() && at->point() == point; ++at) change += at->change();
      if (change != 0) return WrongAt(point, change);
    }
    return {};
  }

 private:
  // A corner may stand after the last element: one more place in each dimension.
  uint64_t Radix(size_t d) const { return static_cast<uint64_t>(shape_.dims()[d]) + 1; }

  Corner Move(const Corner& corner, size_t d, int64_t to, bool falls) const {
    return {corner.point() * Radix(d) + static_cast<uint64_t>(to), falls};
  }

  // The whole tensor was taken away, so that a change of -1 is a gap.
  Status WrongAt(Uint128 point, int change) const {
    std::vector<int64_t> element(shape_.rank(), 0);
    for (size_t i = cut_.size(); i-- > 0;) {
      element[cut_[i]] = static_cast<int64_t>(point % Radix(cut_[i]));
      point /= Radix(cut_[i]);
    }
    const std::string where = "element " + ToString(element) + " lies in ";
    if (change < 0) return Status(Reason::kSlice, where + "none of the slices: they leave a gap");
    return Status(Reason::kSlice,
                  where + std::to_string(change + 1) + " of the slices: they overlap");
  }

  const Shape& shape_;
  std::vector<size_t> cut_;
  std::vector<Corner> corners_;
};

}  // namespace

Status CheckTiling(const Shape& shape, std::span<const Box> boxes) {
  if (shape.num_elements() == 0) return {};
  std::vector<size_t> cut = CutDimensions(shape, boxes);
  if (cut.size() > 22 || (boxes.size() + 1) > kMaxCorners >> cut.size()) {
    return Status(Reason::kLimit, std::to_string(boxes.size()) + " slices in " +
                                      std::to_string(cut.size()) +
                                      " dimensions are more than can be told apart");
  }
  Corners corners(shape, std::move(cut), boxes.size());
  corners.Add(WholeBox(shape.dims()), true);
  for (const Box& box : boxes) {
    if (NumElementsOf(box) > 0) corners.Add(box, false);
  }
  return corners.CheckAllCancel();
}

}  // namespace cairn
