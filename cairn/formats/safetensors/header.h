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

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cairn/core/limits.h"
#include "cairn/core/status.h"
#include "cairn/formats/safetensors/entry_list.h"

namespace cairn::safetensors {

inline constexpr uint64_t kPrefixNbytes = 8;               // the size of the header
inline constexpr uint64_t kMaxHeaderNbytes = 100'000'000;  // as the format has it

using Metadata = std::map<std::string, std::string>;

struct Header {
  EntryList entries;  // in the order of their data, then of their names
  Metadata metadata;
};

// Errors: kFormat (no JSON, or not of this form), kDuplicate, kDType, kShape, kOverflow, kSize (an
// entry is not as long as dtype and shape need), kBounds (it ends before it begins), kLimit; each
// names the tensor where there is one.
Result<Header> ParseHeader(std::string_view json, const Limits& limits);

// Whether the entries fill `data_nbytes` bytes. Errors: kOverlap, kPadding (a hole, bytes after
// the last), kTruncated (the last ends past the data).
Status CheckLayout(const EntryList& entries, uint64_t data_nbytes);

// The JSON of entries in this order, with blanks so that the data begins at a multiple of
// 8 bytes of the file. Texts are UTF-8.
std::string EncodeHeader(const Header& header);
// Passes the same JSON on piece by piece, so that it is never held whole.
void EncodeHeader(const Header& header, const std::function<void(std::string_view)>& take);

// The dtype that the format calls so ("BF16"); nothing where it is unknown.
std::optional<DType> DTypeOfName(std::string_view name);

}  // namespace cairn::safetensors

#endif  // CAIRN_FORMATS_SAFETENSORS_HEADER_H_
