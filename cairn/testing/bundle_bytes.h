// TensorFlow V2 checkpoints made by hand for tests: right by default, wrong wherever a test says
// so. Written from the description of the format, not with the code under test.
#ifndef CAIRN_TESTING_BUNDLE_BYTES_H_
#define CAIRN_TESTING_BUNDLE_BYTES_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/dtype.h"
#include "cairn/core/status.h"
#include "cairn/io/file_system.h"

namespace cairn {

// The fields of a BundleEntryProto; defaults are left out when it is encoded.
struct EntryFields {
  uint64_t dtype = 1;
  std::vector<int64_t> dims;
  int64_t shard = 0;
  int64_t offset = 0;
  int64_t nbytes = 0;
  std::optional<uint32_t> masked_crc32c;
  std::string more;  // further fields, as they lie

  std::string Encode() const;
};

// A piece of a partitioned variable; a dimension is {start, length}, or kWholeSlice.
inline constexpr std::pair<int64_t, int64_t> kWholeSlice{0, -1};
struct PieceFields {
  std::vector<std::pair<int64_t, int64_t>> slice;
  std::string payload;
  size_t shard = 0;
};

class BundleBytes {
 public:
  explicit BundleBytes(size_t num_shards = 1);

  // Appends `payload` to a shard and adds the entry that describes it.
  BundleBytes& Add(const std::string& name, DType dtype, std::vector<int64_t> dims,
                   std::string_view payload, size_t shard = 0);
  BundleBytes& AddStrings(const std::string& name, std::vector<int64_t> dims,
                          const std::vector<std::string>& elements, size_t shard = 0);
  // Messages of any bytes, in place of VariantTensorDataProto.
  BundleBytes& AddVariants(const std::string& name, std::vector<int64_t> dims,
                           const std::vector<std::string>& messages, size_t shard = 0);
  // The whole entry with its slices, and an entry for each piece.
  BundleBytes& AddSliced(const std::string& name, DType dtype, std::vector<int64_t> dims,
                         const std::vector<PieceFields>& pieces);
  // An entry, or any bytes in its place; nothing is appended to a shard.
  BundleBytes& AddEntry(const std::string& name, const EntryFields& fields);
  BundleBytes& AddMessage(const std::string& name, std::string message);

  // The fields that Add would give: what a test then alters and adds by AddEntry.
  EntryFields Append(DType dtype, std::vector<int64_t> dims, std::string_view payload,
                     size_t shard = 0);

  std::string header;                          // the message under the empty key
  std::map<std::string, std::string> entries;  // messages by name
  std::vector<std::string> shards;             // contents of the data files
  size_t entries_per_block = 1'000'000;

  std::string index() const;
  // The files PREFIX.index and PREFIX.data-…; their directory must exist.
  Status WriteTo(FileSystem& fs, const std::string& prefix) const;
};

// A header message of `num_shards`, as TensorFlow writes it.
std::string HeaderMessage(int64_t num_shards);
// "PREFIX.data-00001-of-00002"
std::string ShardPath(const std::string& prefix, size_t shard, size_t num_shards);
// Raw bytes of numbers, as a data file holds them.
template <typename T>
std::string RawBytes(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

}  // namespace cairn

#endif  // CAIRN_TESTING_BUNDLE_BYTES_H_
