#include "cairn/formats/npz/npy_array.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/formats/npz/text_array.h"
#include "cairn/source/extent_source.h"
#include "cairn/source/swapped_source.h"

namespace cairn::npz {
namespace {

// Numbers that are made by a stream: packed, or in Fortran order.
class StreamedArray final : public TensorSource {
 public:
  StreamedArray(NpyFile file, Shape shape) : file_(std::move(file)), shape_(std::move(shape)) {}

  DType dtype() const override { return DTypeOf(file_); }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override { return OpenRowMajor(file_); }
  Result<std::unique_ptr<TensorStream>> OpenInAnyOrder() const override { return OpenValue(file_); }
  Status CheckCanBeHeld() const override { return CheckExpansion(file_, nbytes()); }

 private:
  NpyFile file_;
  Shape shape_;
};

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
  const NpyHeader& header = file.header;
  CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(DimsOf(file)));
  if (DTypeOf(file) == DType::kString) return MakeTextArray(file, std::move(shape));
  const bool is_swapped = header.is_big_endian;
  std::shared_ptr<const TensorSource> source;
  if (file.value && !IsTurned(header)) {
    CAIRN_ASSIGN_OR_RETURN(source,
                           ExtentSource::Make(DTypeOf(file), std::move(shape), *file.value));
  } else {
    source = std::make_shared<const StreamedArray>(file, std::move(shape));
  }
  return is_swapped ? SwapBytes(std::move(source)) : source;
}

}  // namespace cairn::npz
