#include "cairn/formats/tf_bundle/bundle_layout.h"

#include <bit>
#include <map>

#include "cairn/core/checked_math.h"
#include "cairn/core/escape.h"
#include "cairn/core/limits.h"
#include "cairn/formats/cannot_hold.h"
#include "cairn/formats/tf_bundle/string_payload.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/formats/tf_bundle/variant_payload.h"
#include "cairn/source/extent_source.h"

namespace cairn::tf_bundle {
namespace {

Result<EncodedStrings> Encode(const TensorSource& source) {
  CAIRN_ASSIGN_OR_RETURN(const StringTensor elements, source.ReadStrings());
  return source.dtype() == DType::kVariant ? EncodeVariants(elements) : EncodeStrings(elements);
}

// The stored form of a string or variant tensor, made when it is streamed.
class EncodedSource final : public TensorSource {
 public:
  EncodedSource(std::shared_ptr<const TensorSource> elements, Shape shape, uint32_t entry_crc32c)
      : elements_(std::move(elements)), shape_(std::move(shape)), entry_crc32c_(entry_crc32c) {}

  DType dtype() const override { return DType::kUInt8; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    CAIRN_ASSIGN_OR_RETURN(EncodedStrings encoded, Encode(*elements_));
    if (encoded.crc32c != entry_crc32c_ || encoded.payload.size() != shape_.num_elements()) {
      return Status(Reason::kChanged, "the elements changed while they were being saved");
    }
    const uint64_t nbytes = encoded.payload.size();
    auto file = std::make_shared<const MemoryFile>(std::move(encoded.payload), "memory");
    return StreamExtent({std::move(file), 0, nbytes, std::nullopt});
  }

 private:
  std::shared_ptr<const TensorSource> elements_;
  Shape shape_;
  uint32_t entry_crc32c_;
};

// Why a tensor of this name cannot be stored; "" where it can.
std::string ProblemWithName(std::string_view name) {
  if (name.empty()) return "it has no name, and the empty key is the header's";
  if (name.starts_with('\0')) return "names that begin with a zero byte are those of slices";
  if (name.size() <= Limits().name_nbytes) return "";
  return "its name has " + std::to_string(name.size()) + " bytes, at most " +
         std::to_string(Limits().name_nbytes) + " can be read again";
}

Status CheckName(std::string_view name) {
  const std::string problem = ProblemWithName(name);
  if (problem.empty()) return {};
  return Status(Reason::kArgument, problem).InTensor(name);
}

Status PlaceElements(PlacedTensor& tensor) {
  CAIRN_ASSIGN_OR_RETURN(const EncodedStrings encoded, Encode(*tensor.source));
  tensor.nbytes = encoded.payload.size();
  tensor.entry_crc32c = encoded.crc32c;
  CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make({static_cast<int64_t>(tensor.nbytes)}));
  tensor.source = std::make_shared<const EncodedSource>(std::move(tensor.source), std::move(shape),
                                                        encoded.crc32c);
  return {};
}

Result<PlacedTensor> MakeTensor(const TensorDict& dict, size_t i) {
  const TensorInfo info = dict.info(i);
  CAIRN_RETURN_IF_ERROR(CheckName(info.name));
  CAIRN_ASSIGN_OR_RETURN(auto source, dict.source(i));
  PlacedTensor tensor;
  tensor.name = info.name;
  tensor.dtype = info.dtype;
  tensor.dims = info.dims;
  tensor.source = std::move(source);
  if (ElementNbytes(info.dtype) == 0) {
    CAIRN_RETURN_IF_ERROR(PlaceElements(tensor).InTensor(info.name));
  } else {
    tensor.nbytes = tensor.source->nbytes();
  }
  return tensor;
}

// Gives tensors their places.
class Placer {
 public:
  Placer(FileSystem& fs, const SaveOptions& options, BundleLayout& layout)
      : fs_(fs), options_(options), layout_(layout) {}

  // In a file that is to be shared; false where the value must be written.
  bool PlaceInShared(PlacedTensor& tensor) {
    const std::optional<Extent> extent = tensor.source->extent();
    if (!options_.share || !extent) return false;
    const std::optional<uint32_t> shard = SharedShard(*extent->file);
    if (!shard) return false;
    tensor.shard = *shard;
    tensor.offset = extent->offset;
    return true;
  }

