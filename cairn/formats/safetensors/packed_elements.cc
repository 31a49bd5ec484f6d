#include "cairn/formats/safetensors/packed_elements.h"

#include "cairn/source/converted_source.h"
#include "cairn/source/extent_source.h"

namespace cairn::safetensors {
namespace {

// The fewest elements that fill whole bytes.
template <int kBits>
struct Group {
  static constexpr size_t kNumElements = kBits == 4 ? 2 : 4;
  static constexpr size_t kPackedNbytes = kNumElements * kBits / 8;
  static constexpr uint32_t kMask = (1u << kBits) - 1;
};

template <int kBits>
Status Unpack(Bytes packed, std::byte* to) {
  using G = Group<kBits>;
  for (size_t at = 0; at < packed.size(); at += G::kPackedNbytes) {
    uint32_t bits = 0;
    for (size_t i = 0; i < G::kPackedNbytes; ++i)
      bits |= std::to_integer<uint32_t>(packed[at + i]) << (8 * i);
    for (size_t i = 0; i < G::kNumElements; ++i, bits >>= kBits)
      *to++ = static_cast<std::byte>(bits & G::kMask);
  }
  return {};
}

Status TooManyBits(Bytes elements, int bits) {
  for (const std::byte element : elements) {
    const auto code = std::to_integer<uint32_t>(element);
    if (code >> bits != 0)
      return Status(Reason::kUnsupported, "an element is " + std::to_string(code) +
                                              ", its dtype has " + std::to_string(bits) + " bits");
  }
  return {};
}

template <int kBits>
Status Pack(Bytes elements, std::byte* to) {
  using G = Group<kBits>;
  std::byte all{0};
  for (size_t at = 0; at < elements.size(); at += G::kNumElements) {
    uint32_t bits = 0;
    for (size_t i = 0; i < G::kNumElements; ++i) {
      all |= elements[at + i];
      bits |= std::to_integer<uint32_t>(elements[at + i]) << (kBits * i);
    }
    for (size_t i = 0; i < G::kPackedNbytes; ++i)
      *to++ = static_cast<std::byte>(bits >> (8 * i) & 0xff);
  }
  const bool fit = std::to_integer<uint32_t>(all) <= G::kMask;
  return fit ? Status() : TooManyBits(elements, kBits);
}

template <int kBits>
UnitConversion Unpacking() {
  return {Group<kBits>::kPackedNbytes, Group<kBits>::kNumElements, [] { return Unpack<kBits>; }};
}
template <int kBits>
UnitConversion Packing() {
  return {Group<kBits>::kNumElements, Group<kBits>::kPackedNbytes, [] { return Pack<kBits>; }};
}

}  // namespace

bool IsPacked(DType dtype) {
  const DTypeInfo& info = InfoOf(dtype);
  return !info.safetensors.empty() && info.bits < 8;
}

Result<uint64_t> StoredNbytes(DType dtype, uint64_t num_elements) {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes, Nbytes(dtype, num_elements));
  if (!IsPacked(dtype)) return nbytes;
  const uint64_t bits = InfoOf(dtype).bits;
  // Unpacked elements have one byte each, so their bits cannot overflow.
  const uint64_t whole = num_elements / 8 * bits;
  const uint64_t rest = num_elements % 8 * bits;
  if (rest % 8 == 0) return whole + rest / 8;
  return Status(Reason::kSize, std::to_string(num_elements) + " elements of " +
                                   std::to_string(bits) + " bits do not fill their last byte");
}

Result<std::shared_ptr<const TensorSource>> UnpackElements(DType dtype, Shape shape,
                                                           Extent extent) {
  CAIRN_ASSIGN_OR_RETURN(Shape packed, Shape::Make({static_cast<int64_t>(extent.nbytes)}));
  CAIRN_ASSIGN_OR_RETURN(auto stored,
                         ExtentSource::Make(DType::kUInt8, std::move(packed), std::move(extent)));
  return ConvertUnits(std::move(stored), dtype, std::move(shape),
                      InfoOf(dtype).bits == 4 ? Unpacking<4>() : Unpacking<6>());
}

Result<std::shared_ptr<const TensorSource>> PackElements(
    std::shared_ptr<const TensorSource> value) {
  const DType dtype = value->dtype();
  CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes, StoredNbytes(dtype, value->shape().num_elements()));
  CAIRN_ASSIGN_OR_RETURN(Shape packed, Shape::Make({static_cast<int64_t>(nbytes)}));
  return ConvertUnits(std::move(value), DType::kUInt8, std::move(packed),
                      InfoOf(dtype).bits == 4 ? Packing<4>() : Packing<6>());
}

}  // namespace cairn::safetensors
