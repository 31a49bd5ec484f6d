// The index of a bundle, parsed: every entry checked, nothing of the data files touched.
#ifndef CAIRN_FORMATS_TF_BUNDLE_BUNDLE_INDEX_H_
#define CAIRN_FORMATS_TF_BUNDLE_BUNDLE_INDEX_H_

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/codec/sstable/table_reader.h"
#include "cairn/core/huge_pages.h"
#include "cairn/core/limits.h"
#include "cairn/core/shape.h"
#include "cairn/core/tensor_dict.h"
#include "cairn/formats/tf_bundle/bundle_proto.h"

namespace cairn::tf_bundle {

// Entries in the order of their names. Names lie in one arena, dimensions in another: no memory of
// its own for an entry.
class BundleIndex {
 public:
  struct Entry {
    uint64_t name_offset = 0;
    int64_t offset = 0;
    int64_t nbytes = 0;
    uint32_t name_nbytes = 0;
    uint32_t dims_offset = 0;
    uint32_t slice_list = 0;  // > 0: a partitioned variable; its own offset and size mean nothing
    int32_t shard_id = 0;
    uint32_t masked_crc32c = 0;
    uint8_t rank = 0;
    DType dtype = DType::kInvalid;
    bool has_crc32c = false;
  };
  static_assert(sizeof(Entry) == 48, "an index may have millions");
  static_assert(kMaxRank <= UINT8_MAX);

  // Reads every block of the file. Errors: those of sstable::TableReader, ParseHeader and
  // ParseEntry; kFormat (no header, or none that can be read), kUnsupported (a V1 checkpoint),
  // kLimit. Each begins with the path, and names the tensor where there is one.
  static Result<BundleIndex> Read(const std::shared_ptr<const RandomAccessFile>& file,
                                  const Limits& limits);

  // Reads the header alone. Errors: as Read.
  static Result<BundleHeader> ReadHeader(const sstable::TableReader& table, const Limits& limits);

  // Builds an index from entries obtained elsewhere (salvage, rebuild), by name.
  static BundleIndex Of(const BundleHeader& header, std::map<std::string, BundleEntry> entries);

  // Several as one, which counts the shards of each from where those of the one before end;
  // `prefixes` name them in errors. Errors: kDuplicate, kDType, kShape, kFormat (byte orders),
  // kLimit (also more dimensions than an Entry can count), kArgument (none).
  static Result<BundleIndex> Merge(std::vector<BundleIndex> indexes,
                                   std::span<const std::string> prefixes);

  const BundleHeader& header() const { return header_; }
  // Damage of the file that concerns no entry.
  const Status& harmless_error() const { return harmless_error_; }
  // Every tensor, as TensorFlow's reader lists them: pieces of partitioned variables are not among
  // them.
  std::span<const Entry> entries() const { return entries_; }
  // The slices that a partitioned variable is stored in: serialised TensorSliceProto. None for
  // other tensors.
  std::span<const std::string> slices(const Entry& entry) const;
  // The pieces: entries whose key is that of a slice of a partitioned variable among entries().
  std::span<const Entry> slice_entries() const { return slice_entries_; }

  // The numbers of the data files that tensors, or pieces of them, lie in.
  std::set<int32_t> ShardsWithTensors() const;

  // The piece under exactly this key; null where there is none.
  const Entry* FindSliceEntry(std::string_view key) const;

  std::string_view name(const Entry& entry) const {
    return std::string_view(names_).substr(entry.name_offset, entry.name_nbytes);
  }
  std::span<const int64_t> dims(const Entry& entry) const {
    return std::span(dims_).subspan(entry.dims_offset, entry.rank);
  }

 private:
  class Filler;  // takes the entries of the table as they come

  // Takes the slices out of `entry`.
  void Add(std::string_view name, BundleEntry& entry);
  // Gives where the shards of each begin among all.
  Result<std::vector<int64_t>> MergeHeaders(std::span<const BundleIndex> indexes,
                                            std::span<const std::string> prefixes);
  const Entry* Find(std::span<const Entry> entries, std::string_view wanted) const;
  void ListOrphans();
  bool IsSliceEntry(const Entry& entry) const;

  BundleHeader header_;
  Status harmless_error_;
  // Large ones in huge pages: half of the time to read an index went into the faults of small ones.
  std::vector<Entry, HugePageAllocator<Entry>> entries_;
  std::vector<Entry> slice_entries_;
  std::basic_string<char, std::char_traits<char>, HugePageAllocator<char>> names_;
  std::vector<int64_t, HugePageAllocator<int64_t>> dims_;
  std::vector<std::vector<std::string>> slice_lists_;  // entry.slice_list counts from 1
};

}  // namespace cairn::tf_bundle

#endif  // CAIRN_FORMATS_TF_BUNDLE_BUNDLE_INDEX_H_
