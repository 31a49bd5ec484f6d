// The header of a safetensors file.
//
//   file:    header size:u64  header  data
//   header:  JSON object, which begins at its first byte and may end in blanks:
//            {"__metadata__": {text: text, …},
//             name: {"dtype": text, "shape": [n, …], "data_offsets": [begin, end]}, …}
//
// Offsets count from the first byte of the data. The tensors fill the data without holes and
// without overlap. Source: the format's own README (huggingface/safetensors).
#ifndef CAIRN_FORMATS_SAFETENSORS_HEADER_H_
#define CAIRN_FORMATS_SAFETENSORS_HEADER_H_

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/dtype.h"
#include "cairn/core/limits.h"
#include "cairn/core/status.h"

namespace cairn::safetensors {

inline constexpr uint64_t kPrefixNbytes = 8;               // the size of the header
inline constexpr uint64_t kMaxHeaderNbytes = 100'000'000;  // as the format has it

struct HeaderEntry {
  std::string name;
  DType dtype = DType::kInvalid;
  std::vector<int64_t> dims;
  uint64_t begin = 0;
  uint64_t end = 0;
};

struct Header {
  std::vector<HeaderEntry> entries;  // in the order of their data, then of their names
  std::map<std::string, std::string> metadata;
};

// Errors: kFormat (no JSON, or not of this form), kDuplicate, kDType, kShape, kOverflow, kSize (an
// entry is not as long as dtype and shape need), kBounds (it ends before it begins), kLimit; each
// names the tensor where there is one.
Result<Header> ParseHeader(std::string_view json, const Limits& limits);

// Whether the entries fill `data_nbytes` bytes. Errors: kOverlap, kPadding (a hole, bytes after
// the last), kTruncated (the last ends past the data).
Status CheckLayout(std::span<const HeaderEntry> entries, uint64_t data_nbytes);

// The JSON of entries in this order, with blanks so that the data begins at a multiple of
// 8 bytes of the file. Texts are UTF-8.
std::string EncodeHeader(const Header& header);

// The dtype that the format calls so ("BF16"); nothing where it is unknown.
std::optional<DType> DTypeOfName(std::string_view name);

}  // namespace cairn::safetensors

#endif  // CAIRN_FORMATS_SAFETENSORS_HEADER_H_
