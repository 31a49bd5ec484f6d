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
  FilledStrings(std::unique_ptr<StringStream> strings, NpyStringType type)
      : strings_(std::move(strings)), type_(type) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
    size_t count = 0;
    while (count < scratch.size()) {
      if (element_ == some_.size()) CAIRN_RETURN_IF_ERROR(ReadSome());
      if (some_.size() == 0) break;
      count += Fill(scratch.subspan(count));
    }
    return scratch.first(count);
  }

 private:
  Status ReadSome() {
    element_ = 0;
    CAIRN_ASSIGN_OR_RETURN(some_, strings_->Next());
    for (size_t i = 0; i < some_.size(); ++i) {
      if (!type_.HasRoomFor(some_[i]))
        return Status(Reason::kSize, "an element has grown since its size was looked at");
    }
    return {};
  }

  // Copies as much of the present element as there is room for.
  size_t Fill(MutableBytes room) {
    const Bytes element = Encoded();
    const Bytes left = element.subspan(std::min<uint64_t>(given_, element.size()));
    const size_t count = std::min<uint64_t>(room.size(), type_.element_nbytes() - given_);
    const size_t num_copied = std::min(count, left.size());
    CopyBytes(left.first(num_copied), room.data());
    std::ranges::fill(room.subspan(num_copied, count - num_copied), std::byte{0});
    given_ += count;
    if (given_ == type_.element_nbytes()) {
      ++element_;
      given_ = 0;
    }
    return count;
  }

  Bytes Encoded() {
    if (!type_.is_text) return AsBytes(some_[element_]);
    if (given_ == 0) ucs4_ = Ucs4Of(some_[element_]);
    return AsBytes(ucs4_);
  }

  std::unique_ptr<StringStream> strings_;
  NpyStringType type_;
  StringTensor some_;   // the elements at hand
  size_t element_ = 0;  // of them
  uint64_t given_ = 0;  // of it
  std::string ucs4_;    // of it
};

// Counts what the elements need, as bytes and as text.
class Widths {
 public:
  explicit Widths(bool may_be_text) : are_utf8_(may_be_text) {}

  // Errors: kUnsupported (it ends in NUL).
  Status Add(std::string_view element) {
    if (element.ends_with('\0'))
      return Status(Reason::kUnsupported, "element " + std::to_string(count_) +
                                              " ends in NUL, which an array of numpy would lose");
    ++count_;
    bytes_ = std::max<uint64_t>(bytes_, element.size());
    are_utf8_ = are_utf8_ && IsUtf8(element);
    if (are_utf8_) characters_ = std::max<uint64_t>(characters_, CountCodePoints(element));
    return {};
  }

  uint64_t count() const { return count_; }
  // Text has at least `stored_width` characters.
  NpyStringType Type(uint64_t stored_width) const {
    if (are_utf8_) return {true, std::max(characters_, stored_width)};
    return {false, bytes_};
  }

 private:
  bool are_utf8_;
  uint64_t count_ = 0;
  uint64_t bytes_ = 1;
  uint64_t characters_ = 1;
};

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

Result<NpyStringType> ChooseNpyStringType(StringStream& strings, std::string_view stored_as) {
  constexpr uint64_t kMostNbytes = uint64_t{1} << 30;
  const bool may_be_text = IsNpyText(stored_as);
  Widths widths(may_be_text);
  while (true) {
    CAIRN_ASSIGN_OR_RETURN(const StringTensor some, strings.Next());
    if (some.size() == 0) break;
    for (size_t i = 0; i < some.size(); ++i) CAIRN_RETURN_IF_ERROR(widths.Add(some[i]));
  }
  const NpyStringType type = widths.Type(may_be_text ? StoredWidth(stored_as) : 1);
  if (widths.count() <= kMostNbytes / type.element_nbytes()) return type;
  return Status(Reason::kUnsupported, std::to_string(widths.count()) + " elements of " +
                                          std::to_string(type.element_nbytes()) +
                                          " bytes, more than 1 GiB");
}

std::unique_ptr<TensorStream> StreamNpyStrings(std::unique_ptr<StringStream> strings,
                                               NpyStringType type) {
  return std::make_unique<FilledStrings>(std::move(strings), type);
}

}  // namespace cairn
