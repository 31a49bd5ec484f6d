#include "cli/print/tensor_printer.h"

#include <unistd.h>

#include <algorithm>

#include "cairn/codec/npy_header.h"
#include "cairn/codec/npy_strings.h"
#include "cli/print/element.h"
#include "cli/print/element_json.h"
#include "cli/print/finding_json.h"
#include "cli/print/print_array.h"
#include "cli/print/tensor_value.h"
#include "cli/signals.h"

namespace cairn::cli {
namespace {

constexpr size_t kPieceNbytes = 64 << 10;
constexpr uint64_t kMaxPrecision = 100;  // more digits than any of the types has

class TensorPrinter {
 public:
  TensorPrinter(const TensorInfo& info, const TensorSource& source, const TensorForm& form,
                ProgressBar& progress, Output& out)
      : info_(info), source_(source), form_(form), progress_(progress), out_(out) {}

  Status Print() {
    const DTypeKind kind = KindOf(source_.dtype());
    if (kind == DTypeKind::kOpaque)
      return Status(Reason::kUnsupported, "of dtype " + std::string(Name(source_.dtype())) +
                                              ", which has no values to show");
    if (kind == DTypeKind::kString) return PrintStrings();
    if (form_.json) return PrintNumbersAsJson();
    if (form_.npy) return PrintNumbersAsNpy();
    return PrintNumbers();
  }

 private:
  Status PrintStrings() {
    if (form_.json) return PrintStringsAsJson();
    if (form_.npy) return PrintStringsAsNpy();
    const ArrayCorners corners = Corners();
    if (form_.all) CAIRN_RETURN_IF_ERROR(source_.CheckCanBeHeld());
    CAIRN_ASSIGN_OR_RETURN(const StringTensor shown, ReadStringCorners(source_, corners));
    return PrintText(
        corners, *(IsNpyText(info_.stored_as) ? FormatTexts(shown, Style()) : FormatBytes(shown)));
  }

  WordStyle Style() const {
    return source_.shape().rank() == 0 ? WordStyle::kScalar : WordStyle::kColumn;
  }

  Status PrintNumbers() {
    const ArrayCorners corners = Corners();
    CAIRN_ASSIGN_OR_RETURN(const auto bytes, ReadCorners(source_, corners, &progress_));
    ElementFormatOptions options;
    options.cancel = &is_interrupted_;
    if (!form_.precision) options.style = Style();
    if (form_.precision)
      options.precision = static_cast<int>(std::min(*form_.precision, kMaxPrecision));
    const auto elements = FormatNumbers(source_.dtype(), bytes, options);
    if (is_interrupted_) return Interrupted();
    return PrintText(corners, *elements);
  }

  ArrayCorners Corners() const {
    CornerOptions corners;
    if (form_.all) corners.threshold = UINT64_MAX;
    if (form_.edge) corners.edge_items = *form_.edge;
    return ArrayCorners(source_.shape().dims(), source_.shape().num_elements(), corners);
  }

  Status PrintText(const ArrayCorners& corners, const ElementFormat& elements) {
    CAIRN_RETURN_IF_ERROR(
        PrintArray(corners, elements, [&](std::string_view text) { return Write(text); }));
    return Write("\n");
  }

  void BeginJson(JsonWriter& json) const {
    BeginDocument(json);
    json.Name("name", info_.name);
    json.Key("dtype");
    json.String(Name(source_.dtype()));
    json.Dims("shape", source_.shape().dims());
    json.Key("values");
    json.BeginArray();
  }

  // Ends a document of which a part may be printed; `printed` is why values are missing in it.
  Status EndJson(JsonWriter& json, std::string& text, const Status& printed) {
    if (!printed.ok() && !has_written_) return printed;
    json.EndArray();
    if (!printed.ok()) WriteError(json, printed);
    EndDocument(json);
    const Status written = Write(text);
    return printed.ok() ? written : printed;
  }

  Status PrintStringsAsJson() {
    std::string text;
    JsonWriter json(text);
    BeginJson(json);
    const Status printed = ReadCheckedStrings(source_, [&](const StringTensor& some) {
      Status written;
      for (size_t i = 0; i < some.size() && written.ok(); ++i) {
        WriteStringElement(json, some[i]);
        written = Write(text);
        text.clear();
      }
      return written;
    });
    return EndJson(json, text, printed);
  }

