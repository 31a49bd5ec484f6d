#include "cairn/transform/part.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "cairn/core/escape.h"

namespace cairn {
namespace {

// What is taken of an axis: `count` places from `start` on, `step` apart.
struct AxisPart {
  uint64_t start = 0;
  uint64_t step = 1;
  uint64_t count = 0;
  bool is_kept = true;  // false: one place, and the axis is gone
};

Status NoSlice(std::string_view text, std::string_view why) {
  return Status(Reason::kArgument, Quoted(text) + ": " + std::string(why))
      .WithHint("write it as numpy does: 0:10,:,3");
}

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> Split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(at);
    parts.push_back(Trimmed(text.substr(0, end)));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

Result<int64_t> ParseNumber(std::string_view text) {
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return NoSlice(text, "is no number");
  return number;
}

// A bound of a stretch, as numpy cuts it to the axis.
Result<int64_t> ParseBound(std::string_view text, int64_t otherwise, int64_t size) {
  if (text.empty()) return otherwise;
  CAIRN_ASSIGN_OR_RETURN(int64_t bound, ParseNumber(text));
  if (bound < 0) bound = bound < -size ? 0 : bound + size;
  return std::min(bound, size);
}

Result<AxisPart> ParseStretch(std::span<const std::string_view> bounds, int64_t size) {
  if (bounds.size() > 3) return NoSlice(bounds[3], "an axis has start, stop and step");
  CAIRN_ASSIGN_OR_RETURN(const int64_t start, ParseBound(bounds[0], 0, size));
  CAIRN_ASSIGN_OR_RETURN(const int64_t stop, ParseBound(bounds[1], size, size));
  int64_t step = 1;
  if (bounds.size() == 3 && !bounds[2].empty()) {
    CAIRN_ASSIGN_OR_RETURN(step, ParseNumber(bounds[2]));
    if (step < 1) return NoSlice(bounds[2], "steps go forward, by 1 or more");
  }
  const uint64_t length = stop > start ? static_cast<uint64_t>(stop - start) : 0;
  const auto stride = static_cast<uint64_t>(step);
  return AxisPart{static_cast<uint64_t>(start), stride, length == 0 ? 0 : (length - 1) / stride + 1,
                  true};
}

Result<AxisPart> ParseAxis(std::string_view text, size_t axis, int64_t size) {
  const std::vector<std::string_view> bounds = Split(text, ':');
  if (bounds.size() > 1) return ParseStretch(bounds, size);
  CAIRN_ASSIGN_OR_RETURN(const int64_t index, ParseNumber(text));
  if (index < -size || index >= size) {
    return Status(Reason::kArgument, "index " + std::to_string(index) +
                                         " is out of bounds for axis " + std::to_string(axis) +
                                         " of size " + std::to_string(size));
  }
  return AxisPart{static_cast<uint64_t>(index < 0 ? index + size : index), 1, 1, false};
}

AxisPart Whole(int64_t size) { return {0, 1, static_cast<uint64_t>(size), true}; }

Result<std::vector<AxisPart>> ParseSlice(std::string_view text, std::span<const int64_t> dims) {
  std::vector<std::string_view> axes;
  if (!Trimmed(text).empty()) axes = Split(text, ',');
  const auto is_ellipsis = [](std::string_view axis) { return axis == "..."; };
  const auto num_ellipses = static_cast<size_t>(std::ranges::count_if(axes, is_ellipsis));
  if (num_ellipses > 1) return NoSlice(text, "only one '...' can be told apart");
  const size_t num_named = axes.size() - num_ellipses;
  if (num_named > dims.size()) {
    return Status(Reason::kArgument, Quoted(text) + " names " + std::to_string(num_named) +
                                         " axes, the tensor has " + std::to_string(dims.size()));
  }
  if (num_ellipses == 0) axes.push_back("...");
  std::vector<AxisPart> parts;
  for (const std::string_view axis : axes) {
    const size_t d = parts.size();
    if (is_ellipsis(axis)) {
      for (size_t i = 0; i < dims.size() - num_named; ++i) parts.push_back(Whole(dims[d + i]));
      continue;
    }
    CAIRN_ASSIGN_OR_RETURN(const AxisPart part, ParseAxis(axis, d, dims[d]));
    parts.push_back(part);
  }
  return parts;
}

// The elements of a part as stretches of the whole, in order.
class PartRuns {
 public:
  PartRuns(std::span<const AxisPart> axes, std::span<const int64_t> dims) {
    uint64_t stride = 1;
    bool is_joined = true;  // every axis further in is taken whole
    for (size_t d = axes.size(); d-- > 0;) {
      const AxisPart& axis = axes[d];
      first_ += axis.start * stride;
      if (is_joined && axis.step == 1) {
        run_length_ *= axis.count;
      } else {
        outer_.push_back({axis.count, axis.step * stride});
        num_runs_ *= axis.count;
      }
      is_joined = is_joined && axis.step == 1 && axis.count == static_cast<uint64_t>(dims[d]);
      stride *= static_cast<uint64_t>(dims[d]);
    }
    if (run_length_ == 0) num_runs_ = 0;
  }

  uint64_t num_runs() const { return num_runs_; }
  uint64_t run_length() const { return run_length_; }
  uint64_t OffsetOf(uint64_t i) const {
    uint64_t offset = first_;
    for (const auto& [count, stride] : outer_) {
      offset += i % count * stride;
      i /= count;
    }
    return offset;
  }

 private:
  struct Step {
    uint64_t count;
    uint64_t stride;
  };

