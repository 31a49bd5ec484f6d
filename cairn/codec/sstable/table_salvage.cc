#include "cairn/codec/sstable/table_salvage.h"

#include <algorithm>
#include <set>

#include "cairn/codec/sstable/table_correction.h"
#include "cairn/core/escape.h"
#include "cairn/io/checksum.h"
#include "cairn/transfer/read_all.h"

namespace cairn::sstable {
namespace {

// How many bytes may be looked at for each byte of the file: enough for what damage does by itself,
// not for a file that was made to take for ever.
constexpr uint64_t kMaxLooks = 64;
constexpr uint64_t kFreeLooks = 1 << 20;

// Walks the bytes of a block that begins at the front of `bytes` to find where it ends.
class EndFinder {
 public:
  explicit EndFinder(Bytes bytes) : bytes_(bytes) {}

  // Size of the contents where a plain block's checksum holds at an end that its restarts allow.
  std::optional<uint64_t> PlainEnd() {
    ByteReader reader(bytes_);
    while (true) {
      const size_t position = reader.position();
      if (const auto end = EndWithRestartsAt(position)) return end;
      EntryLengths lengths;
      const bool is_entry = ReadEntryLengths(reader, lengths) &&
                            reader.ReadBytes(lengths.unshared) &&
                            reader.ReadBytes(lengths.value_nbytes);
      if (!is_entry) return std::nullopt;
      crc_ = ExtendCrc32c(crc_, bytes_.subspan(position, reader.position() - position));
      looked_ = reader.position();
    }
  }

  // The same for a snappy block, which ends where its elements have made as many bytes as it says.
  std::optional<uint64_t> SnappyEnd() {
    ByteReader reader(bytes_);
    const auto length = reader.ReadVarint64();
    for (uint64_t made = 0; length && made < *length;) {
      const auto element = ReadElement(reader);
      if (!element) return std::nullopt;
      made += *element;
      looked_ = std::max(looked_, uint64_t{reader.position()});
    }
    if (!length) return std::nullopt;
    const uint64_t end = reader.position();
    return HoldsAt(end, Crc32c(bytes_.first(end)), BlockType::kSnappy) ? std::optional(end)
                                                                       : std::nullopt;
  }

  uint64_t looked() const { return looked_; }

 private:
  // Restarts begin with 0, increase, lie before the array, and are followed by their number.
  std::optional<uint64_t> EndWithRestartsAt(size_t begin) const {
    uint32_t previous = 0;
    for (uint32_t count = 0;; ++count) {
      const size_t at = begin + sizeof(uint32_t) * count;
      if (bytes_.size() < at + sizeof(uint32_t) + kBlockTrailerNbytes) return std::nullopt;
      const auto word = LoadLittleEndian<uint32_t>(bytes_.data() + at);
      if (count > 0 && word == count) {
        const uint64_t end = at + sizeof(uint32_t);
        const uint32_t crc = ExtendCrc32c(crc_, bytes_.subspan(begin, end - begin));
        if (HoldsAt(end, crc, BlockType::kPlain)) return end;
      }
      const bool is_restart = count == 0 ? word == 0 : word > previous && word < begin;
      if (!is_restart) return std::nullopt;
      previous = word;
    }
  }

  bool HoldsAt(uint64_t end, uint32_t crc_of_contents, BlockType type) const {
    if (bytes_.size() - end < kBlockTrailerNbytes) return false;
    if (std::to_integer<uint8_t>(bytes_[end]) != static_cast<uint8_t>(type)) return false;
    const uint32_t crc = ExtendCrc32c(crc_of_contents, bytes_.subspan(end, 1));
    return UnmaskCrc32c(LoadLittleEndian<uint32_t>(bytes_.data() + end + 1)) == crc;
  }

