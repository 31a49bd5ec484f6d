// The SSTable container (LevelDB's table format, as TensorFlow writes it).
//
//   file:    data block*  metaindex block  index block  footer
//   block:   contents  type:u8  masked crc32c:u32 of contents and type
//            (a handle's size is that of contents)
//   type:    0 plain | 1 raw snappy
//   contents (plain):  entry*  restart offset:u32 * n  n:u32      (n >= 1, first offset 0)
//   entry:   shared:varint32  unshared:varint32  value_size:varint32  key tail  value
//            key = the first `shared` bytes of the previous key, then the tail; shared = 0 at a
//            restart
//   handle:  offset:varint64  size:varint64
//   footer:  metaindex handle  index handle  zeros up to byte 40  magic:u64   (48 bytes, at the end
//   of the file)
//
// Keys are strictly increasing in the order of their bytes. An index entry's key is >= every key of
// its block and < every key of the next; its value is the handle. Fixed numbers are little-endian.
// Source: leveldb's doc/table_format.md.
#ifndef CAIRN_CODEC_SSTABLE_TABLE_FORMAT_H_
#define CAIRN_CODEC_SSTABLE_TABLE_FORMAT_H_

#include <cstdint>
#include <string>

#include "cairn/core/byte_reader.h"
#include "cairn/core/status.h"

namespace cairn::sstable {

inline constexpr uint64_t kMagic = 0xdb4775248b80fb57;
inline constexpr size_t kFooterNbytes = 48;
inline constexpr size_t kBlockTrailerNbytes = 5;

enum class BlockType : uint8_t { kPlain = 0, kSnappy = 1 };

struct BlockHandle {
  uint64_t offset = 0;
  uint64_t nbytes = 0;  // without the trailer
};

struct Footer {
  BlockHandle metaindex;
  BlockHandle index;
};

// Errors: kFormat.
Result<BlockHandle> ParseHandle(ByteReader& reader);
void AppendHandle(std::string& out, BlockHandle handle);

// Stands before each entry of a block, and says how many bytes of its key are those of the key
// before, how many follow, and the size of its value.
struct EntryLengths {
  uint32_t shared = 0;
  uint32_t unshared = 0;
  uint32_t value_nbytes = 0;
};

// False where they are not three varints; the reader then stands anywhere.
inline bool ReadEntryLengths(ByteReader& reader, EntryLengths& lengths) {
  for (uint32_t* const length : {&lengths.shared, &lengths.unshared, &lengths.value_nbytes}) {
    const std::optional<uint32_t> read = reader.ReadVarint32();
    if (!read) return false;
    *length = *read;
  }
  return true;
}

// `footer` is the last kFooterNbytes of the file. Errors: kBadMagic, kFormat.
Result<Footer> ParseFooter(Bytes footer);
void AppendFooter(std::string& out, const Footer& footer);

void AppendVarint(std::string& out, uint64_t value);
void AppendFixed32(std::string& out, uint32_t value);

}  // namespace cairn::sstable

#endif  // CAIRN_CODEC_SSTABLE_TABLE_FORMAT_H_
