#include "cairn/codec/sstable/table_format.h"

namespace cairn::sstable {

Result<BlockHandle> ParseHandle(ByteReader& reader) {
  const auto offset = reader.ReadVarint64();
  const auto nbytes = offset ? reader.ReadVarint64() : std::nullopt;
  if (!nbytes) return Status(Reason::kFormat, "a block handle is not two varints");
  return BlockHandle{*offset, *nbytes};
}

void AppendHandle(std::string& out, BlockHandle handle) {
  AppendVarint(out, handle.offset);
  AppendVarint(out, handle.nbytes);
}

Result<Footer> ParseFooter(Bytes footer) {
  if (LoadLittleEndian<uint64_t>(footer.data() + kFooterNbytes - 8) != kMagic) {
    return Status(Reason::kBadMagic, "not an SSTable: the last 8 bytes are not its magic number");
  }
  ByteReader reader(footer.first(kFooterNbytes - 8));
  Footer parsed;
  CAIRN_ASSIGN_OR_RETURN(parsed.metaindex, ParseHandle(reader).In("footer, metaindex"));
  CAIRN_ASSIGN_OR_RETURN(parsed.index, ParseHandle(reader).In("footer, index"));
  return parsed;
}

void AppendFooter(std::string& out, const Footer& footer) {
  const size_t start = out.size();
  AppendHandle(out, footer.metaindex);
  AppendHandle(out, footer.index);
  out.resize(start + kFooterNbytes - 8);
  AppendFixed32(out, static_cast<uint32_t>(kMagic));
  AppendFixed32(out, static_cast<uint32_t>(kMagic >> 32));
}

void AppendVarint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void AppendFixed32(std::string& out, uint32_t value) {
  char bytes[4];
  std::memcpy(bytes, &value, sizeof bytes);
  out.append(bytes, sizeof bytes);
}

}  // namespace cairn::sstable
