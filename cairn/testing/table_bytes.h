// SSTables made by hand for tests: right by default, wrong wherever a test says so.
#ifndef CAIRN_TESTING_TABLE_BYTES_H_
#define CAIRN_TESTING_TABLE_BYTES_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/codec/sstable/table_format.h"
#include "cairn/core/file.h"
#include "cairn/io/file_system.h"

namespace cairn {

// The plain contents of one block. Add writes as a correct writer does; the other calls write what
// they are told.
class BlockBytes {
 public:
  explicit BlockBytes(size_t restart_interval = 16) : restart_interval_(restart_interval) {}

  BlockBytes& Add(std::string_view key, std::string_view value);
  // An entry that promises these three lengths, followed by `rest`.
  BlockBytes& AddRaw(uint64_t shared, uint64_t unshared, uint64_t value_nbytes,
                     std::string_view rest);
  // In place of the restarts that Add noted.
  BlockBytes& SetRestarts(std::vector<uint32_t> offsets);
  // In place of the number of restarts.
  BlockBytes& SetRestartCount(uint32_t count);

  std::string contents() const;

 private:
  size_t restart_interval_;
  size_t since_restart_ = 0;
  std::string entries_;
  std::string last_key_;
  std::vector<uint32_t> restarts_ = {0};
  std::optional<uint32_t> restart_count_;
};

// A whole file, block after block. Whatever goes into a block is sealed with its right checksum.
class TableBytes {
 public:
  // Appends contents as they are stored, and their trailer.
  sstable::BlockHandle Append(std::string_view contents, uint8_t type = 0);
  // The same with another checksum, stored as it is.
  sstable::BlockHandle AppendWithCrc(std::string_view contents, uint8_t type, uint32_t stored_crc);
  // Bytes that belong to no block.
  TableBytes& AppendGap(std::string_view bytes);

  TableBytes& Index(std::string_view key, sstable::BlockHandle handle);
  TableBytes& IndexRaw(std::string_view key, std::string_view value);
  // Append and Index in one.
  TableBytes& AddBlock(const BlockBytes& block, std::string_view index_key);

  // Where the next block goes.
  uint64_t offset() const { return file_.size(); }

  // Appends metaindex, index and footer.
  std::string Finish();
  // The same with an index block, or a footer, of the test's own.
  std::string FinishWithIndex(std::string_view index_contents);
  std::string FinishWithFooter(sstable::BlockHandle metaindex, sstable::BlockHandle index);

 private:
  std::string file_;
  BlockBytes index_{1};
};

// A right table of these entries, in this order; the index key of a block is its last key.
using TableEntries = std::vector<std::pair<std::string, std::string>>;
std::string MakeTable(const TableEntries& entries, size_t entries_per_block = 1'000'000);
// The same with snappy blocks.
std::string MakeSnappyTable(const TableEntries& entries, size_t entries_per_block = 1'000'000);

std::string CompressSnappy(std::string_view plain);

// Recomputes the checksums of every block that footer and index name, as far as those can be read.
// For damage beneath a checksum, and for fuzzing.
void SealTable(std::string& file);
std::string SealedTable(const uint8_t* data, size_t size);

// An open file of these bytes, mapped or read, of the path "t.index".
std::shared_ptr<const RandomAccessFile> OpenBytes(std::string_view bytes,
                                                  Access access = Access::kMap);

}  // namespace cairn

#endif  // CAIRN_TESTING_TABLE_BYTES_H_
