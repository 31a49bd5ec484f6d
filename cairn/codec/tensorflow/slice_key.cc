#include "cairn/codec/tensorflow/slice_key.h"

#include "cairn/codec/ordered_code.h"
#include "cairn/core/shape.h"

namespace cairn::tensorflow {

std::string EncodeSliceKey(std::string_view name, const TensorSlice& slice) {
  std::string key;
  AppendOrderedNumber(key, 0);
  AppendOrderedString(key, name);
  AppendOrderedNumber(key, slice.size());
  for (const auto& [start, length] : slice) {
    AppendOrderedSigned(key, start);
    AppendOrderedSigned(key, length);
  }
  return key;
}

std::optional<SliceKey> DecodeSliceKey(std::string_view key) {
  OrderedCodeReader reader(key);
  if (reader.ReadNumber() != uint64_t{0}) return std::nullopt;
  auto name = reader.ReadString();
  const auto rank = name ? reader.ReadNumber() : std::nullopt;
  if (!rank || *rank > kMaxRank) return std::nullopt;
  SliceKey decoded{*std::move(name), TensorSlice(*rank)};
  for (auto& [start, length] : decoded.slice) {
    const auto first = reader.ReadSigned();
    const auto second = first ? reader.ReadSigned() : std::nullopt;
    if (!second) return std::nullopt;
    start = *first;
    length = *second;
  }
  if (!reader.done()) return std::nullopt;
  return decoded;
}

}  // namespace cairn::tensorflow
