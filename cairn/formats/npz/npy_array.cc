#include "cairn/formats/npz/npy_array.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/core/utf8.h"
#include "cairn/formats/npz/fortran_order.h"
#include "cairn/source/extent_source.h"
#include "cairn/source/swapped_source.h"

namespace cairn::npz {
namespace {

constexpr size_t kSkipNbytes = 4096;
constexpr uint64_t kTextNbytes = 256 << 10;  // of texts that are decoded at once

// All of a stream up to `nbytes`, or up to its end. Errors: those of the stream.
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

Status WrongSize(uint64_t nbytes) {
  return Status(Reason::kSize, "the header needs a value of " + std::to_string(nbytes) +
                                   " bytes, another size is stored");
}

// Only there do the checksums hold.
Status ReadEnd(TensorStream& stream) {
  std::byte spare[1];
  CAIRN_ASSIGN_OR_RETURN(const Bytes more, stream.Next(spare));
  return more.empty() ? Status() : Status(Reason::kSize, "more bytes than the header needs");
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

// The value as it is stored; ends early only with an error.
Result<std::unique_ptr<TensorStream>> OpenValue(const NpyFile& file) {
  if (file.value) return StreamExtent(*file.value);
  CAIRN_ASSIGN_OR_RETURN(auto stream, file.open());
  return std::make_unique<ValueStream>(std::move(stream), file.header.header_nbytes,
                                       ValueNbytes(file.header));
}

// The whole value, checked.
Result<std::vector<std::byte>> ReadValue(const NpyFile& file) {
  CAIRN_ASSIGN_OR_RETURN(const auto stream, OpenValue(file));
  const uint64_t nbytes = ValueNbytes(file.header);
  CAIRN_ASSIGN_OR_RETURN(std::vector<std::byte> value, ReadUpTo(*stream, nbytes));
  CAIRN_RETURN_IF_ERROR(ReadEnd(*stream));
  return value;
}

// Whether the elements lie in another order than a tensor's.
bool IsTurned(const NpyHeader& header) {
  return header.is_fortran_order && header.dims.size() > 1 && ValueNbytes(header) > 0;
}

// The elements as they are stored, in the order of a tensor's.
Result<std::unique_ptr<TensorStream>> OpenRowMajor(const NpyFile& file) {
  const NpyHeader& header = file.header;
  if (!IsTurned(header)) return OpenValue(file);
  if (file.value) return StreamRowMajor(*file.value, header.dims, header.element_nbytes);
  CAIRN_ASSIGN_OR_RETURN(auto stored, ReadValue(file));
  auto memory = std::make_shared<const MemoryFile>(std::move(stored), "memory");
  return StreamRowMajor({std::move(memory), 0, ValueNbytes(header), std::nullopt}, header.dims,
                        header.element_nbytes);
}

// Numbers that are made by a stream: packed, or in Fortran order.
class StreamedArray final : public TensorSource {
 public:
  StreamedArray(NpyFile file, Shape shape) : file_(std::move(file)), shape_(std::move(shape)) {}

  DType dtype() const override { return DTypeOf(file_); }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override { return OpenRowMajor(file_); }

 private:
  NpyFile file_;
  Shape shape_;
};

Result<std::string> TextOf(Bytes element, bool is_big_endian) {
  std::string text;
  size_t zeros = 0;  // at the end they only fill
  for (size_t at = 0; at < element.size(); at += 4) {
    uint32_t code = LoadLittleEndian<uint32_t>(element.data() + at);
    if (is_big_endian) code = __builtin_bswap32(code);
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
      return Status(Reason::kFormat, "a string contains an invalid code point");
    if (code == 0) {
      ++zeros;
      continue;
    }
    text.append(zeros, '\0');
    zeros = 0;
    AppendUtf8(code, text);
  }
  return text;
}

// Texts of one width. numpy itself cannot tell NUL at the end from filling.
class TextArray final : public TensorSource {
 public:
  TextArray(NpyFile file, Shape shape) : file_(std::move(file)), shape_(std::move(shape)) {}

  DType dtype() const override { return DType::kString; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    return Status(Reason::kDType, "strings are read by ReadStrings");
  }
  Result<StringTensor> ReadStrings() const override {
    StringTensor strings;
    if (file_.is_entry) {
      CAIRN_ASSIGN_OR_RETURN(const auto value, ReadValue(file_));
      strings.Add(AsText(value));
      return strings;
    }
    CAIRN_ASSIGN_OR_RETURN(const auto stream, OpenRowMajor(file_));
    const uint64_t width = file_.header.element_nbytes;
    const uint64_t num_at_once = std::max<uint64_t>(kTextNbytes / width, 1);
    Status decoded;  // told last: a checksum that does not hold explains more
    for (uint64_t num_left = shape_.num_elements(); num_left > 0;) {
      const uint64_t count = std::min(num_left, num_at_once);
      CAIRN_ASSIGN_OR_RETURN(const auto elements, ReadUpTo(*stream, count * width));
      for (uint64_t i = 0; i < count && decoded.ok(); ++i)
        decoded = AddText(Bytes(elements).subspan(i * width, width), strings);
      num_left -= count;
    }
    CAIRN_RETURN_IF_ERROR(ReadEnd(*stream));
    CAIRN_RETURN_IF_ERROR(decoded);
    return strings;
  }

 private:
  Status AddText(Bytes element, StringTensor& strings) const {
    if (file_.header.elements == NpyElements::kUnicode) {
      CAIRN_ASSIGN_OR_RETURN(const std::string text, TextOf(element, file_.header.is_big_endian));
      strings.Add(text);
    } else {
      const std::string_view filled = AsText(element);
      strings.Add(filled.substr(0, filled.find_last_not_of('\0') + 1));
    }
    return {};
  }

  NpyFile file_;
  Shape shape_;
};

bool HoldsTexts(const NpyHeader& header) {
  return header.elements == NpyElements::kBytes || header.elements == NpyElements::kUnicode;
}

}  // namespace

std::string_view WithoutEnding(std::string_view name) {
  if (name.ends_with(kEnding)) name.remove_suffix(kEnding.size());
  return name;
}

DType DTypeOf(const NpyFile& file) {
  if (file.is_entry || HoldsTexts(file.header)) return DType::kString;
  return file.header.elements == NpyElements::kRaw ? DType::kUInt8 : file.header.dtype;
}

std::vector<int64_t> DimsOf(const NpyFile& file) {
  if (file.is_entry) return {};
  std::vector<int64_t> dims = file.header.dims;
  if (file.header.elements == NpyElements::kRaw)
    dims.push_back(static_cast<int64_t>(file.header.element_nbytes));
  return dims;
}

Status ApplyNote(std::string_view note, NpyFile& file) {
  if (note.empty()) return {};
  NpyHeader& header = file.header;
  const std::optional<DType> dtype = DTypeFromName(note);
  if (!dtype) return Status(Reason::kFormat, "its note " + Quoted(note) + " is not a dtype");
  const Status other(Reason::kFormat, "its note says " + Quoted(note) + ", it is another array");
  // A bookkeeping entry, such as the object graph, is saved as an array of its bytes.
  if (*dtype == DType::kString) {
    if (header.dtype != DType::kUInt8 || header.dims.size() != 1) return other;
    file.is_entry = true;
    return {};
  }
  const bool is_raw = header.elements == NpyElements::kRaw;
  const std::string_view numpy = InfoOf(*dtype).numpy;
  // numpy has no type of its own for dtypes such as bfloat16, which lie as raw bytes of their
  // width. Quantized dtypes lie as the plain integers of their size.
  const bool fits = is_raw ? numpy.empty() && header.element_nbytes == ElementNbytes(*dtype)
                           : header.elements == NpyElements::kNumbers && !numpy.empty() &&
                                 numpy == InfoOf(header.dtype).numpy;
  if (!fits) return other;
  header.elements = NpyElements::kNumbers;
  header.dtype = *dtype;
  return {};
}

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

Result<std::shared_ptr<const TensorSource>> MakeNpySource(const NpyFile& file) {
  const NpyHeader& header = file.header;
  CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(DimsOf(file)));
  if (DTypeOf(file) == DType::kString)
    return std::make_shared<const TextArray>(file, std::move(shape));
  const bool is_swapped = header.is_big_endian;
  std::shared_ptr<const TensorSource> source;
  if (file.value && !IsTurned(header)) {
    CAIRN_ASSIGN_OR_RETURN(source,
                           ExtentSource::Make(DTypeOf(file), std::move(shape), *file.value));
  } else {
    source = std::make_shared<const StreamedArray>(file, std::move(shape));
  }
  return is_swapped ? SwapBytes(std::move(source)) : source;
}

}  // namespace cairn::npz
