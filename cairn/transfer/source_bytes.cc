#include "cairn/transfer/source_bytes.h"

#include "cairn/core/checked_math.h"
#include "cairn/source/extent_source.h"

namespace cairn {
namespace {

Status CheckExtent(const Extent& extent, uint64_t nbytes) {
  if (extent.nbytes != nbytes) {
    return Status(Reason::kSize, "dtype and shape need " + std::to_string(nbytes) + " bytes, " +
                                     std::to_string(extent.nbytes) + " are stored");
  }
  if (!RangeFits(extent.offset, extent.nbytes, extent.file->size()))
    return PastTheEnd(extent.offset, extent.nbytes, extent.file->size())
        .AtPath(extent.file->path());
  return {};
}

}  // namespace

PlanItem SourceBytes::AsPlanItem() const {
  if (!extent) return {nullptr, 0, nbytes, false};
  return {extent->file.get(), extent->offset, nbytes, true};
}

Result<SourceBytes> LocateBytes(const TensorSource& source) {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes,
                         Nbytes(source.dtype(), source.shape().num_elements()));
  SourceBytes bytes{&source, nbytes, source.extent()};
  if (!bytes.extent) return bytes;
  CAIRN_RETURN_IF_ERROR(CheckExtent(*bytes.extent, nbytes));
  return bytes;
}

SourceBytes StreamedBytes(const TensorSource& source) {
  return {&source, source.nbytes(), std::nullopt};
}

Result<SourceBytes> LocatePiece(const TensorSource& source, const SliceExtent& chunk) {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes, Nbytes(source.dtype(), NumElementsOf(chunk.box)));
  CAIRN_RETURN_IF_ERROR(CheckExtent(chunk.extent, nbytes));
  return SourceBytes{&source, nbytes, chunk.extent};
}

Status CompareChecksum(const Extent& extent, uint32_t computed) {
  if (!extent.checksum || extent.checksum->value == computed) return {};
  return ChecksumMismatch(extent, computed);
}

Result<SizedStream> SizedStream::Open(const TensorSource& source) {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes,
                         Nbytes(source.dtype(), source.shape().num_elements()));
  CAIRN_ASSIGN_OR_RETURN(auto stream, source.OpenStream());
  return SizedStream(std::move(stream), nbytes);
}

Result<SizedStream> SizedStream::OpenInAnyOrder(const TensorSource& source) {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes,
                         Nbytes(source.dtype(), source.shape().num_elements()));
  CAIRN_ASSIGN_OR_RETURN(auto stream, source.OpenInAnyOrder());
  return SizedStream(std::move(stream), nbytes);
}

Result<Bytes> SizedStream::Next(MutableBytes scratch) {
  CAIRN_ASSIGN_OR_RETURN(const Bytes chunk, stream_->Next(scratch));
  if (chunk.size() > left_) {
    return Status(Reason::kSize, "the value is longer than the " + std::to_string(nbytes_) +
                                     " bytes that dtype and shape need");
  }
  if (chunk.empty() && left_ > 0) {
    return Status(Reason::kSize, "the value ends after " + std::to_string(nbytes_ - left_) +
                                     " bytes, dtype and shape need " + std::to_string(nbytes_));
  }
  left_ -= chunk.size();
  return chunk;
}

}  // namespace cairn
