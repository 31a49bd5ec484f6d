// The header of a .npy file, and of each member of an .npz file.
//
//   magic "\x93NUMPY"  version:u8 u8  header size:u16 (version 1) or u32 (2, 3)  header  value
//   header:  a Python dict of constants, blanks, "\n":
//            {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
//
// No part of it is ever evaluated. Source: numpy/lib/format.py.
#ifndef CAIRN_CODEC_NPY_HEADER_H_
#define CAIRN_CODEC_NPY_HEADER_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/bytes.h"
#include "cairn/core/dtype.h"
#include "cairn/core/status.h"
#include "cairn/core/tensor_dict.h"

namespace cairn {

// The size of a header's start, which tells how long the whole is.
inline constexpr size_t kNpyStartNbytes = 12;
// Numpy itself reads 10,000 bytes without being told to trust the file; structured types of many
// fields, whose values are not read here, may need more than this.
inline constexpr size_t kMaxNpyHeaderNbytes = 64 << 10;

// How elements are stored.
enum class NpyElements : uint8_t {
  kNumbers,
  kBytes,    // '|S5': strings of one width, filled with NUL
  kUnicode,  // '<U5': the same in UCS-4
  kRaw,      // '|V2': bytes without a meaning of their own
};

struct NpyHeader {
  NpyElements elements = NpyElements::kNumbers;
  DType dtype = DType::kInvalid;  // of numbers
  bool is_big_endian = false;
  bool is_fortran_order = false;
  uint64_t element_nbytes = 0;
  std::vector<int64_t> dims;
  uint64_t header_nbytes = 0;  // of all that stands before the value
  // Numpy's name of a type that no dtype is equal to: "datetime64[ns]", whose elements are int64
  // here; "<U5" of text, which is strings here; "object", "float128" or "structured", whose values
  // cannot be read.
  std::string type = {};
  // Why the value cannot be read: kUnsafe (it holds Python objects), kUnsupported (another type
  // that is not read). Then `dtype` is kInvalid, and dims are the only other fact that holds.
  Status unread = {};
};

// How many bytes the header has, by the first kNpyStartNbytes of the file (fewer where there are
// not more). Errors: kBadMagic, kVersion, kTruncated, kLimit.
Result<uint64_t> NpyHeaderNbytes(Bytes start);
// `header` is exactly those bytes. Types that numpy has and Cairn does not read are not an error,
// see NpyHeader::unread. Errors: kFormat (no dict of these three keys), kDType (not a type of
// numpy's), kShape, kOverflow.
Result<NpyHeader> ParseNpyHeader(Bytes header);

// The dtype whose elements "<f4" are, in either byte order; nothing where numpy has no such
// numbers. Quantized types are integers to numpy.
std::optional<DType> DTypeOfNpyDescr(std::string_view descr);
// The elements of a numeric dtype: "<f4"; raw bytes, "|V2", where numpy has no name for them, as
// ml_dtypes stores them.
std::string NpyDescr(DType dtype);
// The same for a tensor whose type numpy may have named itself: "<M8[ns]" where int64 is stored as
// "datetime64[ns]".
std::string NpyDescr(const TensorInfo& info);
// The header, version 1.0, of a row-major array; its length is a multiple of 64. `dims` are at most
// kMaxRank.
std::string EncodeNpyHeader(std::string_view descr, std::span<const int64_t> dims);

}  // namespace cairn

#endif  // CAIRN_CODEC_NPY_HEADER_H_
