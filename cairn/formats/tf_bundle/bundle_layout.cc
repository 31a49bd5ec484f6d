#include "cairn/formats/tf_bundle/bundle_layout.h"

#include <bit>
#include <numeric>

#include "cairn/core/checked_math.h"
#include "cairn/core/escape.h"
#include "cairn/core/limits.h"
#include "cairn/formats/cannot_hold.h"
#include "cairn/formats/tf_bundle/string_payload.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/formats/tf_bundle/variant_payload.h"
#include "cairn/io/extent_source.h"

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
  return Status(Reason::kArgument, "tensor " + Quoted(name) + ": " + problem);
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

Result<PlacedTensor> PlaceTensor(const TensorDict& dict, size_t i) {
  const TensorInfo info = dict.info(i);
  CAIRN_RETURN_IF_ERROR(CheckName(info.name));
  CAIRN_ASSIGN_OR_RETURN(auto source, dict.source(i));
  PlacedTensor tensor;
  tensor.name = info.name;
  tensor.dtype = info.dtype;
  tensor.dims = info.dims;
  tensor.source = std::move(source);
  if (ElementNbytes(info.dtype) == 0) {
    CAIRN_RETURN_IF_ERROR(PlaceElements(tensor).In("tensor " + Quoted(info.name)));
  } else {
    tensor.nbytes = tensor.source->nbytes();
  }
  return tensor;
}

// Gives a tensor its place behind all that have one.
Status Place(PlacedTensor& tensor, const SaveOptions& options, BundleLayout& layout) {
  const auto end_from = [&](uint64_t position) -> std::optional<uint64_t> {
    const auto padded = CheckedAdd(position, options.alignment - 1);
    tensor.offset = padded.value_or(0) & ~(options.alignment - 1);
    const auto end = CheckedAdd(tensor.offset, tensor.nbytes);
    return padded && end && *end <= INT64_MAX ? end : std::nullopt;
  };
  auto end = end_from(layout.shard_nbytes.back());
  const bool is_too_long =
      options.max_shard_nbytes > 0 && end.value_or(UINT64_MAX) > options.max_shard_nbytes;
  if (is_too_long && layout.shard_nbytes.back() > 0) {
    layout.shard_nbytes.push_back(0);
    end = end_from(0);
  }
  if (!end) {
    return Status(Reason::kOverflow,
                  "tensor " + Quoted(tensor.name) + ": ends past 2^63 bytes of one file");
  }
  tensor.shard = layout.num_shards() - 1;
  layout.shard_nbytes.back() = *end;
  return {};
}

}  // namespace

Status CanHold(const TensorDict& dict) {
  return CheckEachCanBeHeld(dict, "tf-v2", [&](size_t i) -> std::string {
    const TensorInfo info = dict.info(i);
    return info.dtype == DType::kResource ? "resource" : ProblemWithName(info.name);
  });
}

uint64_t BundleLayout::data_nbytes() const {
  return std::accumulate(shard_nbytes.begin(), shard_nbytes.end(), uint64_t{0});
}

Result<BundleLayout> MakeLayout(const TensorDict& dict, const SaveOptions& options) {
  if (!std::has_single_bit(options.alignment)) {
    return Status(Reason::kArgument,
                  "alignment " + std::to_string(options.alignment) + " is not a power of two");
  }
  BundleLayout layout;
  layout.shard_nbytes.push_back(0);
  layout.tensors.reserve(dict.size());
  for (size_t i = 0; i < dict.size(); ++i) {
    CAIRN_ASSIGN_OR_RETURN(PlacedTensor tensor, PlaceTensor(dict, i));
    CAIRN_RETURN_IF_ERROR(Place(tensor, options, layout));
    layout.tensors.push_back(std::move(tensor));
  }
  if (layout.num_shards() > Limits().num_shards) {
    return Status(Reason::kArgument, "data files of at most " +
                                         std::to_string(options.max_shard_nbytes) +
                                         " bytes would be " + std::to_string(layout.num_shards()) +
                                         ", possible are " + std::to_string(Limits().num_shards));
  }
  return layout;
}

}  // namespace cairn::tf_bundle
