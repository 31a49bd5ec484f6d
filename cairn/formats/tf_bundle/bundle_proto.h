// The two messages of a bundle's index: BundleHeaderProto under the empty key, BundleEntryProto
// under each tensor's name.
//
//   BundleHeaderProto: num_shards = 1 int32, endianness = 2 enum {LITTLE 0, BIG 1},
//                      version = 3 VersionDef
//   VersionDef:        producer = 1 int32, min_consumer = 2 int32, bad_consumers = 3 repeated int32
//   BundleEntryProto:  dtype = 1 enum, shape = 2 TensorShapeProto, shard_id = 3 int32,
//                      offset = 4 int64, size = 5 int64, crc32c = 6 fixed32 (masked),
//                      slices = 7 repeated TensorSliceProto
//
// Source: tensorflow/core/protobuf/tensor_bundle.proto. Fields with default values are left out on
// writing, as TensorFlow does.
#ifndef CAIRN_FORMATS_TF_BUNDLE_BUNDLE_PROTO_H_
#define CAIRN_FORMATS_TF_BUNDLE_BUNDLE_PROTO_H_

#include <optional>
#include <string>
#include <vector>

#include "cairn/core/bytes.h"
#include "cairn/core/dtype.h"
#include "cairn/core/status.h"

namespace cairn::tf_bundle {

enum class Endianness : uint8_t { kLittle = 0, kBig = 1 };

struct BundleHeader {
  uint32_t num_shards = 1;
  Endianness endianness = Endianness::kLittle;
};

// One tensor as the index tells it. `dims` is checked (rank, signs, product); where its bytes lie
// is not.
struct BundleEntry {
  DType dtype = DType::kInvalid;
  std::vector<int64_t> dims;
  int64_t shard_id = 0;
  int64_t offset = 0;
  int64_t nbytes = 0;
  std::optional<uint32_t> masked_crc32c;
  std::vector<std::string>
      slices;  // serialised TensorSliceProto; not empty = a partitioned variable, stored in pieces
  std::string unknown_fields;  // verbatim; EncodeEntry writes them again
};

// Errors: kProto, kLimit (num_shards outside 1..max_shards), kVersion, kUnsupported (an endianness
// that is neither).
Result<BundleHeader> ParseHeader(Bytes message, uint64_t max_shards);
std::string EncodeHeader(const BundleHeader& header);
// The same message with another number of data files; every other field stays byte for byte.
// Errors: kProto.
Result<std::string> WithNumShards(Bytes message, uint32_t num_shards);

// Fills `entry`, whose old contents are dropped but whose memory is used again. Errors: kProto,
// kDType, kShape, kOverflow, kLimit (more slices than any writer makes).
Status ParseEntry(Bytes message, BundleEntry& entry);
std::string EncodeEntry(const BundleEntry& entry);

}  // namespace cairn::tf_bundle

#endif  // CAIRN_FORMATS_TF_BUNDLE_BUNDLE_PROTO_H_
