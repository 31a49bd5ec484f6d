// cairn ls PATH [PATTERN…]: name, dtype, shape and size of each tensor.
#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/core/hex.h"
#include "cli/command.h"
#include "cli/open_checkpoint.h"
#include "cli/print/columns.h"
#include "cli/print/finding_json.h"
#include "cli/print/json_writer.h"
#include "cli/print/size_text.h"
#include "cli/print/stored_type.h"
#include "cli/print/tensor_tree.h"
#include "cli/print/variant_types.h"
#include "cli/tensor_selection.h"

namespace cairn::cli {
namespace {

// Longer names push their own line out instead of all others.
constexpr size_t kMaxNameWidth = 60;

struct LsOptions {
  TensorSelection selection;
  bool is_long = false;
  bool tree = false;
  bool json = false;
  bool exact_bytes = false;
};

struct Totals {
  uint64_t num_parameters = 0;
  uint64_t nbytes = 0;
  void Add(const TensorInfo& info) {
    nbytes += info.nbytes;
    if (ElementNbytes(info.dtype) > 0) num_parameters += info.nbytes / ElementNbytes(info.dtype);
  }
};

class TextListing {
 public:
  TextListing(const TensorDict& dict, const LsOptions& options, Output& out)
      : dict_(dict),
        is_long_(options.is_long),
        size_style_(options.exact_bytes ? SizeStyle::kExact : SizeStyle::kBinary),
        out_(out) {}

  void Print(const std::vector<size_t>& selected) {
    Totals totals;
    for (const size_t i : selected) {
      const TensorInfo info = dict_.info(i);
      Measure(info);
      totals.Add(info);
    }
    for (const size_t i : selected) {
      if (!out_.is_wanted()) return;
      PrintTensor(i);
    }
    PrintTotals(selected.size(), totals);
  }

  void PrintTotals(const std::vector<size_t>& selected) {
    Totals totals;
    for (const size_t i : selected) totals.Add(dict_.info(i));
    PrintTotals(selected.size(), totals);
  }

 private:
  void PrintTotals(size_t count, const Totals& totals) {
    std::string line = Count(count, "tensor");
    if (count != dict_.size())
      line = WithSeparators(count) + " of " + Count(dict_.size(), "tensor");
    line += ", " + Count(totals.num_parameters, "parameter") + ", ";
    line += size_style_ == SizeStyle::kExact ? std::to_string(totals.nbytes) + " bytes"
                                             : BinarySize(totals.nbytes);
    out_.Write(out_.Styled(Style::kBold, line) + "\n");
  }

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

  void Measure(const TensorInfo& info) {
    const auto widen = [](size_t& width, size_t wanted) { width = std::max(width, wanted); };
    line_.clear();
    AppendDims(line_, info.dims);
    widen(name_width_, std::min(Shown(info.name).width, kMaxNameWidth));
    widen(dtype_width_, TypeName(info).size());
    widen(shape_width_, line_.size());
    widen(size_width_, SizeText(info.nbytes, size_style_).size());
  }

