#include "cairn/formats/tf_bundle/bundle_table.h"

#include <algorithm>

#include "cairn/codec/tensorflow/slice_key.h"
#include "cairn/core/escape.h"
#include "cairn/formats/tf_bundle/payload_source.h"
#include "cairn/io/checksum.h"
#include "cairn/source/extent_source.h"
#include "cairn/source/joined_source.h"
#include "cairn/source/swapped_source.h"

namespace cairn::tf_bundle {
namespace {

class BundleTable final : public TensorTable {
 public:
  BundleTable(std::shared_ptr<const BundleIndex> index, BundleShards shards, Listing listing)
      : index_(std::move(index)),
        shards_(std::move(shards)),
        listed_(listing == Listing::kTensors ? index_->entries() : index_->slice_entries()) {}

  size_t size() const override { return listed_.size(); }

  TensorInfo info(size_t i) const override {
    const BundleIndex::Entry& entry = listed_[i];
    const auto dims = index_->dims(entry);
    // A partitioned variable has no size of its own. Shape and product were checked when the index
    // was read; the size was not.
    const uint64_t nbytes = ElementNbytes(entry.dtype) == 0
                                ? PayloadNbytes(entry)
                                : *NumElements(dims) * ElementNbytes(entry.dtype);
    return {index_->name(entry), entry.dtype, dims, nbytes};
  }

  Result<std::shared_ptr<const TensorSource>> source(size_t i) const override {
    const BundleIndex::Entry& entry = listed_[i];
    auto source = MakeSource(entry);
    if (!source.ok()) return source.status().InTensor(index_->name(entry));
    return source;
  }

  std::optional<StoredAt> stored_at(size_t i) const override { return StoredAtOf(listed_[i]); }

  std::vector<StoredSlice> stored_slices(size_t i) const override {
    const BundleIndex::Entry& entry = listed_[i];
    std::vector<StoredSlice> stored;
    for (const std::string& message : index_->slices(entry)) {
      const auto located = LocateSlice(entry, message);
      if (!located.ok()) continue;
      if (auto at = StoredAtOf(*located->piece)) stored.push_back({located->box, *std::move(at)});
    }
    return stored;
  }

 private:
  // A slice of a partitioned variable, and the entry of its piece.
  struct Located {
    Box box;
    const BundleIndex::Entry* piece;
  };

  static std::optional<Checksum> ChecksumOf(const BundleIndex::Entry& entry) {
    if (!entry.has_crc32c) return std::nullopt;
    return Checksum{Checksum::Kind::kCrc32c, UnmaskCrc32c(entry.masked_crc32c)};
  }

  std::optional<StoredAt> StoredAtOf(const BundleIndex::Entry& entry) const {
    if (entry.slice_list > 0 || !shards_.Has(entry.shard_id)) return std::nullopt;
    if (entry.offset < 0 || entry.nbytes < 0) return std::nullopt;
    return StoredAt{shards_.path(entry.shard_id), static_cast<uint64_t>(entry.shard_id),
                    static_cast<uint64_t>(entry.offset), static_cast<uint64_t>(entry.nbytes),
                    ChecksumOf(entry)};
  }

  // Returns the stored size of strings and variants.
  uint64_t PayloadNbytes(const BundleIndex::Entry& entry) const {
    uint64_t nbytes = static_cast<uint64_t>(std::max<int64_t>(entry.nbytes, 0));
    for (const std::string& message : index_->slices(entry)) {
      const auto located = LocateSlice(entry, message);
      if (located.ok())
        nbytes += static_cast<uint64_t>(std::max<int64_t>(located->piece->nbytes, 0));
    }
    return nbytes;
  }

