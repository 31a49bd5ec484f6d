// Writes an SSTable in memory, byte for byte as TensorFlow writes the index of a checkpoint.
#ifndef CAIRN_CODEC_SSTABLE_TABLE_WRITER_H_
#define CAIRN_CODEC_SSTABLE_TABLE_WRITER_H_

#include <string>
#include <string_view>
#include <vector>

#include "cairn/codec/sstable/table_format.h"

namespace cairn::sstable {

// Blocks are plain: older readers, and some builds of TensorFlow, have no snappy.
class TableWriter {
 public:
  // The size at which TensorFlow ends a block.
  static constexpr size_t kTensorFlowBlockNbytes = 256 << 10;

  explicit TableWriter(size_t block_nbytes = kTensorFlowBlockNbytes)
      : block_nbytes_(block_nbytes) {}

  // Keys must increase strictly. Errors: kOrder, kDuplicate; the writer is then as before.
  Status Add(std::string_view key, std::string_view value);

  // The whole file. Nothing can be added after it.
  std::string Finish();

 private:
  // The contents of one block as they grow.
  class BlockBuilder {
   public:
    explicit BlockBuilder(size_t restart_interval) : restart_interval_(restart_interval) {}
    void Add(std::string_view key, std::string_view value);
    bool empty() const { return contents_.empty(); }
    size_t nbytes() const { return contents_.size() + 4 * restarts_.size() + 4; }
    std::string Finish();  // and begins anew

   private:
    size_t restart_interval_;
    size_t since_restart_ = 0;
    std::string contents_;
    std::string last_key_;
    std::vector<uint32_t> restarts_ = {0};
  };

  void CutBlock();
  void AddPendingIndexEntry(const std::string& separator);
  BlockHandle AppendBlock(std::string contents);

  size_t block_nbytes_;
  std::string file_;
  BlockBuilder block_{16};
  BlockBuilder index_{1};
  std::string last_key_;
  bool has_entries_ = false;
  bool has_pending_ = false;  // a block was cut; its index key waits for the key that follows
  BlockHandle pending_;
};

}  // namespace cairn::sstable

#endif  // CAIRN_CODEC_SSTABLE_TABLE_WRITER_H_
