#include "cairn/transfer/chunk_reader.h"

#include "cairn/io/checksum.h"
#include "cairn/source/extent_source.h"

namespace cairn {
namespace {

// A shorter chunk of a mapped file is not worth a system call.
constexpr uint64_t kShortestCopy = 64 << 10;

}  // namespace

ChunkReader::ChunkReader(const SourceBytes& bytes, uint64_t begin, uint64_t nbytes,
                         FaultWatch& faults, bool should_copy)
    : kind_(bytes.checksum_kind()),
      faults_(faults),
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
  const auto extend = [&](Bytes bytes) { return ExtendChecksum(kind_, checksum_, bytes); };
  nbytes_left_ -= nbytes;
  if (is_in_place()) {
    const Bytes block = mapped_.first(nbytes);
    mapped_ = mapped_.subspan(nbytes);
    checksum_ = faults_.Count(nbytes, [&] { return extend(block); });
    return block;
  }
  const MutableBytes block = buffer.first(nbytes);
  CAIRN_RETURN_IF_ERROR(file_->ReadAt(offset_, block));
  offset_ += nbytes;
  checksum_ = extend(block);
  return Bytes(block);
}

}  // namespace cairn