  // Passes over a snappy element; gives how many bytes it makes.
  static std::optional<uint64_t> ReadElement(ByteReader& reader) {
    const auto tag = reader.ReadFixed<uint8_t>();
    if (!tag) return std::nullopt;
    switch (*tag & 3) {
      case 0:
        return ReadLiteral(reader, *tag >> 2);
      case 1:
        return reader.ReadBytes(1) ? std::optional<uint64_t>(4 + (*tag >> 2 & 7)) : std::nullopt;
      case 2:
        return reader.ReadBytes(2) ? std::optional<uint64_t>(1 + (*tag >> 2)) : std::nullopt;
      default:
        return reader.ReadBytes(4) ? std::optional<uint64_t>(1 + (*tag >> 2)) : std::nullopt;
    }
  }

  static std::optional<uint64_t> ReadLiteral(ByteReader& reader, uint64_t length) {
    if (length >= 60) {
      const auto bytes = reader.ReadBytes(length - 59);
      if (!bytes) return std::nullopt;
      length = 0;
      for (size_t i = bytes->size(); i-- > 0;)
        length = length << 8 | std::to_integer<uint64_t>((*bytes)[i]);
    }
    return reader.ReadBytes(length + 1) ? std::optional(length + 1) : std::nullopt;
  }

  Bytes bytes_;
  uint32_t crc_ = 0;  // of the entries that were passed
  uint64_t looked_ = 0;
};

class Salvage {
 public:
  Salvage(const RandomAccessFile& file, const Limits& limits, const TableReader::Visitor& visit)
      : file_(file), limits_(limits), visit_(visit) {}

  // The blocks that a sound index names.
  Result<SalvagedTable> RunByIndex(const TableReader& table) {
    if (const Status metaindex = table.CheckMetaindex(); !metaindex.ok())
      salvaged_.notes.push_back(std::string(metaindex.message()) + "; no tensor is in that block");
    for (const BlockHandle handle : table.Blocks()) {
      auto block = Block::Read(file_, handle, file_.size() - kFooterNbytes, MaxBlockNbytes());
      Status status = block.status();
      if (status.ok()) status = Visit(*block);
      if (visit_failed_) return status;
      if (status.ok()) {
        ++salvaged_.num_blocks;
      } else {
        Lose(AtBlock(handle, status));
      }
    }
    return std::move(salvaged_);
  }

  // Blocks one after the other, from the start; the next one where one is damaged.
  Result<SalvagedTable> RunByScan(const Status& why) {
    Lose(why);
    CAIRN_RETURN_IF_ERROR(ReadAll());
    uint64_t looks_left = kFreeLooks + kMaxLooks * bytes_.size();
    std::optional<uint64_t> lost_from;
    for (uint64_t at = 0; at < bytes_.size();) {
      EndFinder finder(bytes_.subspan(at));
      const auto plain = finder.PlainEnd();
      const auto end = plain ? plain : finder.SnappyEnd();
      const uint64_t looked = finder.looked() + 1;
      // A hostile file can make the search from each byte walk over the rest of the file, which
      // would take quadratic time.
      if (looked > looks_left) {
        Lose(Status(Reason::kLimit,
                    "too damaged from " + std::to_string(at) + " on to be searched"));
        break;
      }
      // A damaged block does not tell how long it is, so the next one may begin at any byte.
      if (!end) {
        looks_left -= looked;
        if (!lost_from) lost_from = at;
        ++at;
        continue;
      }
      CloseGap(lost_from, at);
      CAIRN_RETURN_IF_ERROR(TakeFound({at, *end}));
      at += *end + kBlockTrailerNbytes;
    }
    CloseGap(lost_from, bytes_.size());
    return std::move(salvaged_);
  }

 private:
  uint64_t MaxBlockNbytes() const { return std::max(limits_.metadata_nbytes, file_.size()); }

  Status ReadAll() {
    const auto make_room = [&](uint64_t nbytes) -> Result<MutableBytes> {
      if (nbytes > limits_.metadata_nbytes) {
        return Status(Reason::kLimit, std::to_string(nbytes) + " bytes, at most " +
                                          std::to_string(limits_.metadata_nbytes) + " are searched")
            .AtPath(file_.path());
      }
      content_.resize(nbytes);
      return MutableBytes(content_);
    };
    CAIRN_ASSIGN_OR_RETURN(bytes_, ReadRange(file_, 0, file_.size(), make_room));
    return {};
  }