  Status PrintNumbersAsJson() {
    std::string text;
    JsonWriter json(text);
    BeginJson(json);
    std::vector<std::byte> rest;  // of an element that two pieces share
    const Status printed = ReadSmallPieces([&](Bytes piece) {
      ForEachElement(rest, piece,
                     [&](const std::byte* at) { WriteNumberElement(json, source_.dtype(), at); });
      const Status written = Write(text);
      text.clear();
      return written;
    });
    return EndJson(json, text, printed);
  }

  // Gives all of the checked value in pieces that take no time to write.
  Status ReadSmallPieces(const TakePiece& take) {
    // A bar would stand in the middle of a line of values.
    Progress* const of_taking = IsTerminal(STDOUT_FILENO) ? nullptr : &progress_;
    return ReadCheckedPieces(source_, &progress_, of_taking, [&](Bytes large) {
      while (!large.empty()) {
        const Bytes piece = large.first(std::min(large.size(), kPieceNbytes));
        CAIRN_RETURN_IF_ERROR(take(piece));
        large = large.subspan(piece.size());
      }
      return Status();
    });
  }

  // Calls `use` with each whole element of `rest` and `piece` together; leaves what remains in
  // `rest`.
  template <typename Use>
  void ForEachElement(std::vector<std::byte>& rest, Bytes piece, Use use) const {
    const size_t width = ElementNbytes(source_.dtype());
    if (!rest.empty()) {
      const Bytes missing = piece.first(std::min(piece.size(), width - rest.size()));
      rest.insert(rest.end(), missing.begin(), missing.end());
      piece = piece.subspan(missing.size());
      if (rest.size() < width) return;
      use(rest.data());
      rest.clear();
    }
    for (; piece.size() >= width; piece = piece.subspan(width)) use(piece.data());
    rest.assign(piece.begin(), piece.end());
  }

  // The type is chosen at the checked end of the value.
  Status PrintStringsAsNpy() {
    CAIRN_ASSIGN_OR_RETURN(const auto all, source_.OpenStrings());
    const auto type = ChooseNpyStringType(*all, info_.stored_as);
    if (type.status().reason() == Reason::kUnsupported) return type.status().WithHint("use --json");
    if (!type.ok()) return type.status();
    CAIRN_RETURN_IF_ERROR(Write(EncodeNpyHeader(type->descr(), source_.shape().dims())));
    CAIRN_ASSIGN_OR_RETURN(auto strings, source_.OpenStrings());
    const auto stream = StreamNpyStrings(std::move(strings), *type);
    std::vector<std::byte> scratch(kPieceNbytes);
    while (true) {
      CAIRN_ASSIGN_OR_RETURN(const Bytes piece, stream->Next(scratch));
      if (piece.empty()) return {};
      CAIRN_RETURN_IF_ERROR(Write(AsText(piece)));
    }
  }

  Status PrintNumbersAsNpy() {
    bool is_first = true;
    const auto write_header_once = [&] {
      if (!std::exchange(is_first, false)) return Status();
      return Write(EncodeNpyHeader(NpyDescr(info_), source_.shape().dims()));
    };
    CAIRN_RETURN_IF_ERROR(ReadSmallPieces([&](Bytes piece) {
      CAIRN_RETURN_IF_ERROR(write_header_once());
      return Write(AsText(piece));
    }));
    return write_header_once();
  }

  Status Write(std::string_view text) {
    has_written_ = true;
    progress_.Pause([&] { out_.Write(text); });
    if (is_interrupted_) return Interrupted();
    return out_.is_wanted() ? Status() : Status(Reason::kCancelled, "nobody reads on");
  }

  static Status Interrupted() { return Status(Reason::kCancelled, "interrupted"); }

  const TensorInfo& info_;
  const TensorSource& source_;
  const TensorForm& form_;
  ProgressBar& progress_;
  Output& out_;
  bool has_written_ = false;
  const std::atomic<bool>& is_interrupted_ = CatchInterrupt();
};

}  // namespace

Status PrintTensor(const TensorInfo& info, const TensorSource& source, const TensorForm& form,
                   ProgressBar& progress, Output& out) {
  return TensorPrinter(info, source, form, progress, out).Print();
}

}  // namespace cairn::cli
