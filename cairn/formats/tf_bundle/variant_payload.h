// How a bundle stores a variant tensor:
//
//   payload: (length:varint64  VariantTensorDataProto  masked crc32c:u32) * n
//
// One checksum runs through the whole: over each length as 8 bytes, not over the varint, over the
// message, then (stored and) over the four stored bytes. The entry's checksum is what it ends with.
// Only the program that wrote a message knows what it means; here it is carried as it is.
#ifndef CAIRN_FORMATS_TF_BUNDLE_VARIANT_PAYLOAD_H_
#define CAIRN_FORMATS_TF_BUNDLE_VARIANT_PAYLOAD_H_

#include "cairn/formats/tf_bundle/string_payload.h"

namespace cairn::tf_bundle {

// The messages. Errors: those of DecodeStrings.
Result<StringTensor> DecodeVariants(Bytes payload, uint64_t num_elements,
                                    std::optional<uint32_t> expected_crc32c);
EncodedStrings EncodeVariants(const StringTensor& messages);

}  // namespace cairn::tf_bundle

#endif  // CAIRN_FORMATS_TF_BUNDLE_VARIANT_PAYLOAD_H_
