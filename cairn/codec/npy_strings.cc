#include "cairn/codec/npy_strings.h"

#include <algorithm>

namespace cairn {
namespace {

class FilledStrings final : public TensorStream {
 public:
  FilledStrings(StringTensor strings, uint64_t width)
      : strings_(std::move(strings)), width_(width) {}

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
    const Bytes element = AsBytes(strings_[element_]);
    const Bytes left = element.subspan(std::min<uint64_t>(given_, element.size()));
    const size_t count = std::min<uint64_t>(room.size(), width_ - given_);
    const size_t num_copied = std::min(count, left.size());
    std::ranges::copy(left.first(num_copied), room.begin());
    std::ranges::fill(room.subspan(num_copied, count - num_copied), std::byte{0});
    given_ += count;
    if (given_ == width_) {
      ++element_;
      given_ = 0;
    }
    return count;
  }

  StringTensor strings_;
  uint64_t width_;
  size_t element_ = 0;
  uint64_t given_ = 0;  // of it
};

}  // namespace

Result<uint64_t> NpyWidth(const StringTensor& strings) {
  constexpr uint64_t kMostNbytes = uint64_t{1} << 30;
  uint64_t width = 1;
  for (size_t i = 0; i < strings.size(); ++i) {
    if (strings[i].ends_with('\0'))
      return Status(Reason::kUnsupported,
                    "element " + std::to_string(i) + " ends in NUL, which numpy's |S would lose");
    width = std::max<uint64_t>(width, strings[i].size());
  }
  if (strings.size() <= kMostNbytes / width) return width;
  return Status(Reason::kUnsupported, std::to_string(strings.size()) + " elements of " +
                                          std::to_string(width) + " bytes, more than 1 GiB");
}

std::unique_ptr<TensorStream> StreamNpyStrings(StringTensor strings, uint64_t width) {
  return std::make_unique<FilledStrings>(std::move(strings), width);
}

}  // namespace cairn
