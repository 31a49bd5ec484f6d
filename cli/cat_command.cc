// cairn cat PATH NAME: the value of one tensor, as numpy prints it, as JSON or as a .npy file.
#include <unistd.h>

#include "cairn/codec/npy_header.h"
#include "cairn/codec/npy_strings.h"
#include "cairn/core/bookkeeping.h"
#include "cairn/core/escape.h"
#include "cairn/transform/slice_tensor.h"
#include "cli/command.h"
#include "cli/open_checkpoint.h"
#include "cli/print/element.h"
#include "cli/print/element_json.h"
#include "cli/print/print_array.h"
#include "cli/print/size_text.h"
#include "cli/print/tensor_value.h"
#include "cli/tensor_selection.h"

namespace cairn::cli {
namespace {

struct CatOptions {
  std::string path;
  std::string name;
  std::string slice;
  bool json = false;
  bool npy = false;
  bool all = false;
  std::optional<uint64_t> precision;
  std::optional<uint64_t> edge;
};

constexpr size_t kPieceNbytes = 64 << 10;
constexpr uint64_t kMaxPrecision = 100;  // more digits than any of the types has

// Returns the only tensor beside those that TensorFlow or Cairn keeps for itself.
Result<size_t> FindOnlyTensor(const TensorDict& dict, const std::string& path) {
  std::vector<size_t> found;
  for (size_t i = 0; i < dict.size(); ++i) {
    if (!IsBookkeepingEntry(dict.name(i))) found.push_back(i);
  }
  if (found.size() == 1) return found.front();
  return Status(Reason::kArgument,
                "NAME is missing, and there are " + Count(found.size(), "tensor"))
      .AtPath(path)
      .WithHint("see all names: cairn ls " + path);
}

// Finds a tensor by its name, or by its short path in an object graph: as it is, or as `ls` shows
// it. A stored name comes first, since the short path of another tensor may be equal to it. Errors:
// kMissing.
Result<size_t> FindTensor(const TensorDict& dict, const CatOptions& options, Output& out) {
  const std::string& name = options.name;
  if (const auto found = dict.Find(name)) return *found;
  if (name.empty()) return FindOnlyTensor(dict, options.path);
  const std::string stored = Unescape(name).value_or(name);
  if (const auto found = dict.Find(stored)) return *found;
  const ShortPathMap paths = ReadShortPaths(dict, out);
  for (const auto& [key, short_path] : paths) {
    const auto found = short_path == name || short_path == stored ? dict.Find(key) : std::nullopt;
    if (!found) continue;
    out.Note(Escape(short_path) + ": the tensor " + Quoted(key));
    return *found;
  }
  return Status(Reason::kMissing, "no tensor " + Quoted(stored) + " in the checkpoint")
      .AtPath(options.path)
      .WithHint(HintOfNearest(dict, paths, name, options.path));
}

// One tensor on its way out, in the form that the options ask for.
class TensorPrinter {
 public:
  TensorPrinter(const TensorInfo& info, const TensorSource& source, const CatOptions& options,
                const Context& context)
      : info_(info),
        source_(source),
        options_(options),
        out_(context.out),
        progress_("cat " + options.path, context.progress) {}

  Status Print() {
    const DTypeKind kind = KindOf(source_.dtype());
    if (kind == DTypeKind::kOpaque)
      return Status(Reason::kUnsupported, "of dtype " + std::string(Name(source_.dtype())) +
                                              ", which has no values to show");
    if (kind == DTypeKind::kString) return PrintStrings();
    if (options_.json) return PrintNumbersAsJson();
    if (options_.npy) return PrintNumbersAsNpy();
    return PrintNumbers();
  }

