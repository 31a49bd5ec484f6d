#include "cairn/formats/npz/npy_array.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/formats/npz/text_array.h"
#include "cairn/source/swapped_source.h"

namespace cairn::npz {
namespace {

bool HoldsTexts(const NpyHeader& header) {
  return header.elements == NpyElements::kBytes || header.elements == NpyElements::kUnicode;
}

}  // namespace

std::string_view WithoutEnding(std::string_view name) {
  if (name.ends_with(kEnding)) name.remove_suffix(kEnding.size());
  return name;
}

DType DTypeOf(const NpyFile& file) {
  if (file.is_entry || HoldsTexts(file.header)) return DType::kString;
  return file.header.elements == NpyElements::kRaw ? DType::kUInt8 : file.header.dtype;
}

std::vector<int64_t> DimsOf(const NpyFile& file) {
  if (file.is_entry) return {};
  std::vector<int64_t> dims = file.header.dims;
  if (file.header.elements == NpyElements::kRaw)
    dims.push_back(static_cast<int64_t>(file.header.element_nbytes));
  return dims;
}

Status ApplyNote(std::string_view note, NpyFile& file) {
  if (note.empty()) return {};
  NpyHeader& header = file.header;
  const std::optional<DType> dtype = DTypeFromName(note);
  if (!dtype) return Status(Reason::kFormat, "its note " + Quoted(note) + " is not a dtype");
  const Status other(Reason::kFormat, "its note says " + Quoted(note) + ", it is another array");
  // A bookkeeping entry, such as the object graph, is saved as an array of its bytes.
  if (*dtype == DType::kString) {
    if (header.dtype != DType::kUInt8 || header.dims.size() != 1) return other;
    file.is_entry = true;
    return {};
  }
  const bool is_raw = header.elements == NpyElements::kRaw;
  const std::string_view numpy = InfoOf(*dtype).numpy;
  // numpy has no type of its own for dtypes such as bfloat16, which lie as raw bytes of their
  // width. Quantized dtypes lie as the plain integers of their size.
  const bool fits = is_raw ? numpy.empty() && header.element_nbytes == ElementNbytes(*dtype)
                           : header.elements == NpyElements::kNumbers && !numpy.empty() &&
                                 numpy == InfoOf(header.dtype).numpy;
  if (!fits) return other;
  header.elements = NpyElements::kNumbers;
  header.dtype = *dtype;
  return {};
}

Result<std::shared_ptr<const TensorSource>> MakeNpySource(const NpyFile& file) {
  if (DTypeOf(file) == DType::kString) {
    CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(DimsOf(file)));
    return MakeTextArray(file, std::move(shape));
  }
  CAIRN_ASSIGN_OR_RETURN(auto source, RowMajorSource(file, DTypeOf(file)));
  return file.header.is_big_endian ? SwapBytes(std::move(source)) : source;
}

}  // namespace cairn::npz
