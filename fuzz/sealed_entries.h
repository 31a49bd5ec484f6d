// Entries of an index whose checksums are made those of the data: without it every change of a
// value, or of where it lies, would end as a wrong checksum.
#ifndef FUZZ_SEALED_ENTRIES_H_
#define FUZZ_SEALED_ENTRIES_H_

#include <string>

#include "cairn/codec/sstable/table_reader.h"
#include "cairn/core/checked_math.h"
#include "cairn/formats/tf_bundle/bundle_proto.h"
#include "cairn/io/checksum.h"
#include "cairn/testing/table_bytes.h"

namespace cairn {

// A table of the same entries as `index`, or `index` itself where it is none. Strings and variants,
// which have checksums of their own kind, stay as they are.
inline std::string WithSealedEntries(const std::string& index, Bytes data) {
  const auto table = sstable::TableReader::Open(OpenBytes(index), Limits());
  if (!table.ok()) return index;
  TableEntries entries;
  const Status read = table->ForEach([&](std::string_view key, Bytes value) -> Status {
    tf_bundle::BundleEntry entry;
    std::string message(AsText(value));
    const bool is_entry = !key.empty() && tf_bundle::ParseEntry(value, entry).ok();
    if (is_entry && ElementNbytes(entry.dtype) > 0 && entry.offset >= 0 && entry.nbytes >= 0) {
      const auto offset = static_cast<uint64_t>(entry.offset);
      const auto nbytes = static_cast<uint64_t>(entry.nbytes);
      if (RangeFits(offset, nbytes, data.size())) {
        entry.masked_crc32c = MaskCrc32c(Crc32c(data.subspan(offset, nbytes)));
        message = tf_bundle::EncodeEntry(entry);
      }
    }
    entries.emplace_back(key, std::move(message));
    return {};
  });
  return read.ok() ? MakeTable(entries) : index;
}

}  // namespace cairn

#endif  // FUZZ_SEALED_ENTRIES_H_
