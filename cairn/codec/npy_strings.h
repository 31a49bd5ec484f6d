// String elements as numpy's "|S5" and "<U5" hold them: of one width, filled with NUL.
#ifndef CAIRN_CODEC_NPY_STRINGS_H_
#define CAIRN_CODEC_NPY_STRINGS_H_

#include <memory>
#include <string>
#include <string_view>

#include "cairn/core/tensor_source.h"

namespace cairn {

// Whether a tensor is text for numpy, not bytes. `stored_as` is TensorInfo::stored_as, "<U5" then.
bool IsNpyText(std::string_view stored_as);

// How strings are stored.
struct NpyStringType {
  bool is_text = false;  // "<U5": UCS-4; otherwise "|S5": bytes
  uint64_t width = 1;    // the number of characters or bytes

  std::string descr() const;
  uint64_t element_nbytes() const { return is_text ? 4 * width : width; }
  bool HasRoomFor(std::string_view element) const;
};

// Chooses the type for all elements, which are read to their end: as wide as the widest, at least
// 1. Text stays text, of at least the width that it was stored with, as long as all of it is UTF-8.
// Errors: kUnsupported (an element ends in NUL, which both forms would lose; more than 1 GiB in
// all); those of the stream.
Result<NpyStringType> ChooseNpyStringType(StringStream& strings, std::string_view stored_as);

// Streams all elements, each filled to the width. Errors of the stream: kSize (an element for which
// there is no room), those of `strings`.
std::unique_ptr<TensorStream> StreamNpyStrings(std::unique_ptr<StringStream> strings,
                                               NpyStringType type);

}  // namespace cairn

#endif  // CAIRN_CODEC_NPY_STRINGS_H_
