// ConcatTensors and SplitTensor: several tensors become one, and one becomes several.
#include <algorithm>

#include "cairn/core/box.h"
#include "cairn/core/escape.h"
#include "cairn/source/joined_source.h"
#include "cairn/source/picked_source.h"
#include "cairn/transform/dict_editor.h"
#include "cairn/transform/edit_tensors.h"
#include "cairn/transform/tensor_names.h"

namespace cairn {
namespace {

using SourcePtr = std::shared_ptr<const TensorSource>;

std::vector<int64_t> DimsOf(const TensorDict& dict, size_t i) {
  const std::span<const int64_t> dims = dict.info(i).dims;
  return {dims.begin(), dims.end()};
}

Status CheckAxis(const TensorDict& dict, size_t i, size_t axis) {
  const size_t rank = dict.info(i).dims.size();
  if (axis < rank) return {};
  return Status(Reason::kMismatch, "has " + std::to_string(rank) +
                                       " dimensions, there is no axis " + std::to_string(axis))
      .InTensor(dict.name(i));
}

// Whether two tensors differ in nothing but their size along `axis`.
Status CheckFits(const TensorDict& dict, size_t first, size_t other, size_t axis) {
  std::vector<int64_t> dims = DimsOf(dict, other);
  if (axis < dims.size() && axis < dict.info(first).dims.size())
    dims[axis] = dict.info(first).dims[axis];
  const bool fits = dims == DimsOf(dict, first) && dict.info(first).dtype == dict.info(other).dtype;
  if (fits) return {};
  const auto text = [&](size_t i) {
    return std::string(Name(dict.info(i).dtype)) + ToString(dict.info(i).dims);
  };
  return Status(Reason::kMismatch, "is " + text(other) + ", which cannot be joined to " +
                                       Quoted(dict.name(first)) + ", " + text(first))
      .InTensor(dict.name(other));
}

// The box of `length` indexes from `start` on along an axis.
Box BoxAlong(std::span<const int64_t> dims, size_t axis, int64_t start, int64_t length) {
  Box box = WholeBox(dims);
  box[axis] = {start, length};
  return box;
}

Result<SourcePtr> Join(const TensorDict& dict, const std::vector<size_t>& parts, size_t axis,
                       const std::vector<int64_t>& dims) {
  std::vector<JoinedSource::Slice> slices;
  int64_t start = 0;
  for (const size_t part : parts) {
    CAIRN_ASSIGN_OR_RETURN(auto source, dict.source(part));
    const int64_t length = source->shape().dims()[axis];
    slices.push_back({BoxAlong(dims, axis, start, length), std::move(source)});
    start += length;
  }
  CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(dims));
  return JoinedSource::Make(dict.info(parts[0]).dtype, std::move(shape), std::move(slices));
}

}  // namespace

Result<TensorDict> ConcatTensors(const TensorDict& dict, const std::string& name,
                                 const std::vector<std::string>& parts, size_t axis) {
  if (parts.empty()) return Status(Reason::kArgument, "there is nothing to join");
  const TensorNames names(dict);
  std::vector<size_t> found;
  int64_t size = 0;
  for (const std::string& part : parts) {
    CAIRN_ASSIGN_OR_RETURN(const size_t i, names.Find(part));
    CAIRN_RETURN_IF_ERROR(CheckAxis(dict, i, axis));
    found.push_back(i);
    CAIRN_RETURN_IF_ERROR(CheckFits(dict, found[0], i, axis));
    if (__builtin_add_overflow(size, dict.info(i).dims[axis], &size))
      return Status(Reason::kArgument, "all parts together are larger than 2^63");
  }
  std::vector<int64_t> dims = DimsOf(dict, found[0]);
  dims[axis] = size;
  DictEditor editor(dict);
  for (const size_t i : found) editor.Remove(i);
  editor.Add({name, dict.info(found[0]).dtype, dims,
              [dict, found, axis, dims] { return Join(dict, found, axis, dims); }});
  return std::move(editor).Build();
}

Result<TensorDict> SplitTensor(const TensorDict& dict, const std::string& name,
                               const std::vector<std::string>& parts, size_t axis) {
  CAIRN_ASSIGN_OR_RETURN(const size_t whole, TensorNames(dict).Find(name));
  CAIRN_RETURN_IF_ERROR(CheckAxis(dict, whole, axis));
  std::vector<int64_t> dims = DimsOf(dict, whole);
  const auto count = static_cast<int64_t>(parts.size());
  if (count == 0 || dims[axis] % count != 0)
    return Status(Reason::kMismatch, "is " + ToString(dims) + ", which has no " +
                                         std::to_string(count) + " equal parts along axis " +
                                         std::to_string(axis))
        .InTensor(name);
  dims[axis] /= count;
  DictEditor editor(dict);
  editor.Remove(whole);
  for (size_t k = 0; k < parts.size(); ++k) {
    const int64_t start = dims[axis] * static_cast<int64_t>(k);
    editor.Add({parts[k], dict.info(whole).dtype, dims,
                [dict, whole, axis, start, dims]() -> Result<SourcePtr> {
                  CAIRN_ASSIGN_OR_RETURN(auto source, dict.source(whole));
                  CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(dims));
                  const std::span<const int64_t> all = source->shape().dims();
                  BoxRuns runs(all, BoxAlong(all, axis, start, dims[axis]));
                  return Pick(std::move(source), std::move(runs), std::move(shape));
                }});
  }
  return std::move(editor).Build();
}

}  // namespace cairn
