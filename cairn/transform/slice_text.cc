#include "cairn/transform/slice_text.h"

#include <algorithm>
#include <charconv>

#include "cairn/core/escape.h"
#include "cairn/core/split.h"

namespace cairn {
namespace {

Status NoSlice(std::string_view text, std::string_view why) {
  return Status(Reason::kArgument, Quoted(text) + ": " + std::string(why))
      .WithHint("write it as numpy does: 0:10,:,3");
}

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

Result<int64_t> ParseNumber(std::string_view text) {
  text = Trimmed(text);
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return NoSlice(text, "is not a number");
  return number;
}

// A bound of a stretch, as numpy cuts it to the axis.
Result<int64_t> ParseBound(std::string_view text, int64_t otherwise, int64_t size) {
  if (Trimmed(text).empty()) return otherwise;
  CAIRN_ASSIGN_OR_RETURN(int64_t bound, ParseNumber(text));
  if (bound < 0) bound = bound < -size ? 0 : bound + size;
  return std::min(bound, size);
}

struct AxisPart {
  StridedRange range;
  bool is_kept = true;  // false: one place, and the axis is gone
};

Result<AxisPart> ParseStretch(std::span<const std::string_view> bounds, int64_t size) {
  if (bounds.size() > 3) return NoSlice(bounds[3], "an axis has start, stop and step");
  CAIRN_ASSIGN_OR_RETURN(const int64_t start, ParseBound(bounds[0], 0, size));
  CAIRN_ASSIGN_OR_RETURN(const int64_t stop, ParseBound(bounds[1], size, size));
  int64_t step = 1;
  if (bounds.size() == 3 && !Trimmed(bounds[2]).empty()) {
    CAIRN_ASSIGN_OR_RETURN(step, ParseNumber(bounds[2]));
    if (step < 1) return NoSlice(bounds[2], "steps go forward, by 1 or more");
  }
  const uint64_t length = stop > start ? static_cast<uint64_t>(stop - start) : 0;
  const auto stride = static_cast<uint64_t>(step);
  const uint64_t count = length == 0 ? 0 : (length - 1) / stride + 1;
  return AxisPart{{static_cast<uint64_t>(start), stride, count}, true};
}

Result<AxisPart> ParseAxis(std::string_view text, size_t axis, int64_t size) {
  const std::vector<std::string_view> bounds = Split(text, ':');
  if (bounds.size() > 1) return ParseStretch(bounds, size);
  CAIRN_ASSIGN_OR_RETURN(const int64_t index, ParseNumber(text));
  if (index < -size || index >= size) {
    return Status(Reason::kArgument, "index " + std::to_string(index) +
                                         " is out of bounds for axis " + std::to_string(axis) +
                                         " of size " + std::to_string(size))
        .WithHint(size == 0 ? "the axis is empty: take ':'"
                            : "take one from " + std::to_string(-size) + " to " +
                                  std::to_string(size - 1));
  }
  return AxisPart{{static_cast<uint64_t>(index < 0 ? index + size : index), 1, 1}, false};
}

StridedRange WholeAxis(int64_t size) { return {0, 1, static_cast<uint64_t>(size)}; }

}  // namespace

Result<Slice> ParseSlice(std::string_view text, std::span<const int64_t> dims) {
  std::vector<std::string_view> axes;
  if (!Trimmed(text).empty()) axes = Split(text, ',');
  const auto is_ellipsis = [](std::string_view axis) { return Trimmed(axis) == "..."; };
  const auto num_ellipses = static_cast<size_t>(std::ranges::count_if(axes, is_ellipsis));
  if (num_ellipses > 1) return NoSlice(text, "only one '...' can be told apart");
  const size_t num_named = axes.size() - num_ellipses;
  if (num_named > dims.size()) {
    return Status(Reason::kArgument, Quoted(text) + " names " + std::to_string(num_named) +
                                         (num_named == 1 ? " axis" : " axes") +
                                         ", the tensor has " + std::to_string(dims.size()))
        .WithHint(dims.empty() ? "it is one number: leave the slice out"
                               : "name at most one place or stretch for each axis");
  }
  // numpy takes axes that are not named whole. An ellipsis at the end says just that.
  if (num_ellipses == 0) axes.push_back("...");
  std::vector<StridedRange> ranges;
  std::vector<int64_t> kept;
  for (const std::string_view axis : axes) {
    const size_t d = ranges.size();
    if (is_ellipsis(axis)) {
      for (const int64_t size : dims.subspan(d, dims.size() - num_named)) {
        ranges.push_back(WholeAxis(size));
        kept.push_back(size);
      }
      continue;
    }
    CAIRN_ASSIGN_OR_RETURN(const AxisPart part, ParseAxis(axis, d, dims[d]));
    ranges.push_back(part.range);
    if (part.is_kept) kept.push_back(static_cast<int64_t>(part.range.count));
  }
  CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(kept));
  return Slice{std::move(ranges), std::move(shape)};
}

}  // namespace cairn
