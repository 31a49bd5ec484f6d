// cairn ls PATH [PATTERN…]: name, dtype, shape and size of each tensor.
#include <algorithm>
#include <functional>

#include "cairn/core/hex.h"
#include "cli/command.h"
#include "cli/open_checkpoint.h"
#include "cli/print/json_writer.h"
#include "cli/print/natural_order.h"
#include "cli/print/size_text.h"
#include "cli/print/stored_type.h"
#include "cli/print/tensor_list.h"
#include "cli/print/tensor_tree.h"
#include "cli/print/variant_types.h"
#include "cli/tensor_selection.h"

namespace cairn::cli {
namespace {

struct LsOptions {
  TensorSelection selection;
  bool is_long = false;
  bool tree = false;
  bool json = false;
  bool exact_bytes = false;
  std::string names;
  std::string sort;
  std::optional<uint64_t> depth;

  // A depth implies the tree.
  bool shows_tree() const { return tree || depth.has_value(); }
  ListOrder order() const {
    if (sort.empty()) return ListOrder::kStored;
    return sort == "size" ? ListOrder::kSize : ListOrder::kName;
  }
  // A tree shows objects by their paths.
  NameStyle style() const {
    return names.empty() && shows_tree() ? NameStyle::kPath : NameStyleOf(names);
  }
  SizeStyle sizes() const { return exact_bytes ? SizeStyle::kExact : SizeStyle::kBinary; }
};

// Puts positions, which come in the order of the keys, into another.
void Sort(const ListedTensors& tensors, ListOrder order, std::vector<size_t>& selected) {
  if (order == ListOrder::kStored && tensors.style != NameStyle::kKey)
    std::ranges::stable_sort(selected, {}, [&](size_t i) { return tensors.NameOf(i); });
  if (order == ListOrder::kName) {
    std::ranges::sort(selected, [&](size_t a, size_t b) {
      return NaturalLess(tensors.NameOf(a), tensors.NameOf(b));
    });
  }
  if (order == ListOrder::kSize) {
    std::ranges::stable_sort(selected, std::ranges::greater(),
                             [&](size_t i) { return tensors.dict.info(i).nbytes; });
  }
}

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

void BeginListing(JsonWriter& json, const Opened& checkpoint) {
  BeginDocument(json);
  json.Key("format");
  json.String(checkpoint.format->name);
  json.Name("path", checkpoint.path);
}

void PrintTreeAsJson(const Opened& checkpoint, const TensorTree& tree, const TreeStyle& style,
                     Output& out) {
  std::string text;
  JsonWriter json(text);
  BeginListing(json, checkpoint);
  json.Key("tree");
  WriteTree(tree, checkpoint.dict, style, json, text, out);
  EndDocument(json);
  out.Write(text);
}

// Writes all names of a tensor that an object graph names.
void AppendNames(JsonWriter& json, const ListedTensors& tensors, size_t i) {
  const auto names = tensors.names.find(tensors.dict.name(i));
  if (names == tensors.names.end()) return;
  json.Name("key", names->first);
  json.Name("path", names->second.path);
  if (!names->second.full_name.empty()) json.Name("full_name", names->second.full_name);
}

void PrintJson(const Opened& checkpoint, const ListedTensors& tensors,
               const std::vector<size_t>& selected, const LsOptions& options, Output& out) {
  std::string text;
  JsonWriter json(text);
  BeginListing(json, checkpoint);
  json.Key("tensors");
  json.BeginArray(JsonWriter::Layout::kLines);
  for (const size_t i : selected) {
    if (!out.is_wanted()) return;
    const TensorInfo info = checkpoint.dict.info(i);
    json.BeginObject();
    json.Name("name", tensors.NameOf(i));
    AppendNames(json, tensors, i);
    json.Key("dtype");
    json.String(TypeName(info));
    json.Dims("shape", info.dims);
    json.Key("nbytes");
    json.Number(info.nbytes);
    WriteStoredType(json, checkpoint.dict, i);
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
                       .help = "grouped by parts of names; TF2 objects by short paths"});
    options.push_back(
        NamesOption(options_.names, "of TF2 tensors: key, path (short), full (of variables)"));
    options.push_back({.names = "--depth",
                       .target = &options_.depth,
                       .help = "the tree to this level, with totals of what is below",
                       .value = "N",
                       .least = 1});
    options.push_back({.names = "--sort",
                       .target = &options_.sort,
                       .help = "name: layer_2 before layer_10; size: the largest first",
                       .value = "BY",
                       .choices = {"name", "size"}});
    options.push_back({.names = "--json", .target = &options_.json, .help = "one document"});
    options.push_back({.names = "--bytes", .target = &options_.exact_bytes, .help = "exact sizes"});
    return options;
  }

  ExitCode Run(const Context& context) override {
    if (options_.shows_tree() && options_.is_long)
      return context.out.Error(Status(Reason::kArgument, "ls: --tree excludes --long")
                                   .WithHint("leave one of them out"));
    const TensorSelection& selection = options_.selection;
    const Result<Opened> checkpoint = OpenCheckpoint(selection.path, context.out);
    if (!checkpoint.ok()) return context.out.Error(checkpoint.status());
    const TensorDict& dict = checkpoint->dict;
    const ListedTensors tensors = ListTensors(dict, options_.style(), context.out);
    Result<std::vector<size_t>> selected = selection.Select(dict, tensors.names, context.out);
    if (!selected.ok()) return context.out.Error(selected.status());
    if (selected->empty() && selection.has_patterns()) return kFinding;
    if (options_.shows_tree()) {
      ShowTree(*checkpoint, tensors, *selected, context.out);
    } else {
      Sort(tensors, options_.order(), *selected);
      ShowList(*checkpoint, tensors, *selected, context.out);
    }
    return kDone;
  }

 private:
  void ShowTree(const Opened& checkpoint, const ListedTensors& tensors,
                std::span<const size_t> selected, Output& out) const {
    const TensorTree tree = MakeTree(tensors, selected, options_.order());
    const TreeStyle style{.depth = options_.depth.value_or(UINT64_MAX), .sizes = options_.sizes()};
    if (options_.json) return PrintTreeAsJson(checkpoint, tree, style, out);
    PrintTree(tree, checkpoint.dict, style, out);
    PrintTotals(tree.root.totals, tensors, options_.sizes(), out);
  }

  void ShowList(const Opened& checkpoint, const ListedTensors& tensors,
                const std::vector<size_t>& selected, Output& out) const {
    if (options_.json) return PrintJson(checkpoint, tensors, selected, options_, out);
    PrintList(tensors, selected, {.is_long = options_.is_long, .sizes = options_.sizes()}, out);
  }

  LsOptions options_;
};

}  // namespace

std::unique_ptr<Command> MakeLsCommand() { return std::make_unique<LsCommand>(); }

}  // namespace cairn::cli
