// The keys under which the pieces of a partitioned variable lie:
//
//   key:   00  name 00 01  rank  (start length)*          all in TensorFlow's ordered code
//   name:  its bytes, 00 written as 00 ff, and ff as ff 00
//
// They sort before the name of every tensor that does not begin with a zero byte.
#ifndef CAIRN_CODEC_TENSORFLOW_SLICE_KEY_H_
#define CAIRN_CODEC_TENSORFLOW_SLICE_KEY_H_

#include <optional>
#include <string>
#include <string_view>

namespace cairn::tensorflow {

// The name in the key of a slice; nothing for keys that do not begin as those do.
std::optional<std::string> NameOfSliceKey(std::string_view key);

}  // namespace cairn::tensorflow

#endif  // CAIRN_CODEC_TENSORFLOW_SLICE_KEY_H_
