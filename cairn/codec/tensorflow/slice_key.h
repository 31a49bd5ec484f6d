// The keys under which the pieces of a partitioned variable lie in a table:
//
//   key:  0:number  name:string  rank:number  (start:signed  length:signed)*     in ordered code
//
// A whole dimension has the length -1. The keys sort before the name of every tensor that does not
// begin with a zero byte.
#ifndef CAIRN_CODEC_TENSORFLOW_SLICE_KEY_H_
#define CAIRN_CODEC_TENSORFLOW_SLICE_KEY_H_

#include <optional>

#include "cairn/codec/tensorflow/tensor_slice.h"

namespace cairn::tensorflow {

std::string EncodeSliceKey(std::string_view name, const TensorSlice& slice);

struct SliceKey {
  std::string name;
  TensorSlice slice;
};
// Takes the key of a slice apart; nothing for any other key.
std::optional<SliceKey> DecodeSliceKey(std::string_view key);

}  // namespace cairn::tensorflow

#endif  // CAIRN_CODEC_TENSORFLOW_SLICE_KEY_H_
