#include "cairn/codec/npy_strings.h"

#include <algorithm>
#include <charconv>

#include "cairn/core/escape.h"
#include "cairn/core/utf8.h"

namespace cairn {
namespace {

constexpr std::string_view kTextDescr = "<U";

// Code points, which are UTF-8 in `text`, as 32-bit numbers.
std::string Ucs4Of(std::string_view text) {
  std::string encoded;
  while (!text.empty()) {
    const CodePoint first = FirstCodePoint(text);
    for (int shift = 0; shift < 32; shift += 8)
      encoded += static_cast<char>(first.value >> shift & 0xff);
    text.remove_prefix(std::max<size_t>(first.nbytes, 1));
  }
  return encoded;
}

class FilledStrings final : public TensorStream {
 public:
  FilledStrings(StringTensor strings, NpyStringType type)
      : strings_(std::move(strings)), type_(type) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
    size_t count = 0;
    while (count < scratch.size() && element_ < strings_.size())
      count += Fill(scratch.subspan(count));
    return scratch.first(count);
  }

 private:
  // Copies as much of the present element as there is room for.
  size_t Fill(MutableBytes room) {
    const Bytes element = Encoded();
    const Bytes left = element.subspan(std::min<uint64_t>(given_, element.size()));
    const size_t count = std::min<uint64_t>(room.size(), type_.element_nbytes() - given_);
    const size_t num_copied = std::min(count, left.size());
    std::ranges::copy(left.first(num_copied), room.begin());
    std::ranges::fill(room.subspan(num_copied, count - num_copied), std::byte{0});
    given_ += count;
    if (given_ == type_.element_nbytes()) {
      ++element_;
      given_ = 0;
    }
    return count;
  }

  Bytes Encoded() {
    if (!type_.is_text) return AsBytes(strings_[element_]);
    if (given_ == 0) ucs4_ = Ucs4Of(strings_[element_]);
    return AsBytes(ucs4_);
  }

  StringTensor strings_;
  NpyStringType type_;
  size_t element_ = 0;
  uint64_t given_ = 0;  // of it
  std::string ucs4_;    // of it
};

bool AllAreUtf8(const StringTensor& strings) {
  for (size_t i = 0; i < strings.size(); ++i) {
    if (!IsUtf8(strings[i])) return false;
  }
  return true;
}

// Returns 5 of "<U5".
uint64_t StoredWidth(std::string_view stored_as) {
  uint64_t width = 1;
  const std::string_view digits = stored_as.substr(kTextDescr.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), width);
  return width;
}

}  // namespace

bool IsNpyText(std::string_view stored_as) { return stored_as.starts_with(kTextDescr); }

std::string NpyStringType::descr() const {
  return std::string(is_text ? kTextDescr : "|S") + std::to_string(width);
}

bool NpyStringType::HasRoomFor(std::string_view element) const {
  return (is_text ? CountCodePoints(element) : element.size()) <= width;
}

Result<NpyStringType> NpyStringTypeFor(const StringTensor& strings, std::string_view stored_as) {
  constexpr uint64_t kMostNbytes = uint64_t{1} << 30;
  NpyStringType type;
  type.is_text = IsNpyText(stored_as) && AllAreUtf8(strings);
  if (type.is_text) type.width = StoredWidth(stored_as);
  for (size_t i = 0; i < strings.size(); ++i) {
    if (strings[i].ends_with('\0'))
      return Status(Reason::kUnsupported, "element " + std::to_string(i) +
                                              " ends in NUL, which numpy's " +
                                              (type.is_text ? "<U" : "|S") + " would lose");
    const uint64_t size = type.is_text ? CountCodePoints(strings[i]) : strings[i].size();
    type.width = std::max(type.width, size);
  }
  if (strings.size() <= kMostNbytes / type.element_nbytes()) return type;
  return Status(Reason::kUnsupported, std::to_string(strings.size()) + " elements of " +
                                          std::to_string(type.element_nbytes()) +
                                          " bytes, more than 1 GiB");
}

std::unique_ptr<TensorStream> StreamNpyStrings(StringTensor strings, NpyStringType type) {
  return std::make_unique<FilledStrings>(std::move(strings), type);
}

}  // namespace cairn
