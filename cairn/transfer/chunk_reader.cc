#include "cairn/transfer/chunk_reader.h"

#include "cairn/io/checksum.h"
#include "cairn/source/extent_source.h"

namespace cairn {
namespace {

// A shorter chunk of a mapped file is not worth a system call.
constexpr uint64_t kShortestCopy = 64 << 10;

}  // namespace

ChunkReader::ChunkReader(const SourceBytes& bytes, uint64_t begin, uint64_t nbytes,
                         bool should_copy)
    : kind_(bytes.checksum_kind()),
      file_(bytes.extent->file.get()),
      offset_(bytes.extent->offset + begin),
      nbytes_left_(nbytes) {
  const RandomAccessFile* const unmapped = file_->unmapped();
  if (should_copy && nbytes >= kShortestCopy && unmapped != nullptr) {
    file_ = unmapped;
  } else {
    mapped_ = MappedBytes(*bytes.extent, begin, nbytes);
  }
}

Result<Bytes> ChunkReader::Next(uint64_t nbytes, MutableBytes buffer) {
  Bytes block = mapped_.first(is_in_place() ? nbytes : 0);
  if (is_in_place()) {
    mapped_ = mapped_.subspan(nbytes);
  } else {
    CAIRN_RETURN_IF_ERROR(file_->ReadAt(offset_, buffer.first(nbytes)));
    block = buffer.first(nbytes);
  }
  offset_ += nbytes;
  nbytes_left_ -= nbytes;
  checksum_ = ExtendChecksum(kind_, checksum_, block);
  return block;
}

}  // namespace cairn
