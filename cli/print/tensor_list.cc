#include "cli/print/tensor_list.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/core/hex.h"
#include "cli/print/columns.h"
#include "cli/print/stored_type.h"
#include "cli/print/variant_types.h"

namespace cairn::cli {
namespace {

class TensorList {
 public:
  TensorList(const ListedTensors& tensors, const ListStyle& style, Output& out)
      : tensors_(tensors),
        dict_(tensors.dict),
        is_long_(style.is_long),
        size_style_(style.sizes),
        out_(out) {}

  void Print(const std::vector<size_t>& selected) {
    TensorTotals totals;
    for (const size_t i : selected) {
      Measure(i);
      totals.Add(dict_.info(i), tensors_.IsTraining(i));
    }
    for (const size_t i : selected) {
      if (!out_.is_wanted()) return;
      PrintTensor(i);
    }
    PrintTotals(totals, tensors_, size_style_, out_);
  }

 private:
  // A name as it is shown; `text` is valid until the next call of Shown.
  struct ShownName {
    std::string_view text;
    size_t width;
  };
  ShownName Shown(std::string_view name) {
    if (IsPlain(name)) return {name, name.size()};
    escaped_.clear();
    AppendEscaped(escaped_, name);
    return {escaped_, WidthOf(escaped_)};
  }

  void Measure(size_t i) {
    const TensorInfo info = dict_.info(i);
    const auto widen = [](size_t& width, size_t wanted) { width = std::max(width, wanted); };
    line_.clear();
    AppendDims(line_, info.dims);
    widen(name_width_, Shown(tensors_.NameOf(i)).width);
    widen(dtype_width_, TypeName(info).size());
    widen(shape_width_, line_.size());
    widen(size_width_, SizeText(info.nbytes, size_style_).size());
  }

  void PrintTensor(size_t i) {
    const TensorInfo info = dict_.info(i);
    const ShownName name = Shown(tensors_.NameOf(i));
    line_.assign(name.text);
    PadTo(name_width_, name.width);
    line_ += "  ";
    line_ += out_.Styled(Style::kCyan, Padded(TypeName(info), dtype_width_));
    line_ += "  ";
    const size_t shape_begin = line_.size();
    AppendDims(line_, info.dims);
    PadTo(shape_width_, line_.size() - shape_begin);
    line_ += "  ";
    const std::string size = SizeText(info.nbytes, size_style_);
    PadTo(size_width_, size.size());
    line_ += size;
    line_ += RemarkOnType(dict_, i);
    if (is_long_) {
      for (const std::string& type : VariantTypesOf(dict_, i)) line_ += "  of " + Escape(type);
      AppendWhere(i);
    }
    line_ += '\n';
    out_.Write(line_);
  }

  void PadTo(size_t width, size_t used) {
    if (used < width) line_.append(width - used, ' ');
  }

  // A tensor in slices has a line of its own for each.
  void AppendWhere(size_t i) {
    if (const auto stored = dict_.stored_at(i)) return AppendWhere(*stored);
    const std::vector<StoredSlice> slices = dict_.stored_slices(i);
    line_ += "  " + Count(slices.size(), "slice");
    for (const StoredSlice& slice : slices) {
      line_ += "\n  " + ToString(slice.box);
      AppendWhere(slice.at);
    }
  }

  void AppendWhere(const StoredAt& stored) {
    line_ += "  shard ";
    line_ += std::to_string(stored.shard);
    line_ += "  offset ";
    line_ += std::to_string(stored.offset);
    if (!stored.checksum) {
      line_ += "  unprotected";
      return;
    }
    line_ += stored.checksum->kind == Checksum::Kind::kCrc32c ? "  crc32c " : "  crc32 ";
    line_ += Hex(stored.checksum->value);
  }

  const ListedTensors& tensors_;
  const TensorDict& dict_;
  bool is_long_;
  SizeStyle size_style_;
  Output& out_;
  size_t name_width_ = 0, dtype_width_ = 0, shape_width_ = 0, size_width_ = 0;
  // Kept between tensors for their memory.
  std::string line_;
  std::string escaped_;
};

}  // namespace

void PrintList(const ListedTensors& tensors, const std::vector<size_t>& selected,
               const ListStyle& style, Output& out) {
  TensorList(tensors, style, out).Print(selected);
}

void PrintTotals(const TensorTotals& totals, const ListedTensors& tensors, SizeStyle sizes,
                 Output& out) {
  const uint64_t count = totals.num_tensors;
  std::string line = Count(count, "tensor");
  if (count != tensors.dict.size())
    line = WithSeparators(count) + " of " + Count(tensors.dict.size(), "tensor");
  line += ", " + ParametersText(totals.num_parameters, totals.num_training_parameters) + ", ";
  line += sizes == SizeStyle::kExact ? std::to_string(totals.nbytes) + " bytes"
                                     : BinarySize(totals.nbytes);
  out.Write(out.Styled(Style::kBold, line) + "\n");
}

}  // namespace cairn::cli
