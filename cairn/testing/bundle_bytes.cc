#include "cairn/testing/bundle_bytes.h"

#include <cstdio>

#include "cairn/codec/sstable/table_format.h"
#include "cairn/io/checksum.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/proto_bytes.h"
#include "cairn/testing/slice_bytes.h"
#include "cairn/testing/table_bytes.h"

namespace cairn {
namespace {

struct StringPayload {
  std::string bytes;
  uint32_t crc32c = 0;
};

StringPayload EncodeElements(const std::vector<std::string>& elements) {
  StringPayload payload;
  std::string checked;  // what the checksum of the lengths covers
  std::string data;
  for (const std::string& element : elements) {
    sstable::AppendVarint(payload.bytes, element.size());
    sstable::AppendFixed32(checked, static_cast<uint32_t>(element.size()));
    data += element;
  }
  const uint32_t lengths_crc = Crc32c(AsBytes(checked));
  std::string rest;
  sstable::AppendFixed32(rest, MaskCrc32c(lengths_crc));
  rest += data;
  payload.bytes += rest;
  payload.crc32c = ExtendCrc32c(lengths_crc, AsBytes(rest));
  return payload;
}

void AppendFixed64(std::string& out, uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(value >> shift);
}

}  // namespace

std::string EntryFields::Encode() const {
  std::string message;
  if (dtype != 0) AppendNumberField(message, 1, static_cast<int64_t>(dtype));
  AppendMessageField(message, 2, ShapeMessage(dims));
  if (shard != 0) AppendNumberField(message, 3, shard);
  if (offset != 0) AppendNumberField(message, 4, offset);
  if (nbytes != 0) AppendNumberField(message, 5, nbytes);
  if (masked_crc32c) {
    sstable::AppendVarint(message, 6 << 3 | 5);
    sstable::AppendFixed32(message, *masked_crc32c);
  }
  return message + more;
}

BundleBytes::BundleBytes(size_t num_shards)
    : header(HeaderMessage(static_cast<int64_t>(num_shards))), shards(num_shards) {}

BundleBytes& BundleBytes::Add(const std::string& name, DType dtype, std::vector<int64_t> dims,
                              std::string_view payload, size_t shard) {
  return AddEntry(name, Append(dtype, std::move(dims), payload, shard));
}

BundleBytes& BundleBytes::AddStrings(const std::string& name, std::vector<int64_t> dims,
                                     const std::vector<std::string>& elements, size_t shard) {
  const StringPayload payload = EncodeElements(elements);
  EntryFields fields = Append(DType::kString, std::move(dims), payload.bytes, shard);
  fields.masked_crc32c = MaskCrc32c(payload.crc32c);
  return AddEntry(name, fields);
}

BundleBytes& BundleBytes::AddVariants(const std::string& name, std::vector<int64_t> dims,
                                      const std::vector<std::string>& messages, size_t shard) {
  std::string payload;
  uint32_t crc = 0;
  for (const std::string& message : messages) {
    std::string checked;
    AppendFixed64(checked, message.size());
    crc = ExtendCrc32c(crc, AsBytes(checked + message));
    std::string stored;
    sstable::AppendFixed32(stored, MaskCrc32c(crc));
    crc = ExtendCrc32c(crc, AsBytes(stored));
    sstable::AppendVarint(payload, message.size());
    payload += message + stored;
  }
  EntryFields fields = Append(DType::kVariant, std::move(dims), payload, shard);
  fields.masked_crc32c = MaskCrc32c(crc);
  return AddEntry(name, fields);
}

BundleBytes& BundleBytes::AddSliced(const std::string& name, DType dtype, std::vector<int64_t> dims,
                                    const std::vector<PieceFields>& pieces) {
  EntryFields whole;
  whole.dtype = static_cast<uint64_t>(dtype);
  whole.dims = dims;
  for (const PieceFields& piece : pieces) {
    AppendMessageField(whole.more, 7, SliceMessage(piece.slice));
    std::vector<int64_t> piece_dims;
    for (size_t d = 0; d < piece.slice.size(); ++d) {
      const int64_t length = piece.slice[d].second;
      piece_dims.push_back(length < 0 ? dims[d] : length);
    }
    Add(SliceKeyBytes(name, piece.slice), dtype, std::move(piece_dims), piece.payload, piece.shard);
  }
  return AddEntry(name, whole);
}

BundleBytes& BundleBytes::AddEntry(const std::string& name, const EntryFields& fields) {
  return AddMessage(name, fields.Encode());
}

BundleBytes& BundleBytes::AddMessage(const std::string& name, std::string message) {
  entries[name] = std::move(message);
  return *this;
}

EntryFields BundleBytes::Append(DType dtype, std::vector<int64_t> dims, std::string_view payload,
                                size_t shard) {
  EntryFields fields;
  fields.dtype = static_cast<uint64_t>(dtype);
  fields.dims = std::move(dims);
  fields.shard = static_cast<int64_t>(shard);
  fields.offset = static_cast<int64_t>(shards[shard].size());
  fields.nbytes = static_cast<int64_t>(payload.size());
  fields.masked_crc32c = MaskCrc32c(Crc32c(AsBytes(payload)));
  shards[shard] += payload;
  return fields;
}

std::string BundleBytes::index() const {
  TableEntries all = {{"", header}};
  all.insert(all.end(), entries.begin(), entries.end());
  return MakeTable(all, entries_per_block);
}

Status BundleBytes::WriteTo(FileSystem& fs, const std::string& prefix) const {
  for (size_t i = 0; i < shards.size(); ++i) {
    CAIRN_RETURN_IF_ERROR(
        WriteWholeFile(fs, ShardPath(prefix, i, shards.size()), AsBytes(shards[i])));
  }
  return WriteWholeFile(fs, prefix + ".index", AsBytes(index()));
}

std::string HeaderMessage(int64_t num_shards) {
  std::string message;
  AppendNumberField(message, 1, num_shards);
  AppendMessageField(message, 3, "\x08\x01");
  return message;
}

std::string ShardPath(const std::string& prefix, size_t shard, size_t num_shards) {
  char suffix[64];
  std::snprintf(suffix, sizeof suffix, ".data-%05zu-of-%05zu", shard, num_shards);
  return prefix + suffix;
}

}  // namespace cairn
