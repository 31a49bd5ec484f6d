#include "cairn/formats/tf_bundle/string_payload.h"

#include <algorithm>

#include "cairn/core/byte_reader.h"
#include "cairn/core/hex.h"
#include "cairn/io/checksum.h"

namespace cairn::tf_bundle {
namespace {

uint32_t ExtendWithLength(uint32_t crc, uint64_t length, Endianness endianness) {
  // TensorFlow writes lengths below 2^32 into the checksum as 32 bits; files from before 2018 need
  // that.
  std::byte fixed[8];
  const size_t nbytes = length <= UINT32_MAX ? 4 : 8;
  StoreLittleEndian(fixed, length);
  if (endianness == Endianness::kBig) std::reverse(fixed, fixed + nbytes);
  return ExtendCrc32c(crc, Bytes(fixed, nbytes));
}

size_t VarintNbytes(uint64_t value) {
  size_t nbytes = 1;
  for (; value >= 0x80; value >>= 7) ++nbytes;
  return nbytes;
}

std::byte* StoreVarint(std::byte* to, uint64_t value) {
  for (; value >= 0x80; value >>= 7) *to++ = static_cast<std::byte>(value | 0x80);
  *to++ = static_cast<std::byte>(value);
  return to;
}

}  // namespace

Result<StringLengths> ReadStringLengths(Bytes bytes, uint64_t available, uint64_t num_elements,
                                        Endianness endianness) {
  if (num_elements > available) {
    return Status(Reason::kBounds, std::to_string(num_elements) + " strings cannot lie in " +
                                       std::to_string(available) + " bytes");
  }
  ByteReader reader(bytes);
  StringLengths lengths;
  for (uint64_t i = 0; i < num_elements; ++i) {
    const auto length = reader.ReadVarint64();
    if (!length || *length > available - lengths.total_nbytes) {
      return Status(Reason::kBounds, "the length of string " + std::to_string(i) +
                                         " leaves the payload of " + std::to_string(available) +
                                         " bytes");
    }
    lengths.total_nbytes += *length;
    lengths.crc32c = ExtendWithLength(lengths.crc32c, *length, endianness);
  }
  lengths.checksum_offset = reader.position();
  const auto stored = reader.ReadFixed<uint32_t>();
  if (!stored)
    return Status(Reason::kBounds, "the payload ends before the checksum of the lengths");
  lengths.elements_offset = reader.position();
  const uint32_t masked = endianness == Endianness::kBig ? __builtin_bswap32(*stored) : *stored;
  if (UnmaskCrc32c(masked) != lengths.crc32c)
    return ElementsMismatch("lengths of the strings", lengths.crc32c, UnmaskCrc32c(masked));
  return lengths;
}

Result<StringTensor> DecodeStrings(Bytes payload, uint64_t num_elements,
                                   std::optional<uint32_t> expected_crc32c, Endianness endianness) {
  if (num_elements == 0 && payload.empty()) return StringTensor();  // TensorFlow reads that, too
  CAIRN_ASSIGN_OR_RETURN(const StringLengths stored,
                         ReadStringLengths(payload, payload.size(), num_elements, endianness));
  if (const uint64_t left = payload.size() - stored.elements_offset; left != stored.total_nbytes) {
    return Status(Reason::kSize, "the strings need " + std::to_string(stored.total_nbytes) +
                                     " bytes, " + std::to_string(left) + " are stored");
  }
  const uint32_t crc = ExtendCrc32c(stored.crc32c, payload.subspan(stored.checksum_offset));
  if (expected_crc32c && *expected_crc32c != crc)
    return ElementsMismatch("strings", crc, *expected_crc32c);

  StringTensor strings;
  strings.Reserve(num_elements, stored.total_nbytes);
  ByteReader lengths(payload);
  ByteReader elements(payload.subspan(stored.elements_offset));
  for (uint64_t i = 0; i < num_elements; ++i) {
    const auto length = lengths.ReadVarint64();
    const auto element = length ? elements.ReadBytes(*length) : std::nullopt;
    // The payload may lie in a mapped file that another program writes to.
    if (!element) return Status(Reason::kChanged, "the strings changed while they were read");
    strings.Add(AsText(*element));
  }
  return strings;
}

uint64_t EncodedNbytes(const StringTensor& strings) {
  uint64_t nbytes = sizeof(uint32_t) + strings.total_nbytes();
  for (size_t i = 0; i < strings.size(); ++i) nbytes += VarintNbytes(strings[i].size());
  return nbytes;
}

EncodedStrings EncodeStrings(const StringTensor& strings) {
  EncodedStrings encoded;
  encoded.payload.resize(EncodedNbytes(strings));
  std::byte* to = encoded.payload.data();
  uint32_t crc = 0;
  for (size_t i = 0; i < strings.size(); ++i) {
    to = StoreVarint(to, strings[i].size());
    crc = ExtendWithLength(crc, strings[i].size(), Endianness::kLittle);
  }
  const size_t checksum_offset = to - encoded.payload.data();
  StoreLittleEndian(to, MaskCrc32c(crc));
  to += sizeof(uint32_t);
  for (size_t i = 0; i < strings.size(); ++i) {
    CopyBytes(AsBytes(strings[i]), to);
    to += strings[i].size();
  }
  encoded.crc32c = ExtendCrc32c(crc, Bytes(encoded.payload).subspan(checksum_offset));
  return encoded;
}

Status ElementsMismatch(const std::string& what, uint32_t computed, uint32_t expected) {
  return Status(Reason::kCrc, what + ": checksum " + Hex(computed) + ", expected " + Hex(expected));
}

}  // namespace cairn::tf_bundle
