#include "cairn/formats/npz/npy_file.h"

#include <algorithm>
#include <numeric>

#include "cairn/core/escape.h"
#include "cairn/source/extent_source.h"
#include "cairn/source/transposed_source.h"

namespace cairn::npz {
namespace {

constexpr size_t kSkipNbytes = 4096;

Status WrongSize(uint64_t nbytes) {
  return Status(Reason::kSize, "the header needs a value of " + std::to_string(nbytes) +
                                   " bytes, another size is stored");
}

// The value after a header, held to its size.
class ValueStream final : public TensorStream {
 public:
  ValueStream(std::unique_ptr<TensorStream> file, uint64_t header_nbytes, uint64_t nbytes)
      : file_(std::move(file)), skip_(header_nbytes), nbytes_(nbytes), left_(nbytes) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    while (skip_ > 0) {
      std::byte passed[kSkipNbytes];
      const MutableBytes room(passed, std::min<uint64_t>(skip_, kSkipNbytes));
      CAIRN_ASSIGN_OR_RETURN(const Bytes piece, file_->Next(room));
      if (piece.empty()) return WrongSize(nbytes_);
      skip_ -= piece.size();
    }
    CAIRN_ASSIGN_OR_RETURN(const Bytes piece, file_->Next(scratch));
    if (piece.size() > left_ || (piece.empty() && left_ > 0)) return WrongSize(nbytes_);
    left_ -= piece.size();
    return piece;
  }

 private:
  std::unique_ptr<TensorStream> file_;
  uint64_t skip_;
  uint64_t nbytes_;
  uint64_t left_;
};

// A value that is made by a stream, in the order in which it is stored.
class PackedArray final : public TensorSource {
 public:
  PackedArray(NpyFile file, DType dtype, Shape shape)
      : file_(std::move(file)), dtype_(dtype), shape_(std::move(shape)) {}

  DType dtype() const override { return dtype_; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override { return OpenValue(file_); }
  Status CheckCanBeHeld() const override { return CheckExpansion(file_, nbytes()); }

 private:
  NpyFile file_;
  DType dtype_;
  Shape shape_;
};

Result<std::shared_ptr<const TensorSource>> StoredSource(const NpyFile& file, DType dtype,
                                                         Shape shape) {
  if (file.value) {
    CAIRN_ASSIGN_OR_RETURN(auto source, ExtentSource::Make(dtype, std::move(shape), *file.value));
    return std::shared_ptr<const TensorSource>(std::move(source));
  }
  return std::make_shared<const PackedArray>(file, dtype, std::move(shape));
}

}  // namespace

uint64_t ValueNbytes(const NpyHeader& header) {
  // Both were checked when the header was parsed.
  return *NumElements(header.dims) * header.element_nbytes;
}

Result<NpyHeader> ReadNpyHeader(TensorStream& stream) {
  CAIRN_ASSIGN_OR_RETURN(std::vector<std::byte> bytes, ReadUpTo(stream, kNpyStartNbytes));
  CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes, NpyHeaderNbytes(bytes));
  if (nbytes > bytes.size()) {
    CAIRN_ASSIGN_OR_RETURN(const auto rest, ReadUpTo(stream, nbytes - bytes.size()));
    bytes.insert(bytes.end(), rest.begin(), rest.end());
  }
  return ParseNpyHeader(Bytes(bytes).first(std::min<uint64_t>(nbytes, bytes.size())));
}

Result<std::vector<std::byte>> ReadUpTo(TensorStream& stream, uint64_t nbytes) {
  std::vector<std::byte> bytes;
  std::vector<std::byte> scratch(std::min<uint64_t>(nbytes, 1 << 20));
  while (bytes.size() < nbytes) {
    const MutableBytes room(scratch.data(),
                            std::min<uint64_t>(scratch.size(), nbytes - bytes.size()));
    CAIRN_ASSIGN_OR_RETURN(const Bytes piece, stream.Next(room));
    if (piece.empty()) break;
    bytes.insert(bytes.end(), piece.begin(), piece.end());
  }
  return bytes;
}

Status ReadEnd(TensorStream& stream) {
  std::byte spare[1];
  CAIRN_ASSIGN_OR_RETURN(const Bytes more, stream.Next(spare));
  return more.empty() ? Status() : Status(Reason::kSize, "more bytes than the header needs");
}

Result<std::unique_ptr<TensorStream>> OpenValue(const NpyFile& file) {
  if (file.value) return StreamExtent(*file.value);
  CAIRN_ASSIGN_OR_RETURN(auto stream, file.open());
  return std::make_unique<ValueStream>(std::move(stream), file.header.header_nbytes,
                                       ValueNbytes(file.header));
}

Result<std::shared_ptr<const TensorSource>> RowMajorSource(const NpyFile& file, DType dtype) {
  const NpyHeader& header = file.header;
  std::vector<int64_t> dims = header.dims;
  if (header.is_fortran_order) std::ranges::reverse(dims);
  if (header.elements != NpyElements::kNumbers)
    dims.push_back(static_cast<int64_t>(header.element_nbytes));
  CAIRN_ASSIGN_OR_RETURN(Shape stored, Shape::Make(dims));
  CAIRN_ASSIGN_OR_RETURN(auto source, StoredSource(file, dtype, std::move(stored)));
  if (!header.is_fortran_order) return source;
  std::vector<size_t> axes(dims.size());
  std::iota(axes.begin(), axes.end(), size_t{0});
  std::ranges::reverse(axes.begin(),
                       axes.begin() + static_cast<std::ptrdiff_t>(header.dims.size()));
  return Transpose(std::move(source), axes, file.memory.reorder_nbytes);
}

Status CheckExpansion(const NpyFile& file, uint64_t held_nbytes) {
  const uint64_t packed = std::max<uint64_t>(file.packed_nbytes, 1);
  if (file.value || held_nbytes <= Limits::kMostUnasked) return {};
  if (held_nbytes / packed < file.memory.max_expand) return {};
  const std::string ratio = std::to_string(held_nbytes / packed);
  return Status(Reason::kLimit, "takes " + std::to_string(held_nbytes) + " bytes of memory, " +
                                    ratio + " times the " + std::to_string(packed) +
                                    " that are stored; at most " +
                                    std::to_string(file.memory.max_expand) + " times is expected")
      .WithHint(
          "allow it with --max-expand, in the library with Limits::max_expand, if the file "
          "is known to be good");
}

}  // namespace cairn::npz
