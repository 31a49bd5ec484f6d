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
  // An arena: a sparse file may claim more than there is memory.
  std::shared_ptr<Arena> arena;
  const auto make_room = [&](uint64_t nbytes) -> Result<MutableBytes> {
    CAIRN_ASSIGN_OR_RETURN(arena, Arena::Make(nbytes).AtPath(path));
    return arena->bytes();
  };
  CAIRN_ASSIGN_OR_RETURN(const Bytes payload,
                         ReadRange(*payload_.file, payload_.offset, payload_.nbytes, make_room));
  return Decode(payload).AtPath(path).AtOffset(payload_.offset);
}

Result<StringTensor> PayloadSource::Decode(Bytes payload) const {
  std::optional<uint32_t> crc32c;
  if (payload_.checksum) crc32c = payload_.checksum->value;
  if (dtype_ == DType::kVariant) return DecodeVariants(payload, shape_.num_elements(), crc32c);
  return DecodeStrings(payload, shape_.num_elements(), crc32c, endianness_);
}

}  // namespace cairn::tf_bundle
