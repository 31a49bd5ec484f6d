#include "cairn/transform/edit_tensors.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/core/variable_names.h"
#include "cairn/source/padded_source.h"
#include "cairn/source/reshaped_source.h"
#include "cairn/source/rows_source.h"
#include "cairn/source/transposed_source.h"
#include "cairn/transform/dict_editor.h"
#include "cairn/transform/rows_for_words.h"
#include "cairn/transform/slice_tensor.h"
#include "cairn/transform/slice_text.h"
#include "cairn/transform/tensor_names.h"

namespace cairn {
namespace {

using SourcePtr = std::shared_ptr<const TensorSource>;

// Dimensions of what an edit makes of a tensor. Errors: the edit is not possible.
using DimsOfEdit = std::function<Result<std::vector<int64_t>>(const TensorInfo&)>;
// The edit itself.
using Edit = std::function<Result<SourcePtr>(SourcePtr)>;

Status CheckReadable(const TensorInfo& info) {
  if (info.is_readable()) return {};
  return Status(Reason::kMismatch,
                "is " + std::string(info.stored_as) + ", which cannot be read or changed");
}

// Replaces tensor `i` by what `edit` makes of it, under the same name.
Status EditOne(DictEditor& editor, size_t i, const DimsOfEdit& dims_of, const Edit& edit) {
  const TensorDict& base = editor.base();
  const TensorInfo info = base.info(i);
  CAIRN_RETURN_IF_ERROR(CheckReadable(info).InTensor(info.name));
  CAIRN_ASSIGN_OR_RETURN(std::vector<int64_t> dims, dims_of(info).InTensor(info.name));
  editor.Replace(i, {std::string(info.name), info.dtype, std::move(dims),
                     [base, i, edit]() -> Result<SourcePtr> {
                       CAIRN_ASSIGN_OR_RETURN(auto source, base.source(i));
                       return edit(std::move(source));
                     }});
  return {};
}

// Whether tensor `i` is a slot of a variable that matches, and of its shape: what is done to the
// variable has to be done to it.
bool IsSlotOfMatch(const TensorDict& dict, size_t i, const TensorNames& names,
                   const NamePattern& pattern) {
  const auto variable = VariableOfSlot(dict.name(i));
  const auto found = variable ? dict.Find(*variable) : std::nullopt;
  return found && names.Match(pattern, *found) &&
         std::ranges::equal(dict.info(*found).dims, dict.info(i).dims);
}

Result<TensorDict> EditMatching(const TensorDict& dict, const NamePattern& pattern,
                                const DimsOfEdit& dims_of, const Edit& edit) {
  DictEditor editor(dict);
  const TensorNames names(dict);
  bool has_matched = false;
  for (size_t i = 0; i < dict.size(); ++i) {
    const bool matches = names.Match(pattern, i);
    has_matched = has_matched || matches;
    if (matches || IsSlotOfMatch(dict, i, names, pattern))
      CAIRN_RETURN_IF_ERROR(EditOne(editor, i, dims_of, edit));
  }
  if (!has_matched) return names.NoMatch(pattern);
  return std::move(editor).Build();
}

std::vector<int64_t> DimsOf(const TensorInfo& info) { return {info.dims.begin(), info.dims.end()}; }

// The dimensions of `wanted`, with the one that is -1 found. Errors: kArgument.
Result<std::vector<int64_t>> FindDims(std::vector<int64_t> wanted, const TensorInfo& info) {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t count, NumElements(info.dims));
  const auto unknown = std::ranges::find(wanted, -1);
  if (unknown != wanted.end()) {
    *unknown = 1;
    const auto known = NumElements(wanted);
    if (!known.ok())
      return Status(Reason::kArgument, "one size may be -1, the others are not negative");
    *unknown = *known == 0 ? 0 : static_cast<int64_t>(count / *known);
  }
  const auto found = NumElements(wanted);
  if (found.ok() && *found == count) return wanted;
  return Status(Reason::kMismatch, ToString(info.dims) + " has " + std::to_string(count) +
                                       " elements, and cannot become " + ToString(wanted));
}

}  // namespace

Result<TensorDict> TransposeTensors(const TensorDict& dict, const NamePattern& pattern,
                                    const std::vector<size_t>& axes) {
  const auto dims_of = [&](const TensorInfo& info) -> Result<std::vector<int64_t>> {
    std::vector<size_t> sorted = axes;
    std::ranges::sort(sorted);
    std::vector<int64_t> dims;
    for (size_t d = 0; d < sorted.size(); ++d) {
      if (sorted[d] != d || sorted.size() != info.dims.size())
        return Status(Reason::kMismatch, "has " + std::to_string(info.dims.size()) +
                                             " dimensions; an order has each of them once");
      dims.push_back(info.dims[axes[d]]);
    }
    if (ElementNbytes(info.dtype) == 0)
      return Status(Reason::kMismatch, "is of strings, whose dimensions stay in their order");
    return dims;
  };
  return EditMatching(dict, pattern, dims_of,
                      [axes](SourcePtr source) { return Transpose(std::move(source), axes); });
}

