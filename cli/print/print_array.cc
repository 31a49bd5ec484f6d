#include "cli/print/print_array.h"

#include "cairn/core/utf8.h"

namespace cairn::cli {
namespace {

constexpr size_t kLineWidth = 75;
constexpr std::string_view kLeftOut = "...";

class ArrayPrinter {
 public:
  ArrayPrinter(const ArrayCorners& corners, const ElementFormat& elements, const WriteText& write)
      : corners_(corners), elements_(elements), write_(write), rank_(corners.dims().size()) {}

  Status Print() {
    if (rank_ == 0) return write_(elements_.Word(0));
    std::vector<uint64_t> positions(rank_ - 1);
    const std::span outer = corners_.dims().first(rank_ - 1);
    CAIRN_RETURN_IF_ERROR(write_(std::string(rank_, '[')));
    CAIRN_RETURN_IF_ERROR(PrintRow());
    size_t moved = 0;
    while (StepPositions(positions, outer, moved)) {
      CAIRN_RETURN_IF_ERROR(write_(Between(moved, positions[moved])));
      CAIRN_RETURN_IF_ERROR(PrintRow());
    }
    return write_(std::string(rank_, ']'));
  }

 private:
  // From one item of an axis to the next, `position`: closes what is inside, leaves as many lines,
  // says where items are left out, opens again.
  std::string Between(size_t axis, uint64_t position) const {
    const size_t depth = rank_ - axis - 1;
    const std::string new_line = std::string(depth, '\n') + std::string(axis + 1, ' ');
    std::string text(depth, ']');
    if (corners_.is_cut(axis) && position == corners_.edge_items())
      text.append(new_line).append(kLeftOut);
    return text + new_line + std::string(depth, '[');
  }

  // The words of the last axis. The line begins after its brackets.
  Status PrintRow() {
    const size_t last = rank_ - 1;
    const uint64_t count = corners_.dims()[last];
    line_.assign(rank_, ' ');
    for (uint64_t i = 0; i < count; ++i) {
      if (i > 0) line_ += ' ';
      if (corners_.is_cut(last) && i == corners_.edge_items()) {
        CAIRN_RETURN_IF_ERROR(AddWord(kLeftOut));
        line_ += ' ';
      }
      CAIRN_RETURN_IF_ERROR(AddWord(elements_.Word(next_element_++)));
    }
    CAIRN_RETURN_IF_ERROR(WriteLine());
    is_first_line_ = true;
    return {};
  }

  Status AddWord(std::string_view word) {
    const size_t room = rank_ < kLineWidth ? kLineWidth - rank_ : 0;
    const bool has_words = line_.size() > rank_;
    if (has_words && line_.size() + word.size() > room && !HasRoomFor(word, room)) {
      line_.erase(line_.find_last_not_of(' ') + 1);
      line_ += '\n';
      CAIRN_RETURN_IF_ERROR(WriteLine());
      line_.assign(rank_, ' ');
    }
    line_ += word;
    return {};
  }

  // numpy counts characters, whatever their width on a terminal.
  bool HasRoomFor(std::string_view word, size_t room) const {
    return CountCodePoints(line_) + CountCodePoints(word) <= room;
  }

  // The brackets stand where the first line of a row would be indented.
  Status WriteLine() {
    const std::string_view text = std::string_view(line_).substr(is_first_line_ ? rank_ : 0);
    is_first_line_ = false;
    return write_(text);
  }

  const ArrayCorners& corners_;
  const ElementFormat& elements_;
  const WriteText& write_;
  size_t rank_;
  std::string line_;
  bool is_first_line_ = true;
  size_t next_element_ = 0;
};

}  // namespace

Status PrintArray(const ArrayCorners& corners, const ElementFormat& elements,
                  const WriteText& write) {
  if (corners.num_elements() == 0) return write("[]");
  return ArrayPrinter(corners, elements, write).Print();
}

}  // namespace cairn::cli
