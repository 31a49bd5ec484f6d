#include "cairn/formats/tf_bundle/variant_payload.h"

#include "cairn/codec/sstable/table_format.h"
#include "cairn/core/byte_reader.h"
#include "cairn/io/checksum.h"

namespace cairn::tf_bundle {
namespace {

constexpr uint64_t kMinElementNbytes = 1 + sizeof(uint32_t);

uint32_t ExtendWithMessage(uint32_t crc, Bytes message) {
  std::byte length[sizeof(uint64_t)];
  StoreLittleEndian(length, uint64_t{message.size()});
  return ExtendCrc32c(ExtendCrc32c(crc, length), message);
}

uint32_t ExtendWithStored(uint32_t crc, uint32_t masked) {
  std::byte stored[sizeof(uint32_t)];
  StoreLittleEndian(stored, masked);
  return ExtendCrc32c(crc, stored);
}

}  // namespace

Result<StringTensor> DecodeVariants(Bytes payload, uint64_t num_elements,
                                    std::optional<uint32_t> expected_crc32c) {
  if (num_elements > payload.size() / kMinElementNbytes) {
    return Status(Reason::kBounds, std::to_string(num_elements) + " variants cannot lie in " +
                                       std::to_string(payload.size()) + " bytes");
  }
  ByteReader reader(payload);
  StringTensor messages;
  messages.Reserve(num_elements, payload.size());
  uint32_t crc = 0;
  for (uint64_t i = 0; i < num_elements; ++i) {
    const auto length = reader.ReadVarint64();
    const auto message = length ? reader.ReadBytes(*length) : std::nullopt;
    const auto stored = message ? reader.ReadFixed<uint32_t>() : std::nullopt;
    if (!stored) {
      return Status(Reason::kBounds, "variant " + std::to_string(i) + " leaves the payload of " +
                                         std::to_string(payload.size()) + " bytes");
    }
    crc = ExtendWithMessage(crc, *message);
    if (UnmaskCrc32c(*stored) != crc)
      return ElementsMismatch("variant " + std::to_string(i), crc, UnmaskCrc32c(*stored));
    crc = ExtendWithStored(crc, *stored);
    messages.Add(AsText(*message));
  }
  if (!reader.done()) {
    return Status(Reason::kSize, std::to_string(reader.remaining()) + " bytes after the last of " +
                                     std::to_string(num_elements) + " variants");
  }
  if (expected_crc32c && *expected_crc32c != crc)
    return ElementsMismatch("variants", crc, *expected_crc32c);
  return messages;
}

EncodedStrings EncodeVariants(const StringTensor& messages) {
  EncodedStrings encoded;
  for (size_t i = 0; i < messages.size(); ++i) {
    const Bytes message = AsBytes(messages[i]);
    encoded.crc32c = ExtendWithMessage(encoded.crc32c, message);
    const uint32_t masked = MaskCrc32c(encoded.crc32c);
    encoded.crc32c = ExtendWithStored(encoded.crc32c, masked);
    std::string element;
    sstable::AppendVarint(element, message.size());
    element += messages[i];
    sstable::AppendFixed32(element, masked);
    const Bytes bytes = AsBytes(element);
    encoded.payload.insert(encoded.payload.end(), bytes.begin(), bytes.end());
  }
  return encoded;
}

}  // namespace cairn::tf_bundle
