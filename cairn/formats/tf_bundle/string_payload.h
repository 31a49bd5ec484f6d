// How a bundle stores a string tensor:
//
//   payload: length:varint64 * n  masked crc32c of the lengths:u32  bytes * n
//
// The checksum of the lengths runs over each length as a fixed number (u32 up to 2^32-1, else u64),
// not over the varints. The entry's checksum continues it: over the four stored checksum bytes,
// then over all bytes of the strings. In a big-endian checkpoint the stored checksum and the
// numbers under it are big-endian; the varints are not.
#ifndef CAIRN_FORMATS_TF_BUNDLE_STRING_PAYLOAD_H_
#define CAIRN_FORMATS_TF_BUNDLE_STRING_PAYLOAD_H_

#include <optional>

#include "cairn/core/tensor_source.h"
#include "cairn/formats/tf_bundle/bundle_proto.h"

namespace cairn::tf_bundle {

// The part of a payload before its elements.
struct StringLengths {
  uint64_t total_nbytes = 0;     // of all elements
  uint64_t checksum_offset = 0;  // after the lengths
  uint64_t elements_offset = 0;
  uint32_t crc32c = 0;  // of the lengths
};
// `bytes` is a payload, or as much of its start as the lengths need; `available` bytes there are
// for it. Errors: kBounds (the lengths leave those, or there are not `num_elements` of them), kCrc.
Result<StringLengths> ReadStringLengths(Bytes bytes, uint64_t available, uint64_t num_elements,
                                        Endianness endianness = Endianness::kLittle);

// `expected_crc32c` is the entry's, unmasked; nothing where the entry has none. Errors: those
// of ReadStringLengths, kCrc, kSize (bytes left over), kChanged (another program wrote to the
// payload meanwhile).
Result<StringTensor> DecodeStrings(Bytes payload, uint64_t num_elements,
                                   std::optional<uint32_t> expected_crc32c,
                                   Endianness endianness = Endianness::kLittle);

struct EncodedStrings {
  std::vector<std::byte> payload;
  uint32_t crc32c = 0;  // for the entry, unmasked
};
EncodedStrings EncodeStrings(const StringTensor& strings);
// The size of that payload.
uint64_t EncodedNbytes(const StringTensor& strings);

// "strings: checksum 0x…, expected 0x…": the kCrc error of a payload.
Status ElementsMismatch(const std::string& what, uint32_t computed, uint32_t expected);

}  // namespace cairn::tf_bundle

#endif  // CAIRN_FORMATS_TF_BUNDLE_STRING_PAYLOAD_H_
