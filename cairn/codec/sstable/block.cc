#include "cairn/codec/sstable/block.h"

#include <algorithm>
#include <new>

#include "cairn/codec/snappy.h"
#include "cairn/core/checked_math.h"
#include "cairn/core/escape.h"
#include "cairn/core/hex.h"
#include "cairn/io/checksum.h"

namespace cairn::sstable {
namespace {

Status CheckTrailer(Bytes block) {
  const Bytes covered = block.first(block.size() - 4);
  const uint32_t stored = UnmaskCrc32c(LoadLittleEndian<uint32_t>(block.data() + covered.size()));
  const uint32_t computed = Crc32c(covered);
  if (stored == computed) return {};
  return Status(Reason::kCrc, "checksum " + Hex(computed) + ", expected " + Hex(stored));
}

}  // namespace

Status CheckBounds(BlockHandle handle, uint64_t end) {
  const auto with_trailer = CheckedAdd(handle.nbytes, kBlockTrailerNbytes);
  if (with_trailer && RangeFits(handle.offset, *with_trailer, end)) return {};
  return AtBlock(handle, Status(Reason::kBounds,
                                std::to_string(handle.nbytes) + " bytes and trailer end past " +
                                    std::to_string(end) + ", where the footer begins"));
}

Result<Block> Block::Read(const RandomAccessFile& file, BlockHandle handle, uint64_t end,
                          uint64_t max_nbytes) {
  CAIRN_RETURN_IF_ERROR(CheckBounds(handle, end));
  if (handle.nbytes > max_nbytes) {
    return AtBlock(handle,
                   Status(Reason::kLimit, std::to_string(handle.nbytes) + " bytes, at most " +
                                              std::to_string(max_nbytes) + " are read"));
  }
  const uint64_t with_trailer = handle.nbytes + kBlockTrailerNbytes;
  Block block;
  const auto make_room = [&](uint64_t nbytes) -> Result<MutableBytes> {
    block.stored_.reset(new (std::nothrow) std::byte[nbytes]);
    if (block.stored_) return MutableBytes(block.stored_.get(), nbytes);
    return AtBlock(
        handle, Status(Reason::kNoMemory, "cannot allocate " + std::to_string(nbytes) + " bytes"));
  };
  CAIRN_ASSIGN_OR_RETURN(const Bytes stored,
                         ReadRange(file, handle.offset, with_trailer, make_room));
  CAIRN_RETURN_IF_ERROR(AtBlock(handle, CheckTrailer(stored)));
  CAIRN_RETURN_IF_ERROR(AtBlock(handle, block.Unpack(stored, max_nbytes)));
  return block;
}

Status Block::Unpack(Bytes stored, uint64_t max_nbytes) {
  contents_ = stored.first(stored.size() - kBlockTrailerNbytes);
  const auto type = std::to_integer<uint8_t>(stored[contents_.size()]);
  if (type == static_cast<uint8_t>(BlockType::kPlain)) return {};
  if (type != static_cast<uint8_t>(BlockType::kSnappy)) {
    return Status(Reason::kUnsupported,
                  "block type " + std::to_string(type) + ", known are 0 (plain) and 1 (snappy)");
  }
  CAIRN_ASSIGN_OR_RETURN(std::vector<std::byte> plain, DecompressSnappy(contents_, max_nbytes));
  unpacked_ = std::move(plain);
  contents_ = unpacked_;
  return {};
}

Result<BlockCursor> BlockCursor::Make(Bytes contents) {
  if (contents.size() < 4) return Status(Reason::kFormat, "block has no restart count");
  const uint64_t num_restarts = LoadLittleEndian<uint32_t>(contents.data() + contents.size() - 4);
  if (num_restarts == 0)
    return Status(Reason::kFormat, "block has 0 restarts, at least 1 is needed");
  const uint64_t room = (contents.size() - 4) / 4;
  if (num_restarts > room) {
    return Status(Reason::kFormat, "block promises " + std::to_string(num_restarts) +
                                       " restarts, it has room for " + std::to_string(room));
  }
  const size_t entries_nbytes = contents.size() - 4 - 4 * num_restarts;
  BlockCursor cursor(contents.first(entries_nbytes),
                     contents.subspan(entries_nbytes, 4 * num_restarts));
  if (cursor.RestartOffset(0) != 0)
    return Status(Reason::kFormat, "first restart of a block is not at its start");
  return cursor;
}

// Called before the entry at the reader's position is read: the restart array must list the
// position exactly where a whole key begins (leveldb relies on it to seek).
Status BlockCursor::CheckRestart(bool key_is_whole) {
  const size_t position = reader_.position();
  if (next_restart_ == num_restarts() || RestartOffset(next_restart_) > position) return {};
  if (RestartOffset(next_restart_) < position) {
    return Status(Reason::kFormat, "restart offset " +
                                       std::to_string(RestartOffset(next_restart_)) +
                                       " is not where an entry begins");
  }
  ++next_restart_;
  if (!key_is_whole)
    return Status(Reason::kFormat,
                  "entry at restart " + std::to_string(position) + " has a shared key");
  return {};
}

Result<bool> BlockCursor::Next() {
  if (reader_.done()) {
    // An empty block has one restart at 0, which no entry meets.
    const bool all_met = next_restart_ == num_restarts() || (!started_ && num_restarts() == 1);
    if (!all_met) return Status(Reason::kFormat, "restart offset past the entries of the block");
    return false;
  }
  const size_t position = reader_.position();
  const auto malformed = [&](const char* what) {
    return Status(Reason::kFormat,
                  "entry at byte " + std::to_string(position) + " of the block: " + what);
  };
  ByteReader header = reader_;
  EntryLengths lengths;
  if (!ReadEntryLengths(header, lengths)) return malformed("its lengths are not three varints");
  const uint32_t shared = lengths.shared;
  if (shared > key_.size()) return malformed("it shares more than the previous key has");
  CAIRN_RETURN_IF_ERROR(CheckRestart(shared == 0));
  const uint64_t unshared = lengths.unshared, value_nbytes = lengths.value_nbytes;
  const auto key_and_value = header.ReadBytes(unshared + value_nbytes);
  if (!key_and_value) return malformed("it ends past the block");

  // Only what follows the shared part decides the order.
  const std::string_view old_tail = std::string_view(key_).substr(shared);
  const std::string_view new_tail = AsText(key_and_value->first(unshared));
  if (started_ && new_tail <= old_tail) {
    std::string key = key_.substr(0, shared).append(new_tail);
    if (new_tail == old_tail)
      return Status(Reason::kDuplicate, "key " + Quoted(key) + " comes twice");
    return Status(Reason::kOrder, "key " + Quoted(key) + " comes after " + Quoted(key_));
  }
  key_.resize(shared);
  key_.append(new_tail);
  value_ = key_and_value->subspan(unshared);
  reader_ = header;
  started_ = true;
  return true;
}

Result<bool> BlockCursor::Seek(std::string_view target) {
  CAIRN_ASSIGN_OR_RETURN(next_restart_, LastRestartBefore(target));
  reader_ = ByteReader(entries_);
  if (!reader_.ReadBytes(RestartOffset(next_restart_)))
    return Status(Reason::kFormat, "restart offset past the entries of the block");
  key_.clear();
  started_ = false;
  while (true) {
    CAIRN_ASSIGN_OR_RETURN(const bool more, Next());
    if (!more || key_ >= target) return more;
  }
}

// The last restart whose key comes before `target`; the first where none does.
Result<size_t> BlockCursor::LastRestartBefore(std::string_view target) const {
  size_t low = 0;
  size_t high = num_restarts();
  while (high - low > 1) {
    const size_t middle = low + (high - low) / 2;
    CAIRN_ASSIGN_OR_RETURN(const std::string_view key, KeyAtRestart(middle));
    (key < target ? low : high) = middle;
  }
  return low;
}

Result<std::string_view> BlockCursor::KeyAtRestart(size_t i) const {
  ByteReader reader(entries_);
  EntryLengths lengths;
  const bool is_whole = reader.ReadBytes(RestartOffset(i)) && ReadEntryLengths(reader, lengths) &&
                        lengths.shared == 0;
  const auto key = is_whole ? reader.ReadBytes(lengths.unshared) : std::nullopt;
  if (!key) {
    return Status(Reason::kFormat, "restart " + std::to_string(i) + " of the block, at byte " +
                                       std::to_string(RestartOffset(i)) + ", begins no entry");
  }
  return AsText(*key);
}

}  // namespace cairn::sstable