Result<TensorDict> ReshapeTensors(const TensorDict& dict, const NamePattern& pattern,
                                  const std::vector<int64_t>& wanted) {
  const auto dims_of = [&](const TensorInfo& info) { return FindDims(wanted, info); };
  const auto edit = [wanted](SourcePtr source) -> Result<SourcePtr> {
    const TensorInfo info{"", source->dtype(), source->shape().dims()};
    CAIRN_ASSIGN_OR_RETURN(const std::vector<int64_t> dims, FindDims(wanted, info));
    CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(dims));
    return Reshape(std::move(source), std::move(shape));
  };
  return EditMatching(dict, pattern, dims_of, edit);
}

Result<TensorDict> SliceTensors(const TensorDict& dict, const NamePattern& pattern,
                                const std::string& text) {
  const auto dims_of = [&](const TensorInfo& info) -> Result<std::vector<int64_t>> {
    CAIRN_ASSIGN_OR_RETURN(const Slice slice, ParseSlice(text, info.dims));
    const std::span<const int64_t> dims = slice.shape.dims();
    return std::vector<int64_t>(dims.begin(), dims.end());
  };
  return EditMatching(dict, pattern, dims_of, [text](SourcePtr source) {
    return SliceTensorChecked(std::move(source), text);
  });
}

Result<TensorDict> PadTensors(const TensorDict& dict, const NamePattern& pattern,
                              const std::vector<PaddedAxis>& axes) {
  const auto dims_of = [&](const TensorInfo& info) -> Result<std::vector<int64_t>> {
    std::vector<int64_t> dims = DimsOf(info);
    if (dims.size() != axes.size())
      return Status(Reason::kMismatch, "has " + std::to_string(dims.size()) +
                                           " dimensions, and there are paddings for " +
                                           std::to_string(axes.size()));
    for (size_t d = 0; d < dims.size(); ++d) {
      const bool is_valid = axes[d].before >= 0 && axes[d].after >= 0;
      if (!is_valid || __builtin_add_overflow(dims[d], axes[d].before, &dims[d]) ||
          __builtin_add_overflow(dims[d], axes[d].after, &dims[d]))
        return Status(Reason::kArgument, "a padding is negative or too large");
    }
    CAIRN_RETURN_IF_ERROR(NumElements(dims).status());
    return dims;
  };
  std::vector<Padding> paddings;
  for (const PaddedAxis& axis : axes) paddings.push_back({axis.before, axis.after});
  return EditMatching(dict, pattern, dims_of,
                      [paddings](SourcePtr source) { return Pad(std::move(source), paddings); });
}

Result<TensorDict> MapRows(const TensorDict& dict, const NamePattern& pattern,
                           const std::vector<std::string>& old_words,
                           const std::vector<std::string>& new_words) {
  CAIRN_ASSIGN_OR_RETURN(const std::vector<int64_t> rows, RowsForWords(old_words, new_words));
  const auto dims_of = [&](const TensorInfo& info) -> Result<std::vector<int64_t>> {
    std::vector<int64_t> dims = DimsOf(info);
    if (dims.empty() || static_cast<uint64_t>(dims[0]) != old_words.size())
      return Status(Reason::kMismatch, "is " + ToString(info.dims) + ", and there are " +
                                           std::to_string(old_words.size()) + " old words");
    dims[0] = static_cast<int64_t>(new_words.size());
    return dims;
  };
  return EditMatching(dict, pattern, dims_of,
                      [rows](SourcePtr source) { return PickRows(std::move(source), rows); });
}

Result<TensorDict> SetTensor(const TensorDict& dict, const std::string& name, SourcePtr source) {
  DictEditor editor(dict);
  const Result<size_t> found = TensorNames(dict).Find(name);
  if (found.status().reason() == Reason::kArgument) return found.status();
  const std::span<const int64_t> dims = source->shape().dims();
  const DType dtype = source->dtype();
  EditedTensor tensor{found.ok() ? std::string(dict.name(*found)) : name,
                      dtype,
                      {dims.begin(), dims.end()},
                      [source = std::move(source)]() -> Result<SourcePtr> { return source; }};
  if (found.ok()) {
    editor.Replace(*found, std::move(tensor));
  } else {
    editor.Add(std::move(tensor));
  }
  return std::move(editor).Build();
}

}  // namespace cairn
