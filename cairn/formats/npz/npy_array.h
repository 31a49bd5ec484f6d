// An array as a tensor, from whatever gives the bytes of its .npy file.
#ifndef CAIRN_FORMATS_NPZ_NPY_ARRAY_H_
#define CAIRN_FORMATS_NPZ_NPY_ARRAY_H_

#include <memory>

#include "cairn/core/tensor_source.h"
#include "cairn/formats/npz/npy_file.h"

namespace cairn::npz {

// The ending that a member's name has after that of its tensor.
inline constexpr std::string_view kEnding = ".npy";
std::string_view WithoutEnding(std::string_view name);

// Says what an array is as a tensor: strings where it holds texts, numbers else; raw bytes, '|V2',
// are uint8 with one dimension more.
DType DTypeOf(const NpyFile& file);
std::vector<int64_t> DimsOf(const NpyFile& file);
// Takes over what the note of a member says of its dtype (array_plan.h). Errors: kFormat (a note
// that is not known, or one of another array).
Status ApplyNote(std::string_view note, NpyFile& file);

// Row-major and little-endian, however it is stored: an array in Fortran order is held in part
// while it is turned (Transpose). Errors of reading: kSize (the file is not as long as its
// header says), kFormat (a string that is not valid Unicode), kLimit (strings that are held whole,
// far more than the packed bytes), those of the stream.
Result<std::shared_ptr<const TensorSource>> MakeNpySource(const NpyFile& file);

}  // namespace cairn::npz

#endif  // CAIRN_FORMATS_NPZ_NPY_ARRAY_H_
