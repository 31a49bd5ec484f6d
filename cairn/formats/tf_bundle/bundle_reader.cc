// Recognise and Open: the index as a table whose sources are made when asked for.
#include <algorithm>

#include "cairn/codec/sstable/table_reader.h"
#include "cairn/core/checked_math.h"
#include "cairn/core/escape.h"
#include "cairn/formats/tf_bundle/bundle_index.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/tf_bundle/bundle_shards.h"
#include "cairn/formats/tf_bundle/string_payload.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/io/checksum.h"
#include "cairn/io/extent_source.h"
#include "cairn/io/transfer.h"

namespace cairn::tf_bundle {
namespace {

class StringSource final : public TensorSource {
 public:
  StringSource(Shape shape, Extent payload)
      : shape_(std::move(shape)), payload_(std::move(payload)) {}

  DType dtype() const override { return DType::kString; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    return Status(Reason::kDType,
                  "string elements have no fixed size; they are read by ReadStrings");
  }
  Result<StringTensor> ReadStrings() const override {
    const std::optional<uint32_t> crc =
        payload_.checksum ? std::optional(payload_.checksum->value) : std::nullopt;
    std::shared_ptr<Arena> buffer;  // a sparse file may claim more than there is memory
    Bytes bytes;
    if (const Bytes mapped = payload_.file->mapped(); !mapped.empty()) {
      bytes = mapped.subspan(payload_.offset, payload_.nbytes);
    } else {
      CAIRN_ASSIGN_OR_RETURN(buffer, Arena::Make(payload_.nbytes).In(payload_.file->path()));
      CAIRN_RETURN_IF_ERROR(payload_.file->ReadAt(payload_.offset, buffer->bytes()));
      bytes = buffer->bytes();
    }
    return DecodeStrings(bytes, shape_.num_elements(), crc)
        .In(payload_.file->path() + ": " + std::to_string(payload_.nbytes) + " bytes at offset " +
            std::to_string(payload_.offset));
  }

 private:
  Shape shape_;
  Extent payload_;
};

class BundleTable final : public TensorTable {
 public:
  BundleTable(BundleIndex index, BundleShards shards)
      : index_(std::move(index)), shards_(std::move(shards)) {}

  size_t size() const override { return index_.entries().size(); }

  TensorInfo info(size_t i) const override {
    const BundleIndex::Entry& entry = index_.entries()[i];
    const auto dims = index_.dims(entry);
    // A partitioned variable has no size of its own. Shape and product were checked when the index
    // was read; the size was not.
    const uint64_t nbytes = ElementNbytes(entry.dtype) == 0
                                ? static_cast<uint64_t>(std::max<int64_t>(entry.nbytes, 0))
                                : *NumElements(dims) * ElementNbytes(entry.dtype);
    return {index_.name(entry), entry.dtype, dims, nbytes};
  }

  Result<std::shared_ptr<const TensorSource>> source(size_t i) const override {
    const BundleIndex::Entry& entry = index_.entries()[i];
    auto source = MakeSource(entry);
    if (!source.ok()) return source.status().In("tensor " + Quoted(index_.name(entry)));
    return source;
  }

  std::optional<StoredAt> stored_at(size_t i) const override {
    const BundleIndex::Entry& entry = index_.entries()[i];
    if (entry.num_slices > 0 || !shards_.Has(entry.shard_id)) return std::nullopt;
    if (entry.offset < 0 || entry.nbytes < 0) return std::nullopt;
    return StoredAt{shards_.path(entry.shard_id), static_cast<uint64_t>(entry.shard_id),
                    static_cast<uint64_t>(entry.offset), static_cast<uint64_t>(entry.nbytes),
                    ChecksumOf(entry)};
  }

 private:
  static std::optional<Checksum> ChecksumOf(const BundleIndex::Entry& entry) {
    if (!entry.has_crc32c) return std::nullopt;
    return Checksum{Checksum::Kind::kCrc32c, UnmaskCrc32c(entry.masked_crc32c)};
  }

  Result<std::shared_ptr<const TensorSource>> MakeSource(const BundleIndex::Entry& entry) const {
    CAIRN_RETURN_IF_ERROR(CheckSupported(entry));
    CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(index_.dims(entry)));
    CAIRN_RETURN_IF_ERROR(CheckSize(entry, shape));
    CAIRN_ASSIGN_OR_RETURN(Extent extent, shards_.Locate(entry.shard_id, entry.offset,
                                                         static_cast<uint64_t>(entry.nbytes)));
    extent.checksum = ChecksumOf(entry);
    if (entry.dtype == DType::kString)
      return std::make_shared<const StringSource>(std::move(shape), std::move(extent));
    CAIRN_ASSIGN_OR_RETURN(auto source,
                           ExtentSource::Make(entry.dtype, std::move(shape), std::move(extent)));
    return source;
  }

  Status CheckSupported(const BundleIndex::Entry& entry) const {
    if (entry.num_slices > 0) {
      return Status(Reason::kUnsupported, "a partitioned variable, stored in " +
                                              std::to_string(entry.num_slices) +
                                              " slices: reading those is not supported yet");
    }
    if (index_.header().endianness == Endianness::kBig) {
      return Status(Reason::kUnsupported, "stored big-endian: reading that is not supported yet");
    }
    if (entry.dtype == DType::kVariant || entry.dtype == DType::kResource) {
      return Status(Reason::kUnsupported, "of dtype " + std::string(Name(entry.dtype)) +
                                              ": reading those is not supported yet");
    }
    return {};
  }

  // Where the index contradicts itself, whatever the data file holds.
  static Status CheckSize(const BundleIndex::Entry& entry, const Shape& shape) {
    if (entry.nbytes < 0)
      return Status(Reason::kSize, "size " + std::to_string(entry.nbytes) + " is negative");
    if (entry.dtype == DType::kString) return {};
    CAIRN_ASSIGN_OR_RETURN(const uint64_t needed, Nbytes(entry.dtype, shape.num_elements()));
    if (static_cast<uint64_t>(entry.nbytes) == needed) return {};
    return Status(Reason::kSize, std::string(Name(entry.dtype)) + ToString(shape.dims()) +
                                     " needs " + std::to_string(needed) + " bytes, " +
                                     std::to_string(entry.nbytes) + " are stored");
  }

  BundleIndex index_;
  BundleShards shards_;
};

}  // namespace

Result<bool> Recognise(FileSystem& fs, const std::string& prefix) {
  const Result<FileInfo> info = fs.Stat(IndexPath(prefix));
  if (!info.ok()) {
    if (info.status().reason() == Reason::kMissing) return false;
    return info.status();
  }
  return info->kind == FileKind::kRegular;
}

Result<TensorDict> Open(FileSystem& fs, const std::string& prefix, const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(auto file, fs.OpenForReading(IndexPath(prefix), options.access));
  CAIRN_ASSIGN_OR_RETURN(BundleIndex index, BundleIndex::Read(std::move(file), options.limits));
  BundleShards shards = BundleShards::Open(fs, prefix, index, options.access);
  return TensorDict(std::make_shared<const BundleTable>(std::move(index), std::move(shards)));
}

}  // namespace cairn::tf_bundle
