#include "cairn/codec/snappy.h"

#include <snappy.h>

#include "cairn/core/byte_reader.h"

namespace cairn {
namespace {

// The densest element is a copy of 64 bytes told in 3.
constexpr uint64_t kMaxExpansion = 22;

}  // namespace

Result<std::vector<std::byte>> DecompressSnappy(Bytes compressed, uint64_t max_nbytes) {
  const auto nbytes = ByteReader(compressed).ReadVarint32();
  if (!nbytes) return Status(Reason::kSnappy, "snappy data does not begin with its length");
  if (*nbytes > max_nbytes) {
    return Status(Reason::kLimit, "snappy data of " + std::to_string(*nbytes) + " bytes, at most " +
                                      std::to_string(max_nbytes) + " are read");
  }
  if (*nbytes / kMaxExpansion > compressed.size()) {
    return Status(Reason::kSnappy, std::to_string(compressed.size()) +
                                       " bytes of snappy data cannot hold the " +
                                       std::to_string(*nbytes) + " they promise");
  }
  std::vector<std::byte> plain(*nbytes);
  if (!snappy::RawUncompress(reinterpret_cast<const char*>(compressed.data()), compressed.size(),
                             reinterpret_cast<char*>(plain.data()))) {
    return Status(Reason::kSnappy, "malformed snappy data");
  }
  return plain;
}

}  // namespace cairn
