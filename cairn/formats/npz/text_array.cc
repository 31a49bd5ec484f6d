#include "cairn/formats/npz/text_array.h"

#include <algorithm>
#include <string>

#include "cairn/core/utf8.h"

namespace cairn::npz {
namespace {

constexpr uint64_t kTextNbytes = 256 << 10;  // of texts that are decoded at once

// The whole value, checked.
Result<std::vector<std::byte>> ReadValue(const NpyFile& file) {
  CAIRN_ASSIGN_OR_RETURN(const auto stream, OpenValue(file));
  const uint64_t nbytes = ValueNbytes(file.header);
  CAIRN_ASSIGN_OR_RETURN(std::vector<std::byte> value, ReadUpTo(*stream, nbytes));
  CAIRN_RETURN_IF_ERROR(ReadEnd(*stream));
  return value;
}

Result<uint32_t> ReadCode(const std::byte* at, bool is_big_endian) {
  uint32_t code = LoadLittleEndian<uint32_t>(at);
  if (is_big_endian) code = __builtin_bswap32(code);
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
    return Status(Reason::kFormat, "a string contains an invalid code point");
  return code;
}

// Zeros at the end of an element only fill it: numpy itself cannot tell them from NUL.
Bytes WithoutFilling(Bytes element, size_t unit_nbytes) {
  size_t nbytes = element.size();
  while (nbytes > 0 && element[nbytes - 1] == std::byte{0}) --nbytes;
  return element.first((nbytes + unit_nbytes - 1) / unit_nbytes * unit_nbytes);
}

// The texts of an array, a few at a time.
class TextStream final : public StringStream {
 public:
  TextStream(const NpyHeader& header, uint64_t num_elements, std::unique_ptr<TensorStream> stream)
      : width_(header.element_nbytes),
        unit_nbytes_(header.elements == NpyElements::kUnicode ? sizeof(uint32_t) : 1),
        is_big_endian_(header.is_big_endian),
        num_left_(num_elements),
        stream_(std::move(stream)) {}

  Result<StringTensor> Next() override {
    StringTensor texts;
    const uint64_t count = std::min(num_left_, std::max<uint64_t>(kTextNbytes / width_, 1));
    if (count == 0) {
      CAIRN_RETURN_IF_ERROR(ReadEnd(*stream_));
      CAIRN_RETURN_IF_ERROR(decoded_);
      return texts;
    }
    CAIRN_ASSIGN_OR_RETURN(const auto elements, ReadUpTo(*stream_, count * width_));
    texts.Reserve(count, 0);
    for (uint64_t i = 0; i < count; ++i)
      Add(WithoutFilling(Bytes(elements).subspan(i * width_, width_), unit_nbytes_), texts);
    num_left_ -= count;
    return texts;
  }

 private:
  void Add(Bytes element, StringTensor& texts) {
    if (unit_nbytes_ == 1) return texts.Add(AsText(element));
    text_.clear();
    for (size_t at = 0; at < element.size(); at += unit_nbytes_) {
      const Result<uint32_t> code = ReadCode(element.data() + at, is_big_endian_);
      if (code.ok())
        AppendUtf8(*code, text_);
      else if (decoded_.ok())
        decoded_ = code.status();
    }
    texts.Add(text_);
  }

  uint64_t width_;
  size_t unit_nbytes_;  // of a character
  bool is_big_endian_;
  uint64_t num_left_;
  std::unique_ptr<TensorStream> stream_;
  std::string text_;  // of the last element
  Status decoded_;    // told last: a checksum that does not hold explains more
};

class TextArray final : public TensorSource {
 public:
  TextArray(NpyFile file, Shape shape) : file_(std::move(file)), shape_(std::move(shape)) {}

  DType dtype() const override { return DType::kString; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    return Status(Reason::kDType, "strings are read by ReadStrings");
  }

  Result<std::unique_ptr<StringStream>> OpenStrings() const override {
    if (file_.is_entry) return TensorSource::OpenStrings();
    CAIRN_RETURN_IF_ERROR(CheckExpansion(file_, file_.header.element_nbytes));
    CAIRN_ASSIGN_OR_RETURN(const auto bytes, RowMajorSource(file_, DType::kUInt8));
    CAIRN_ASSIGN_OR_RETURN(auto stream, bytes->OpenStream());
    return std::make_unique<TextStream>(file_.header, shape_.num_elements(), std::move(stream));
  }

  Result<StringTensor> ReadStrings() const override {
    CAIRN_RETURN_IF_ERROR(CheckCanBeHeld());
    StringTensor strings;
    if (file_.is_entry) {
      CAIRN_ASSIGN_OR_RETURN(const auto value, ReadValue(file_));
      strings.Add(AsText(value));
      return strings;
    }
    CAIRN_ASSIGN_OR_RETURN(const auto stream, OpenStrings());
    while (true) {
      CAIRN_ASSIGN_OR_RETURN(const StringTensor some, stream->Next());
      if (some.size() == 0) return strings;
      for (size_t i = 0; i < some.size(); ++i) strings.Add(some[i]);
    }
  }

  Status CheckCanBeHeld() const override {
    constexpr uint64_t kPlaceNbytes = sizeof(uint64_t);  // of an element in a StringTensor
    const uint64_t nbytes = ValueNbytes(file_.header);
    const uint64_t most = (UINT64_MAX - nbytes) / kPlaceNbytes;
    return CheckExpansion(file_, nbytes + std::min(shape_.num_elements(), most) * kPlaceNbytes);
  }

 private:
  NpyFile file_;
  Shape shape_;
};

}  // namespace

std::shared_ptr<const TensorSource> MakeTextArray(NpyFile file, Shape shape) {
  return std::make_shared<const TextArray>(std::move(file), std::move(shape));
}

}  // namespace cairn::npz
