#include "cairn/source/extent_source.h"

#include <algorithm>

#include "cairn/core/checked_math.h"
#include "cairn/core/hex.h"
#include "cairn/io/checksum.h"

namespace cairn {
namespace {

class ExtentStream final : public TensorStream {
 public:
  explicit ExtentStream(Extent extent) : extent_(std::move(extent)) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    // An empty piece would be taken for the end, and the value for checked.
    if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
    const uint64_t left = extent_.nbytes - done_;
    if (left == 0) {
      CAIRN_RETURN_IF_ERROR(Check());
      return Bytes();
    }
    const size_t count = std::min<uint64_t>(left, scratch.size());
    CAIRN_ASSIGN_OR_RETURN(const Bytes piece,
                           ReadRange(*extent_.file, extent_.offset + done_, scratch.first(count)));
    if (extent_.checksum) crc_ = ExtendChecksum(extent_.checksum->kind, crc_, piece);
    done_ += count;
    return piece;
  }

 private:
  Status Check() const {
    if (!extent_.checksum || extent_.checksum->value == crc_) return {};
    return ChecksumMismatch(extent_, crc_);
  }

  Extent extent_;
  uint64_t done_ = 0;
  uint32_t crc_ = 0;
};

}  // namespace

Result<std::shared_ptr<const ExtentSource>> ExtentSource::Make(DType dtype, Shape shape,
                                                               Extent extent) {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t expected, Nbytes(dtype, shape.num_elements()));
  if (extent.nbytes != expected) {
    return Status(Reason::kSize, std::string(Name(dtype)) + ToString(shape.dims()) + " needs " +
                                     std::to_string(expected) + " bytes, " +
                                     std::to_string(extent.nbytes) + " are stored");
  }
  if (!RangeFits(extent.offset, extent.nbytes, extent.file->size())) {
    return PastTheEnd(extent.offset, extent.nbytes, extent.file->size())
        .AtPath(extent.file->path());
  }
  return std::shared_ptr<const ExtentSource>(
      new ExtentSource(dtype, std::move(shape), std::move(extent)));
}

Result<std::unique_ptr<TensorStream>> ExtentSource::OpenStream() const {
  return StreamExtent(extent_);
}

Status ExtentSource::ReadAt(uint64_t offset, MutableBytes out) const {
  if (!RangeFits(offset, out.size(), extent_.nbytes)) {
    return Status(Reason::kBounds, std::to_string(out.size()) + " bytes wanted at byte " +
                                       std::to_string(offset) + " of a tensor of " +
                                       std::to_string(extent_.nbytes));
  }
  return extent_.file->ReadAt(extent_.offset + offset, out);
}

std::unique_ptr<TensorStream> StreamExtent(Extent extent) {
  return std::make_unique<ExtentStream>(std::move(extent));
}

Bytes MappedBytes(const Extent& extent, uint64_t begin, uint64_t nbytes) {
  const Bytes mapped = extent.file->mapped();
  return mapped.empty() ? Bytes() : mapped.subspan(extent.offset + begin, nbytes);
}

Status ChecksumMismatch(const Extent& extent, uint32_t computed) {
  return Status(Reason::kCrc, "checksum of " + std::to_string(extent.nbytes) + " bytes is " +
                                  Hex(computed) + ", expected " + Hex(extent.checksum->value))
      .AtPath(extent.file->path())
      .AtOffset(extent.offset);
}

}  // namespace cairn
