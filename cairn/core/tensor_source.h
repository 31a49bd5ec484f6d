// One tensor whose value can be had on demand: what every format gives, every transform wraps and
// every session takes.
#ifndef CAIRN_CORE_TENSOR_SOURCE_H_
#define CAIRN_CORE_TENSOR_SOURCE_H_

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "cairn/core/box.h"
#include "cairn/core/bytes.h"
#include "cairn/core/checksum.h"
#include "cairn/core/dtype.h"
#include "cairn/core/export.h"
#include "cairn/core/file.h"
#include "cairn/core/shape.h"
#include "cairn/core/status.h"

namespace cairn {

// Stored bytes that ARE the value as it is: row-major, little-endian, one byte an element for types
// below 8 bits.
struct Extent {
  std::shared_ptr<const RandomAccessFile> file;  // held open: what was opened is what is read
  uint64_t offset = 0;
  uint64_t nbytes = 0;
  std::optional<Checksum> checksum;  // of exactly these bytes; absent = unprotected
};

// Stored bytes that are the value of a box of a tensor.
struct SliceExtent {
  Box box;
  Extent extent;
};

// The elements of a string tensor in row-major order, in one buffer.
class StringTensor {
 public:
  void Add(std::string_view element) {
    bytes_.append(element);
    ends_.push_back(bytes_.size());
  }
  void Reserve(size_t num_elements, size_t num_bytes) {
    ends_.reserve(num_elements);
    bytes_.reserve(num_bytes);
  }

  size_t size() const { return ends_.size(); }
  uint64_t total_nbytes() const { return bytes_.size(); }
  std::string_view operator[](size_t i) const {
    const size_t start = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(start, ends_[i] - start);
  }

  friend bool operator==(const StringTensor&, const StringTensor&) = default;

 private:
  std::string bytes_;
  std::vector<uint64_t> ends_;
};

// The elements of a string tensor from the first to the last, some at a time. Used by one thread.
class CAIRN_EXPORT StringStream {
 public:
  virtual ~StringStream() = default;

  // The next elements. None = the end, and every checksum beneath held. An error ends the stream:
  // what it gave before is not to be trusted.
  virtual Result<StringTensor> Next() = 0;
};

// All of `strings` as one piece.
CAIRN_EXPORT std::unique_ptr<StringStream> StreamStrings(StringTensor strings);

// A value from its first byte to its last, some bytes at a time. Used by one thread.
class CAIRN_EXPORT TensorStream {
 public:
  virtual ~TensorStream() = default;

  // The next bytes, at most as many as `scratch` has: a view of bytes that stay valid as long as
  // the stream, or `scratch` filled as far as the view says. Empty = the end, and every checksum
  // beneath held. `scratch` must not be empty. An error ends the stream: what it gave before is not
  // to be trusted.
  virtual Result<Bytes> Next(MutableBytes scratch) = 0;
};

// Immutable; safe to use from several threads at once.
class CAIRN_EXPORT TensorSource {
 public:
  virtual ~TensorSource() = default;

  virtual DType dtype() const = 0;
  virtual const Shape& shape() const = 0;

  // The whole value in order, CHECKED: the end is reached only if every checksum beneath held.
  // Every numeric source has it; a source that wraps others passes their errors up, so nothing
  // derived from damaged bytes is ever called good. Errors: kDType for string, resource and
  // variant, whose elements have no fixed size.
  virtual Result<std::unique_ptr<TensorStream>> OpenStream() const = 0;

  // The same bytes element by element, CHECKED as well, but with the elements in whatever order is
  // had most cheaply: for those who only check or count them.
  virtual Result<std::unique_ptr<TensorStream>> OpenInAnyOrder() const { return OpenStream(); }

  // The fast path where stored bytes are the value: may be cut, mapped, fused, linked, spread over
  // threads. Whoever moves them checks them. Empty if the value has to be computed: inflated,
  // joined, byte-swapped, decoded.
  virtual std::optional<Extent> extent() const { return std::nullopt; }

  // The extents of the stored slices that a value is joined from, which tile the tensor: each may
  // be read to its places, and checked, by itself. Empty if there are none; never beside an extent.
  // Valid as long as the source.
  virtual std::span<const SliceExtent> slices() const { return {}; }

  // Part of the value, UNCHECKED, from byte `offset` on. Errors: kUnsupported where access is not
  // random; kBounds.
  virtual Status ReadAt(uint64_t offset, MutableBytes out) const;

  // Whether ReadAt reads about what it gives, and not a whole block or value for it.
  virtual bool has_random_access() const { return extent().has_value() || !slices().empty(); }

  // The value within `box`, which lies inside the tensor, as a tensor by itself: CHECKED, and read
  // without the rest of the value. Null where all of it would have to be read.
  virtual Result<std::shared_ptr<const TensorSource>> Crop(const Box& box) const;

  // The elements of a string tensor, checked; of a variant tensor, the serialised
  // VariantTensorDataProto of each. Errors: kDType for every other dtype.
  virtual Result<StringTensor> ReadStrings() const;

  // The same elements, some at a time: a source whose stored form allows it holds no more of them
  // in memory. Errors: as ReadStrings.
  virtual Result<std::unique_ptr<StringStream>> OpenStrings() const;

  // Asked before a value is held in memory as a whole. Errors: kLimit (it is far larger than its
  // stored bytes; see Limits::max_expand).
  virtual Status CheckCanBeHeld() const { return {}; }

  // Bytes of the value; only for dtypes whose elements have a fixed size.
  uint64_t nbytes() const { return shape().num_elements() * ElementNbytes(dtype()); }
};

}  // namespace cairn

#endif  // CAIRN_CORE_TENSOR_SOURCE_H_