  void PrintTensor(size_t i) {
    const TensorInfo info = dict_.info(i);
    const ShownName name = Shown(info.name);
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
    if (!info.stored_as.empty()) line_ += "  " + RemarkOnType(dict_, i);
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

  const TensorDict& dict_;
  bool is_long_;
  SizeStyle size_style_;
  Output& out_;
  size_t name_width_ = 0, dtype_width_ = 0, shape_width_ = 0, size_width_ = 0;
  // Kept between tensors for their memory.
  std::string line_;
  std::string escaped_;
};

void AppendPlace(JsonWriter& json, const std::optional<StoredAt>& stored) {
  json.NumberOrNull("shard", stored ? std::optional(stored->shard) : std::nullopt);
  json.NumberOrNull("offset", stored ? std::optional(stored->offset) : std::nullopt);
  json.Key("crc32c");
  const bool has_crc32c =
      stored && stored->checksum && stored->checksum->kind == Checksum::Kind::kCrc32c;
  has_crc32c ? json.String(Hex(stored->checksum->value)) : json.Null();
}

void AppendSlice(JsonWriter& json, const StoredSlice& slice) {
  std::vector<int64_t> start;
  std::vector<int64_t> shape;
  for (const Range& range : slice.box) {
    start.push_back(range.start);
    shape.push_back(range.length);
  }
  json.BeginObject();
  json.Dims("start", start);
  json.Dims("shape", shape);
  AppendPlace(json, slice.at);
  json.EndObject();
}

// A tensor in slices has no place of its own.
void AppendWhere(JsonWriter& json, const TensorDict& dict, size_t i) {
  AppendPlace(json, dict.stored_at(i));
  json.Key("slices");
  json.BeginArray();
  for (const StoredSlice& slice : dict.stored_slices(i)) AppendSlice(json, slice);
  json.EndArray();
}

void AppendTypes(JsonWriter& json, const TensorDict& dict, size_t i) {
  json.Key("types");
  json.BeginArray();
  for (const std::string& type : VariantTypesOf(dict, i)) json.String(type);
  json.EndArray();
}

// The type in the file, and why it is not read. Other tensors do not have these fields.
void AppendStoredType(JsonWriter& json, const TensorDict& dict, size_t i) {
  const TensorInfo info = dict.info(i);
  json.Name("stored_as", info.stored_as);
  if (!info.is_readable()) WriteError(json, dict.source(i).status());
}

void PrintJson(const Opened& checkpoint, const std::vector<size_t>& selected,
               const LsOptions& options, Output& out) {
  std::string text;
  JsonWriter json(text);
  BeginDocument(json);
  json.Key("format");
  json.String(checkpoint.format->name);
  json.Name("path", checkpoint.path);
  json.Key("tensors");
  json.BeginArray(JsonWriter::Layout::kLines);
  for (const size_t i : selected) {
    if (!out.is_wanted()) return;
    const TensorInfo info = checkpoint.dict.info(i);
    json.BeginObject();
    json.Name("name", info.name);
    json.Key("dtype");
    json.String(TypeName(info));
    json.Dims("shape", info.dims);
    json.Key("nbytes");
    json.Number(info.nbytes);
    if (!info.stored_as.empty()) AppendStoredType(json, checkpoint.dict, i);
    if (options.is_long) AppendWhere(json, checkpoint.dict, i);
    if (options.is_long && info.dtype == DType::kVariant) AppendTypes(json, checkpoint.dict, i);
    json.EndObject();
    // Each tensor is written as soon as it is formatted, so that a listing of millions of tensors
    // does not stay in memory.
    out.Write(text);
    text.clear();
  }
  json.EndArray();
  EndDocument(json);
  out.Write(text);
}

class LsCommand final : public Command {
 public:
  std::string_view name() const override { return "ls"; }
  std::string_view summary() const override {
    return "Lists the tensors of a checkpoint: name, dtype, shape, size.";
  }
  std::string_view examples() const override {
    return "  cairn ls run/model-100\n"
           "  cairn ls --long run '**/kernel' 'block?/*'\n";
  }
  std::vector<Option> options() override {
    std::vector<Option> options = options_.selection.options();
    options.push_back({.names = "-l,--long",
                       .target = &options_.is_long,
                       .help = "also shard, offset, checksum, slices, types of variants"});
    options.push_back({.names = "--tree",
                       .target = &options_.tree,
                       .help = "grouped by the parts of the names; objects of TF2 by short paths"});
    options.push_back({.names = "--json", .target = &options_.json, .help = "one document"});
    options.push_back({.names = "--bytes", .target = &options_.exact_bytes, .help = "exact sizes"});
    return options;
  }

  ExitCode Run(const Context& context) override {
    const Result<Opened> checkpoint = OpenCheckpoint(options_.selection.path, context.out);
    if (!checkpoint.ok()) return context.out.Error(checkpoint.status());
    if (options_.tree && (options_.json || options_.is_long))
      return context.out.Error(Status(Reason::kArgument, "ls: --tree excludes --json and --long")
                                   .WithHint("leave one of them out"));
    ShortPathMap paths;
    // Short paths come from the object graph, a tensor that has to be read. A plain listing does
    // not need it.
    if (options_.tree || !options_.selection.patterns.empty())
      paths = ReadShortPaths(checkpoint->dict, context.out);
    const Result<std::vector<size_t>> selected = options_.selection.Select(checkpoint->dict, paths);
    if (!selected.ok()) return context.out.Error(selected.status());
    TextListing listing(checkpoint->dict, options_, context.out);
    if (options_.json) {
      PrintJson(*checkpoint, *selected, options_, context.out);
    } else if (options_.tree) {
      const SizeStyle style = options_.exact_bytes ? SizeStyle::kExact : SizeStyle::kBinary;
      PrintTree(checkpoint->dict, *selected, paths, style, context.out);
      listing.PrintTotals(*selected);
    } else {
      listing.Print(*selected);
    }
    if (selected->empty() && !options_.selection.patterns.empty())
      return options_.selection.NothingMatched(checkpoint->dict, context.out);
    return kDone;
  }

 private:
  LsOptions options_;
};

}  // namespace

std::unique_ptr<Command> MakeLsCommand() { return std::make_unique<LsCommand>(); }

}  // namespace cairn::cli
