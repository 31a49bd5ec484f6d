// An array as a tensor, from whatever gives the bytes of its .npy file.
#ifndef CAIRN_FORMATS_NPZ_NPY_ARRAY_H_
#define CAIRN_FORMATS_NPZ_NPY_ARRAY_H_

#include <functional>
#include <memory>

#include "cairn/codec/npy_header.h"
#include "cairn/core/tensor_source.h"

namespace cairn::npz {

// The ending that a member's name has after that of its tensor.
inline constexpr std::string_view kEnding = ".npy";
std::string_view WithoutEnding(std::string_view name);

// Where the bytes of a .npy file are.
struct NpyFile {
  NpyHeader header;
  bool is_entry = false;  // its bytes are one string
  // The value, where it lies in a file as it is: with the checksum of it alone, if there is one.
  std::optional<Extent> value;
  // Where it does not: the whole file, header and all, checked at its end. Safe to call from
  // several threads.
  std::function<Result<std::unique_ptr<TensorStream>>()> open;
};

// Says what an array is as a tensor: strings where it holds texts, numbers else; raw bytes, '|V2',
// are uint8 with one dimension more.
DType DTypeOf(const NpyFile& file);
std::vector<int64_t> DimsOf(const NpyFile& file);
// The size of the value as it is stored.
uint64_t ValueNbytes(const NpyHeader& header);

// Takes over what the note of a member says of its dtype (array_plan.h). Errors: kFormat (a note
// that is not known, or one of another array).
Status ApplyNote(std::string_view note, NpyFile& file);

// Its header, read from `stream`. Errors: those of NpyHeaderNbytes, ParseNpyHeader and the stream.
Result<NpyHeader> ReadNpyHeader(TensorStream& stream);

// Row-major and little-endian, however it is stored: an array in Fortran order is held whole while
// it is turned where it is packed, and in part (fortran_order.h) where it lies in the file as it
// is. Errors of reading: kSize (the file is not as long as its header says), kFormat
// (a string that is not valid Unicode), those of the stream.
Result<std::shared_ptr<const TensorSource>> MakeNpySource(const NpyFile& file);

}  // namespace cairn::npz

#endif  // CAIRN_FORMATS_NPZ_NPY_ARRAY_H_
