// Any bytes as a slice and as the key of one. What is taken apart must come back.
#include "cairn/codec/tensorflow/slice_key.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cairn::tensorflow;
  const cairn::Bytes bytes = std::as_bytes(std::span(data, size));
  if (const auto slice = ParseTensorSlice(bytes); slice.ok()) {
    if (*ParseTensorSlice(cairn::AsBytes(EncodeTensorSlice(*slice))) != *slice) __builtin_trap();
  }
  if (const auto key = DecodeSliceKey(cairn::AsText(bytes))) {
    const auto again = DecodeSliceKey(EncodeSliceKey(key->name, key->slice));
    if (!again || again->name != key->name || again->slice != key->slice) __builtin_trap();
  }
  return 0;
}