  Result<Located> LocateSlice(const BundleIndex::Entry& entry, const std::string& message) const {
    CAIRN_ASSIGN_OR_RETURN(const tensorflow::TensorSlice slice,
                           tensorflow::ParseTensorSlice(AsBytes(message)));
    CAIRN_ASSIGN_OR_RETURN(Box box, tensorflow::ResolveSlice(slice, index_->dims(entry)));
    const auto* piece =
        index_->FindSliceEntry(tensorflow::EncodeSliceKey(index_->name(entry), slice));
    if (piece == nullptr) {
      return Status(Reason::kSlice, "slice " + ToString(box) + " has no entry in the index");
    }
    return Located{std::move(box), piece};
  }

  Result<std::shared_ptr<const TensorSource>> MakeSource(const BundleIndex::Entry& entry) const {
    return entry.slice_list > 0 ? MakeJoined(entry) : MakeStored(entry);
  }

  Result<std::shared_ptr<const TensorSource>> MakeJoined(const BundleIndex::Entry& entry) const {
    CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(index_->dims(entry)));
    std::vector<JoinedSource::Slice> parts;
    for (const std::string& message : index_->slices(entry)) {
      CAIRN_ASSIGN_OR_RETURN(Located located, LocateSlice(entry, message));
      auto source = MakeStored(*located.piece);
      if (!source.ok()) return source.status().In("slice " + ToString(located.box));
      parts.push_back({std::move(located.box), *std::move(source)});
    }
    return JoinedSource::Make(entry.dtype, std::move(shape), std::move(parts));
  }

  Result<std::shared_ptr<const TensorSource>> MakeStored(const BundleIndex::Entry& entry) const {
    CAIRN_RETURN_IF_ERROR(CheckSupported(entry));
    CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(index_->dims(entry)));
    CAIRN_RETURN_IF_ERROR(CheckSize(entry, shape));
    CAIRN_ASSIGN_OR_RETURN(Extent extent, shards_.Locate(entry.shard_id, entry.offset,
                                                         static_cast<uint64_t>(entry.nbytes)));
    extent.checksum = ChecksumOf(entry);
    const Endianness endianness = index_->header().endianness;
    if (ElementNbytes(entry.dtype) == 0) {
      return std::make_shared<const PayloadSource>(entry.dtype, std::move(shape), std::move(extent),
                                                   endianness);
    }
    CAIRN_ASSIGN_OR_RETURN(std::shared_ptr<const TensorSource> source,
                           ExtentSource::Make(entry.dtype, std::move(shape), std::move(extent)));
    return endianness == Endianness::kBig ? SwapBytes(std::move(source)) : source;
  }

  Status CheckSupported(const BundleIndex::Entry& entry) const {
    if (entry.dtype == DType::kResource)
      return Status(Reason::kUnsupported, "a resource, of which no value can be stored");
    if (entry.dtype == DType::kVariant && index_->header().endianness == Endianness::kBig) {
      return Status(Reason::kUnsupported,
                    "variants of a big-endian checkpoint: their messages cannot be turned");
    }
    return {};
  }

  // Where the index contradicts itself, whatever the data file holds.
  static Status CheckSize(const BundleIndex::Entry& entry, const Shape& shape) {
    if (entry.nbytes < 0)
      return Status(Reason::kSize, "size " + std::to_string(entry.nbytes) + " is negative");
    if (ElementNbytes(entry.dtype) == 0) return {};
    CAIRN_ASSIGN_OR_RETURN(const uint64_t needed, Nbytes(entry.dtype, shape.num_elements()));
    if (static_cast<uint64_t>(entry.nbytes) == needed) return {};
    return Status(Reason::kSize, std::string(Name(entry.dtype)) + ToString(shape.dims()) +
                                     " needs " + std::to_string(needed) + " bytes, " +
                                     std::to_string(entry.nbytes) + " are stored");
  }

  std::shared_ptr<const BundleIndex> index_;
  BundleShards shards_;
  std::span<const BundleIndex::Entry> listed_;  // of the index
};

}  // namespace

TensorDict MakeDict(std::shared_ptr<const BundleIndex> index, BundleShards shards,
                    Listing listing) {
  return TensorDict(
      std::make_shared<const BundleTable>(std::move(index), std::move(shards), listing));
}

}  // namespace cairn::tf_bundle