  // Behind all that are written.
  Status PlaceInWritten(PlacedTensor& tensor) {
    const bool has_written = !layout_.shards.empty() && !layout_.shards.back().is_shared();
    if (!has_written) layout_.shards.emplace_back();
    auto end = EndFrom(layout_.shards.back().nbytes, tensor);
    const bool is_too_long =
        options_.max_shard_nbytes > 0 && end.value_or(UINT64_MAX) > options_.max_shard_nbytes;
    if (is_too_long && layout_.shards.back().nbytes > 0) {
      layout_.shards.emplace_back();
      end = EndFrom(0, tensor);
    }
    if (!end) {
      return Status(Reason::kOverflow, "ends past 2^63 bytes of one file").InTensor(tensor.name);
    }
    tensor.shard = layout_.num_shards() - 1;
    layout_.shards.back().nbytes = *end;
    return {};
  }

 private:
  // The shard that this file becomes; nothing if it is not a file of the file system (a program's
  // own array, or one that was replaced).
  std::optional<uint32_t> SharedShard(const RandomAccessFile& file) {
    const auto [known, is_new] = shared_.try_emplace(file.path());
    if (!is_new) return known->second;
    const auto info = fs_.Stat(file.path());
    if (!info.ok() || info->kind != FileKind::kRegular || info->size != file.size())
      return std::nullopt;
    known->second = layout_.num_shards();
    layout_.shards.push_back({file.size(), file.path()});
    return known->second;
  }

  // Where a tensor ends that begins at `position` or after it. Errors: nothing, past 2^63 bytes.
  std::optional<uint64_t> EndFrom(uint64_t position, PlacedTensor& tensor) const {
    const auto padded = CheckedAdd(position, options_.alignment - 1);
    tensor.offset = padded.value_or(0) & ~(options_.alignment - 1);
    const auto end = CheckedAdd(tensor.offset, tensor.nbytes);
    return padded && end && *end <= INT64_MAX ? end : std::nullopt;
  }

  FileSystem& fs_;
  const SaveOptions& options_;
  BundleLayout& layout_;
  std::map<std::string, std::optional<uint32_t>> shared_;  // by path
};

uint64_t NbytesOf(std::span<const PlacedShard> shards, bool with_shared) {
  uint64_t nbytes = 0;
  for (const PlacedShard& shard : shards)
    nbytes += with_shared || !shard.is_shared() ? shard.nbytes : 0;
  return nbytes;
}

}  // namespace

Status CanHold(const TensorDict& dict, const SaveOptions& /*options*/) {
  return CheckEachCanBeHeld(dict, "tf-v2", [&](size_t i) -> std::string {
    const TensorInfo info = dict.info(i);
    const bool is_stored = info.dtype != DType::kResource && IsTensorFlowType(info.dtype);
    return is_stored ? ProblemWithName(info.name) : std::string(Name(info.dtype));
  });
}

uint64_t BundleLayout::data_nbytes() const { return NbytesOf(shards, true); }
uint64_t BundleLayout::written_nbytes() const { return NbytesOf(shards, false); }

Result<BundleLayout> MakeLayout(FileSystem& fs, const TensorDict& dict,
                                const SaveOptions& options) {
  if (!std::has_single_bit(options.alignment)) {
    return Status(Reason::kArgument,
                  "alignment " + std::to_string(options.alignment) + " is not a power of two");
  }
  BundleLayout layout;
  layout.tensors.reserve(dict.size());
  Placer placer(fs, options, layout);
  std::vector<size_t> written;
  for (size_t i = 0; i < dict.size(); ++i) {
    CAIRN_ASSIGN_OR_RETURN(PlacedTensor tensor, MakeTensor(dict, i));
    layout.tensors.push_back(std::move(tensor));
    if (!placer.PlaceInShared(layout.tensors.back())) written.push_back(i);
  }
  for (const size_t i : written) CAIRN_RETURN_IF_ERROR(placer.PlaceInWritten(layout.tensors[i]));
  if (layout.shards.empty()) layout.shards.emplace_back();
  if (layout.num_shards() > Limits().num_shards) {
    return Status(Reason::kArgument, "data files of at most " +
                                         std::to_string(options.max_shard_nbytes) +
                                         " bytes would be " + std::to_string(layout.num_shards()) +
                                         ", possible are " + std::to_string(Limits().num_shards));
  }
  return layout;
}

}  // namespace cairn::tf_bundle