  std::vector<Step> outer_;  // from the innermost on
  uint64_t first_ = 0;
  uint64_t num_runs_ = 1;
  uint64_t run_length_ = 1;
};

// Reads the runs alone.
class RandomPartStream final : public TensorStream {
 public:
  RandomPartStream(std::shared_ptr<const TensorSource> whole, PartRuns runs)
      : whole_(std::move(whole)),
        runs_(std::move(runs)),
        element_nbytes_(ElementNbytes(whole_->dtype())) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
    size_t filled = 0;
    const uint64_t run_nbytes = runs_.run_length() * element_nbytes_;
    while (filled < scratch.size() && run_ < runs_.num_runs()) {
      const size_t count = std::min<uint64_t>(run_nbytes - in_run_, scratch.size() - filled);
      CAIRN_RETURN_IF_ERROR(whole_->ReadAt(runs_.OffsetOf(run_) * element_nbytes_ + in_run_,
                                           scratch.subspan(filled, count)));
      filled += count;
      in_run_ += count;
      if (in_run_ < run_nbytes) break;
      in_run_ = 0;
      ++run_;
    }
    return scratch.first(filled);
  }

 private:
  std::shared_ptr<const TensorSource> whole_;
  PartRuns runs_;
  uint64_t element_nbytes_;
  uint64_t run_ = 0;
  uint64_t in_run_ = 0;
};

// Picks the runs out of the stream of the whole, which it reads to its checked end.
class PickingPartStream final : public TensorStream {
 public:
  PickingPartStream(std::unique_ptr<TensorStream> whole, PartRuns runs, uint64_t element_nbytes)
      : whole_(std::move(whole)), runs_(std::move(runs)), element_nbytes_(element_nbytes) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
    while (true) {
      if (rest_.empty()) {
        position_ += piece_nbytes_;
        CAIRN_ASSIGN_OR_RETURN(rest_, whole_->Next(buffer_));
        piece_nbytes_ = rest_.size();
        if (rest_.empty()) return Bytes();
      }
      if (const Bytes picked = Pick(scratch); !picked.empty()) return picked;
    }
  }

 private:
  // What `rest_` has of the run whose turn it is; drops what comes before.
  Bytes Pick(MutableBytes scratch) {
    const uint64_t at = position_ + piece_nbytes_ - rest_.size();
    if (run_ == runs_.num_runs()) {
      rest_ = {};
      return {};
    }
    const uint64_t run_nbytes = runs_.run_length() * element_nbytes_;
    const uint64_t wanted = runs_.OffsetOf(run_) * element_nbytes_ + in_run_;
    rest_ = rest_.subspan(std::min<uint64_t>(wanted - at, rest_.size()));
    const size_t count =
        std::min({run_nbytes - in_run_, uint64_t{rest_.size()}, uint64_t{scratch.size()}});
    std::ranges::copy(rest_.first(count), scratch.begin());
    rest_ = rest_.subspan(count);
    in_run_ += count;
    if (in_run_ == run_nbytes) {
      in_run_ = 0;
      ++run_;
    }
    return scratch.first(count);
  }

  std::unique_ptr<TensorStream> whole_;
  PartRuns runs_;
  uint64_t element_nbytes_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(64 << 10);
  Bytes rest_;             // of the last piece of the whole
  uint64_t position_ = 0;  // of that piece
  uint64_t piece_nbytes_ = 0;
  uint64_t run_ = 0;
  uint64_t in_run_ = 0;
};

bool HasRandomAccess(const TensorSource& source) {
  return source.extent().has_value() || !source.pieces().empty();
}

class PartSource final : public TensorSource {
 public:
  PartSource(std::shared_ptr<const TensorSource> whole, PartRuns runs, Shape shape)
      : whole_(std::move(whole)), runs_(std::move(runs)), shape_(std::move(shape)) {}

  DType dtype() const override { return whole_->dtype(); }
  const Shape& shape() const override { return shape_; }

  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    if (HasRandomAccess(*whole_)) return std::make_unique<RandomPartStream>(whole_, runs_);
    CAIRN_ASSIGN_OR_RETURN(auto stream, whole_->OpenStream());
    return std::make_unique<PickingPartStream>(std::move(stream), runs_,
                                               ElementNbytes(whole_->dtype()));
  }

  Result<StringTensor> ReadStrings() const override {
    CAIRN_ASSIGN_OR_RETURN(const StringTensor all, whole_->ReadStrings());
    StringTensor picked;
    for (uint64_t run = 0; run < runs_.num_runs(); ++run) {
      const uint64_t first = runs_.OffsetOf(run);
      for (uint64_t i = 0; i < runs_.run_length(); ++i) picked.Add(all[first + i]);
    }
    return picked;
  }

 private:
  std::shared_ptr<const TensorSource> whole_;
  PartRuns runs_;
  Shape shape_;
};

}  // namespace

Result<Part> TakePart(std::shared_ptr<const TensorSource> source, std::string_view slice) {
  const auto dims = source->shape().dims();
  CAIRN_ASSIGN_OR_RETURN(const std::vector<AxisPart> axes, ParseSlice(slice, dims));
  std::vector<int64_t> kept;
  for (const AxisPart& axis : axes) {
    if (axis.is_kept) kept.push_back(static_cast<int64_t>(axis.count));
  }
  CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(kept));
  const bool is_checked = !HasRandomAccess(*source);
  PartRuns runs(axes, dims);
  return Part{
      std::make_shared<const PartSource>(std::move(source), std::move(runs), std::move(shape)),
      is_checked};
}

}  // namespace cairn