 private:
  Status PrintStrings() {
    CAIRN_ASSIGN_OR_RETURN(StringTensor strings, source_.ReadStrings());
    if (options_.json) return PrintStringsAsJson(strings);
    if (options_.npy) return PrintStringsAsNpy(std::move(strings));
    const ArrayCorners corners = Corners();
    StringTensor shown;
    for (const ArrayCorners::Run& run : corners.runs()) {
      for (uint64_t i = run.first; i < run.first + run.count; ++i) shown.Add(strings[i]);
    }
    PrintText(corners, *FormatStrings(shown));
    return {};
  }

  Status PrintNumbers() {
    const ArrayCorners corners = Corners();
    CAIRN_ASSIGN_OR_RETURN(const auto bytes, ReadCorners(source_, corners, &progress_));
    ElementFormatOptions format;
    if (source_.shape().rank() == 0 && !options_.precision) format.style = WordStyle::kScalar;
    if (options_.precision)
      format.precision = static_cast<int>(std::min(*options_.precision, kMaxPrecision));
    PrintText(corners, *FormatNumbers(source_.dtype(), bytes, format));
    return {};
  }

  ArrayCorners Corners() const {
    CornerOptions corners;
    if (options_.all) corners.threshold = UINT64_MAX;
    if (options_.edge) corners.edge_items = *options_.edge;
    return ArrayCorners(source_.shape().dims(), source_.shape().num_elements(), corners);
  }

