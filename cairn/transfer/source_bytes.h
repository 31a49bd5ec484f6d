// How the bytes of one source are had, found out once at the start of a transfer.
#ifndef CAIRN_TRANSFER_SOURCE_BYTES_H_
#define CAIRN_TRANSFER_SOURCE_BYTES_H_

#include <optional>

#include "cairn/core/tensor_source.h"
#include "cairn/transfer/chunk_plan.h"

namespace cairn {

// Borrows the source.
struct SourceBytes {
  const TensorSource* source = nullptr;
  uint64_t nbytes = 0;
  // Where the value can be cut into chunks whose checksums are combined; otherwise only its stream
  // can be read and checked.
  std::optional<Extent> extent;

  // The kind of the stored checksum, or `otherwise` if there is none.
  Checksum::Kind checksum_kind(Checksum::Kind otherwise = Checksum::Kind::kCrc32c) const {
    return extent && extent->checksum ? extent->checksum->kind : otherwise;
  }

  // Its place in the plan of a transfer that goes by the order of what is read.
  PlanItem AsPlanItem() const;
};

// Errors: kDType (elements without a fixed size), kSize (an extent that is not what dtype and shape
// need), kTruncated (one that ends past its file).
Result<SourceBytes> LocateBytes(const TensorSource& source);
// Returns the bytes of a numeric source that are read by its stream alone, whatever extents it has.
SourceBytes StreamedBytes(const TensorSource& source);
// The same for one stored chunk of a joined source.
Result<SourceBytes> LocatePiece(const TensorSource& source, const SliceExtent& chunk);

// Errors: kCrc, where the extent has a checksum and it is another.
Status CompareChecksum(const Extent& extent, uint32_t computed);

// The stream of a source, held to the size that its dtype and shape promise.
class SizedStream {
 public:
  // Errors: those of TensorSource::OpenStream.
  static Result<SizedStream> Open(const TensorSource& source);
  // The elements in any order.
  static Result<SizedStream> OpenInAnyOrder(const TensorSource& source);

  // Does what TensorStream::Next does. Errors: kSize (the stream ends early, or does not end),
  // those of the stream.
  Result<Bytes> Next(MutableBytes scratch);

 private:
  SizedStream(std::unique_ptr<TensorStream> stream, uint64_t nbytes)
      : stream_(std::move(stream)), nbytes_(nbytes), left_(nbytes) {}

  std::unique_ptr<TensorStream> stream_;
  uint64_t nbytes_;
  uint64_t left_;
};

}  // namespace cairn

#endif  // CAIRN_TRANSFER_SOURCE_BYTES_H_
