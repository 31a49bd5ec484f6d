#include "cairn/formats/tf_bundle/payload_source.h"

#include "cairn/formats/tf_bundle/string_payload.h"
#include "cairn/formats/tf_bundle/variant_payload.h"
#include "cairn/transfer/arena.h"
#include "cairn/transfer/transfer.h"

namespace cairn::tf_bundle {

Result<std::unique_ptr<TensorStream>> PayloadSource::OpenStream() const {
  return Status(Reason::kDType, std::string(Name(dtype_)) +
                                    " elements have no fixed size; they are read by ReadStrings");
}

Result<StringTensor> PayloadSource::ReadStrings() const {
  const std::string& path = payload_.file->path();
  if (const Bytes mapped = payload_.file->mapped(); !mapped.empty()) {
    return Decode(mapped.subspan(payload_.offset, payload_.nbytes))
        .AtPath(path)
        .AtOffset(payload_.offset);
  }
  // An arena: a sparse file may claim more than there is memory.
  CAIRN_ASSIGN_OR_RETURN(const auto buffer, Arena::Make(payload_.nbytes).AtPath(path));
  CAIRN_RETURN_IF_ERROR(payload_.file->ReadAt(payload_.offset, buffer->bytes()));
  return Decode(buffer->bytes()).AtPath(path).AtOffset(payload_.offset);
}

Result<StringTensor> PayloadSource::Decode(Bytes payload) const {
  std::optional<uint32_t> crc32c;
  if (payload_.checksum) crc32c = payload_.checksum->value;
  if (dtype_ == DType::kVariant) return DecodeVariants(payload, shape_.num_elements(), crc32c);
  return DecodeStrings(payload, shape_.num_elements(), crc32c, endianness_);
}

}  // namespace cairn::tf_bundle