  void PrintText(const ArrayCorners& corners, const ElementFormat& elements) {
    PrintArray(corners, elements, [&](std::string_view text) { out_.Write(text); });
    out_.Write("\n");
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

  void EndJson(JsonWriter& json, const std::string& text) {
    json.EndArray();
    EndDocument(json);
    out_.Write(text);
  }

  Status PrintStringsAsJson(const StringTensor& strings) {
    std::string text;
    JsonWriter json(text);
    BeginJson(json);
    for (size_t i = 0; i < strings.size(); ++i) {
      WriteStringElement(json, strings[i]);
      out_.Write(text);
      text.clear();
    }
    EndJson(json, text);
    return {};
  }

  Status PrintNumbersAsJson() {
    std::string text;
    JsonWriter json(text);
    BeginJson(json);
    std::vector<std::byte> rest;  // of an element that two pieces share
    CAIRN_RETURN_IF_ERROR(ReadCheckedPieces(source_, &progress_, [&](Bytes piece) {
      ForEachElement(rest, piece,
                     [&](const std::byte* at) { WriteNumberElement(json, source_.dtype(), at); });
      out_.Write(text);
      text.clear();
      return StopIfUnwanted();
    }));
    EndJson(json, text);
    return {};
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

  Status PrintStringsAsNpy(StringTensor strings) {
    auto width = NpyWidth(strings);
    if (!width.ok()) return width.status().WithHint("use --json");
    out_.Write(EncodeNpyHeader("|S" + std::to_string(*width), source_.shape().dims()));
    const auto stream = StreamNpyStrings(std::move(strings), *width);
    std::vector<std::byte> scratch(kPieceNbytes);
    while (true) {
      CAIRN_ASSIGN_OR_RETURN(const Bytes piece, stream->Next(scratch));
      if (piece.empty()) return {};
      out_.Write(AsText(piece));
      CAIRN_RETURN_IF_ERROR(StopIfUnwanted());
    }
  }

  Status PrintNumbersAsNpy() {
    bool is_first = true;
    const auto write_header_once = [&] {
      if (is_first) out_.Write(EncodeNpyHeader(NpyDescr(info_), source_.shape().dims()));
      is_first = false;
    };
    CAIRN_RETURN_IF_ERROR(ReadCheckedPieces(source_, &progress_, [&](Bytes piece) {
      write_header_once();
      out_.Write(AsText(piece));
      return StopIfUnwanted();
    }));
    write_header_once();
    return {};
  }

  // A reader that has gone ends the work without an error; the caller looks at the output.
  Status StopIfUnwanted() const {
    return out_.is_wanted() ? Status() : Status(Reason::kCancelled, "nobody reads on");
  }

  TensorInfo info_;
  const TensorSource& source_;
  const CatOptions& options_;
  Output& out_;
  ProgressBar progress_;
};

class CatCommand final : public Command {
 public:
  std::string_view name() const override { return "cat"; }
  std::string_view summary() const override {
    return "Prints one tensor as numpy does; its checksum is compared first.";
  }
  std::string_view examples() const override {
    return "  cairn cat run/model-100 fc/W\n"
           "  cairn cat --npy run/model-100 fc/W > fc_w.npy\n";
  }
  std::vector<Option> options() override {
    return {
        {.names = "PATH", .target = &options_.path, .help = "the checkpoint"},
        {.names = "NAME",
         .target = &options_.name,
         .help = "of the tensor, as `ls` or `ls --tree` shows it; one may be left out",
         .is_required = false,
         .is_tensor_name = true},
        {.names = "--slice",
         .target = &options_.slice,
         .help = "only this part, and reads no more: '0:10,:,3' as numpy has it",
         .value = "SLICE"},
        {.names = "--json", .target = &options_.json, .help = "all values, flat, row-major"},
        {.names = "--npy", .target = &options_.npy, .help = "a .npy file, for numpy"},
        {.names = "--precision",
         .target = &options_.precision,
         .help = "digits after the point, at most (8)",
         .value = "N"},
        {.names = "--edge",
         .target = &options_.edge,
         .help = "values at each end of an axis, where there are more than 1000 (3)",
         .value = "N",
         .least = 1},
        {.names = "--all", .target = &options_.all, .help = "all values, however many"},
    };
  }

  ExitCode Run(const Context& context) override {
    const Status status = Print(context);
    if (!context.out.is_wanted()) return kDone;  // Finish says what is to be said
    return status.ok() ? kDone : context.out.Error(status);
  }

 private:
  Status Print(const Context& context) const {
    CAIRN_RETURN_IF_ERROR(CheckOptions());
    CAIRN_ASSIGN_OR_RETURN(const auto checkpoint, OpenCheckpoint(options_.path, context.out));
    const TensorDict& dict = checkpoint.dict;
    CAIRN_ASSIGN_OR_RETURN(const size_t found, FindTensor(dict, options_, context.out));
    CAIRN_ASSIGN_OR_RETURN(auto source, dict.source(found).AtPath(options_.path));
    if (!options_.slice.empty()) {
      CAIRN_ASSIGN_OR_RETURN(SlicedTensor part, SliceTensor(std::move(source), options_.slice)
                                                    .InTensor(dict.name(found))
                                                    .AtPath(options_.path));
      source = std::move(part.source);
      if (!part.is_checked) {
        context.out.Note(options_.path +
                         ": a part is shown unchecked: a checksum is that of a whole tensor");
      }
    }
    NoteStoredType(dict.info(found), context.out);
    return TensorPrinter(dict.info(found), *source, options_, context)
        .Print()
        .InTensor(dict.name(found))
        .AtPath(options_.path);
  }

  // Only --npy keeps a type that numpy alone has.
  void NoteStoredType(const TensorInfo& info, Output& out) const {
    if (info.stored_as.empty() || options_.npy) return;
    out.Note(Quoted(info.name) + " is stored as " + Escape(info.stored_as) + ", shown as " +
             std::string(Name(info.dtype)));
  }

  Status CheckOptions() const {
    if (options_.json && options_.npy)
      return Status(Reason::kArgument, "cat: --json and --npy exclude each other")
          .WithHint("leave one of them out");
    if (options_.npy && IsTerminal(STDOUT_FILENO))
      return Status(Reason::kArgument, "cat: --npy writes bytes that a terminal cannot show")
          .WithHint("send them into a file: > tensor.npy");
    return {};
  }

  CatOptions options_;
};

}  // namespace

std::unique_ptr<Command> MakeCatCommand() { return std::make_unique<CatCommand>(); }

}  // namespace cairn::cli
