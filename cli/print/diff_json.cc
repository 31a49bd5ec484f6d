// diff: how two checkpoints differ, as JSON.

#include "cli/print/diff_groups.h"
#include "cli/print/diff_printer.h"
#include "cli/print/finding_json.h"
#include "cli/print/json_writer.h"
#include "cli/print/stored_type.h"

namespace cairn::cli {
namespace {

// A long list is written as it grows.
class DiffJson {
 public:
  DiffJson(const DiffSides& sides, const DictDiff& diff, Output& out)
      : sides_(sides), diff_(diff), out_(out) {}

  void Write(std::optional<uint64_t> depth) {
    BeginDocument(json_);
    WriteSide("a", sides_.opened_a);
    WriteSide("b", sides_.opened_b);
    json_.Key("equal");
    json_.Bool(diff_.is_equal());
    WriteNames("only_in_a", sides_.a, diff_.only_in_a);
    WriteNames("only_in_b", sides_.b, diff_.only_in_b);
    WriteRenamed();
    WriteChanged();
    if (depth) WriteGroups(*depth);
    WriteFindings();
    json_.NumberOrNull("num_compared", diff_.num_compared);
    json_.NumberOrNull("num_equal_by_checksum", diff_.num_equal_by_checksum);
    json_.NumberOrNull("nbytes_read", diff_.nbytes_read);
    EndDocument(json_);
    Pass();
  }

 private:
  void Pass() {
    out_.Write(text_);
    text_.clear();
  }

  void WriteSide(std::string_view key, const Opened& opened) {
    json_.Key(key);
    json_.BeginObject();
    json_.Name("path", opened.path);
    json_.Key("format");
    json_.String(opened.format->name);
    json_.EndObject();
  }

  void WriteNames(std::string_view key, const TensorDict& dict,
                  const std::vector<size_t>& positions) {
    json_.Key(key);
    json_.BeginArray();
    for (const size_t i : positions) {
      json_.String(dict.name(i));
      Pass();
    }
    json_.EndArray();
  }

  void WriteRenamed() {
    json_.Key("renamed");
    json_.BeginArray(JsonWriter::Layout::kLines);
    for (const RenameGuess& guess : diff_.renamed) {
      json_.BeginObject();
      json_.Name("a", sides_.a.name(guess.a));
      json_.Name("b", sides_.b.name(guess.b));
      json_.Key("by");
      json_.String(guess.has_same_checksum ? "checksum" : "name");
      json_.EndObject();
      Pass();
    }
    json_.EndArray();
  }

  void WriteChanged() {
    json_.Key("changed");
    json_.BeginArray(JsonWriter::Layout::kLines);
    for (const ChangedTensor& changed : diff_.changed) {
      const TensorInfo a = sides_.a.info(changed.a);
      const TensorInfo b = sides_.b.info(changed.b);
      json_.BeginObject();
      json_.Name("name", a.name);
      json_.Key("dtype");
      json_.BeginArray();
      json_.String(TypeName(a));
      json_.String(TypeName(b));
      json_.EndArray();
      json_.Key("shape");
      json_.BeginArray();
      WriteDims(a.dims);
      WriteDims(b.dims);
      json_.EndArray();
      WriteValues(changed);
      json_.EndObject();
      Pass();
    }
    json_.EndArray();
  }

  void WriteDims(std::span<const int64_t> dims) {
    json_.BeginArray();
    for (const int64_t dim : dims) json_.Signed(dim);
    json_.EndArray();
  }

  // Every tensor has every key, so that programs need not ask.
  void WriteValues(const ChangedTensor& changed) {
    const auto* values = std::get_if<ValueDiff>(&changed.values);
    const auto* strings = std::get_if<StringDiff>(&changed.values);
    const auto number_of = [&](uint64_t ValueDiff::* number) {
      return values == nullptr ? std::nullopt : std::optional(values->*number);
    };
    json_.Key("max_abs");
    values == nullptr ? json_.Null() : WriteExact(values->max_abs);
    WriteReal("max_rel", values == nullptr ? std::nullopt : values->max_rel);
    WriteReal("rel_l2", values == nullptr ? std::nullopt : values->rel_l2);
    WriteReal("cosine", values == nullptr ? std::nullopt : values->cosine);
    json_.NumberOrNull("num_over", strings == nullptr ? number_of(&ValueDiff::num_over)
                                                      : std::optional(strings->num_different));
    json_.NumberOrNull("num_different", strings == nullptr ? number_of(&ValueDiff::num_different)
                                                           : std::optional(strings->num_different));
    json_.NumberOrNull("num_elements", strings == nullptr ? number_of(&ValueDiff::num_elements)
                                                          : std::optional(strings->num_elements));
    json_.NumberOrNull("num_nan_in_a", number_of(&ValueDiff::num_nan_in_a));
    json_.NumberOrNull("num_nan_in_b", number_of(&ValueDiff::num_nan_in_b));
  }

  void WriteGroups(uint64_t depth) {
    json_.Key("prefixes");
    json_.BeginArray(JsonWriter::Layout::kLines);
    for (const DiffGroup& group : GroupByPrefix(diff_, sides_.a, depth)) {
      json_.BeginObject();
      json_.Name("prefix", group.prefix);
      json_.NumberOrNull("num_tensors", group.num_tensors);
      json_.NumberOrNull("num_changed", group.num_changed);
      WriteReal("max_abs", group.max_abs);
      WriteReal("max_rel", group.max_rel);
      WriteReal("rel_l2", group.rel_l2());
      json_.NumberOrNull("num_over", group.num_over);
      json_.EndObject();
      Pass();
    }
    json_.EndArray();
  }

  void WriteFindings() {
    json_.Key("findings");
    json_.BeginArray(JsonWriter::Layout::kLines);
    for (const Status& error : diff_.errors) WriteFinding(json_, Finding{error});
    json_.EndArray();
  }

  void WriteReal(std::string_view key, const std::optional<double>& value) {
    json_.Key(key);
    value ? json_.Double(*value) : json_.Null();
  }

  void WriteExact(const Number& number) {
    if (const auto* value = std::get_if<double>(&number)) return json_.Double(*value);
    if (const auto* value = std::get_if<int64_t>(&number)) return json_.Signed(*value);
    json_.Number(std::get<uint64_t>(number));
  }

  const DiffSides& sides_;
  const DictDiff& diff_;
  Output& out_;
  std::string text_;
  JsonWriter json_{text_};
};

}  // namespace

void WriteDiffJson(const DiffSides& sides, const DictDiff& diff, std::optional<uint64_t> depth,
                   Output& out) {
  DiffJson(sides, diff, out).Write(depth);
}

}  // namespace cairn::cli