  // The footer, and the padding in it, do not lose blocks.
  void CloseGap(std::optional<uint64_t>& from, uint64_t to) {
    if (!from) return;
    const bool is_footer = to == bytes_.size() && to - *from <= kFooterNbytes;
    if (!is_footer) {
      Lose(Status(Reason::kCrc, "no block can be read in the " + std::to_string(to - *from) +
                                    " bytes from " + std::to_string(*from) + " on"));
    }
    from.reset();
  }

  Status TakeFound(BlockHandle handle) {
    auto block = Block::Read(file_, handle, file_.size(), MaxBlockNbytes());
    if (!block.ok()) {
      Lose(AtBlock(handle, block.status()));
      return {};
    }
    if (IsIndex(*block)) return {};
    found_.insert({handle.offset, handle.nbytes});
    Status status = Visit(*block);
    if (visit_failed_) return status;
    if (!status.ok()) Lose(AtBlock(handle, status));
    if (status.ok()) ++salvaged_.num_blocks;
    return {};
  }

  // Whether every value is a handle, and one of them that of a block that was found.
  bool IsIndex(const Block& block) const {
    auto cursor = BlockCursor::Make(block.contents());
    bool names_found = false;
    while (cursor.ok()) {
      const Result<bool> more = cursor->Next();
      if (!more.ok()) return false;
      if (!*more) break;
      ByteReader reader(cursor->value());
      const auto handle = ParseHandle(reader);
      if (!handle.ok() || !reader.done()) return false;
      names_found = names_found || found_.contains({handle->offset, handle->nbytes});
    }
    return names_found;
  }

  Status Visit(const Block& block) {
    CAIRN_ASSIGN_OR_RETURN(BlockCursor cursor, BlockCursor::Make(block.contents()));
    while (true) {
      CAIRN_ASSIGN_OR_RETURN(const bool more, cursor.Next());
      if (!more) return {};
      const Status status = visit_(cursor.key(), cursor.value());
      visit_failed_ = !status.ok();
      CAIRN_RETURN_IF_ERROR(status);
    }
  }

  void Lose(const Status& status) { salvaged_.lost.push_back(status.AtPath(file_.path())); }

  const RandomAccessFile& file_;
  const Limits& limits_;
  const TableReader::Visitor& visit_;
  SalvagedTable salvaged_;
  bool visit_failed_ = false;
  Bytes bytes_;
  std::vector<std::byte> content_;
  std::set<std::pair<uint64_t, uint64_t>> found_;  // blocks of data: offset, size
};

Result<SalvagedTable> SalvageAsItIs(const std::shared_ptr<const RandomAccessFile>& file,
                                    const Limits& limits, const TableReader::Visitor& visit) {
  Salvage salvage(*file, limits, visit);
  const Result<TableReader> table = TableReader::Open(file, limits);
  if (table.ok()) return salvage.RunByIndex(*table);
  if (table.status().code() != StatusCode::kDataLoss) return table.status();
  return salvage.RunByScan(table.status());
}

}  // namespace

Result<SalvagedTable> SalvageTable(const std::shared_ptr<const RandomAccessFile>& file,
                                   const Limits& limits, const TableReader::Visitor& visit) {
  CAIRN_ASSIGN_OR_RETURN(CorrectedTable corrected, CorrectTable(*file, limits.metadata_nbytes));
  if (corrected.offsets.empty()) return SalvageAsItIs(file, limits, visit);
  std::vector<std::string> notes;
  for (const uint64_t offset : corrected.offsets)
    notes.push_back(Escape(file->path()) + ": the byte at offset " + std::to_string(offset) +
                    " was damaged, and is corrected by the checksum of its block");
  CAIRN_ASSIGN_OR_RETURN(
      SalvagedTable salvaged,
      SalvageAsItIs(std::make_shared<const MemoryFile>(std::move(corrected.content), file->path()),
                    limits, visit));
  salvaged.notes.insert(salvaged.notes.begin(), notes.begin(), notes.end());
  return salvaged;
}

}  // namespace cairn::sstable
