// cairn stats PATH [PATTERN…]: what the values of each tensor are like.
#include <cmath>

#include "cairn/core/escape.h"
#include "cairn/core/list_names.h"
#include "cairn/inspect/statistics.h"
#include "cli/command.h"
#include "cli/open_checkpoint.h"
#include "cli/print/columns.h"
#include "cli/print/double_text.h"
#include "cli/print/json_writer.h"
#include "cli/print/size_text.h"
#include "cli/print/sparkline.h"
#include "cli/print/stored_type.h"
#include "cli/signals.h"
#include "cli/tensor_selection.h"

namespace cairn::cli {
namespace {

constexpr size_t kMaxNameWidth = 60;
constexpr size_t kHistogramWidth = 16;

std::string ShortText(const std::optional<Number>& number) {
  if (!number) return "-";
  if (const auto* value = std::get_if<double>(&*number)) return FourDigitText(*value);
  if (const auto* value = std::get_if<int64_t>(&*number)) return std::to_string(*value);
  return std::to_string(std::get<uint64_t>(*number));
}

// A row of the table; its cells but the first are right-aligned.
using Row = std::vector<std::string>;

Row Heading() { return {"name", "dtype", "min", "max", "mean", "std", "zeros", "nan", "inf"}; }

Row RowOf(const TensorInfo& info, const Statistics& statistics) {
  const bool has_values = statistics.min.has_value();
  const uint64_t num_infinities =
      statistics.num_positive_infinities + statistics.num_negative_infinities;
  return {Escape(info.name),
          std::string(Name(info.dtype)),
          ShortText(statistics.min),
          ShortText(statistics.max),
          has_values ? FourDigitText(statistics.mean) : "-",
          has_values ? FourDigitText(statistics.stddev) : "-",
          std::to_string(statistics.num_zeros),
          std::to_string(statistics.num_nans),
          std::to_string(num_infinities)};
}

class StatsPrinter {
 public:
  StatsPrinter(const Opened& checkpoint, std::span<const size_t> selected,
               std::span<const TensorStatistics> statistics, Output& out)
      : checkpoint_(checkpoint), selected_(selected), statistics_(statistics), out_(out) {}

  void PrintTable() {
    std::vector<Row> rows = {Heading()};
    for (size_t k = 0; k < selected_.size(); ++k) {
      if (const auto* numbers = NumbersOf(k)) rows.push_back(RowOf(info(k), *numbers));
    }
    const std::vector<size_t> widths = WidthsOf(rows);
    if (rows.size() > 1)
      out_.Write(out_.Styled(Style::kBold, LineOf(rows[0], widths) + "  histogram") + "\n");
    size_t row = 1;
    for (size_t k = 0; k < selected_.size() && out_.is_wanted(); ++k) {
      if (const auto* numbers = NumbersOf(k)) {
        const auto bins = numbers->histogram.counts();
        out_.Write(LineOf(rows[row++], widths) + "  " + Sparkline(bins, kHistogramWidth, glyphs_) +
                   "\n");
      } else if (statistics_[k].error.ok()) {
        out_.Write(LineOfStrings(info(k), std::get<StringStatistics>(statistics_[k].values)));
      }
    }
  }

  void PrintJson() {
    std::string text;
    JsonWriter json(text);
    BeginDocument(json);
    json.Key("format");
    json.String(checkpoint_.format->name);
    json.Name("path", checkpoint_.path);
    json.Key("tensors");
    json.BeginArray(JsonWriter::Layout::kLines);
    for (size_t k = 0; k < selected_.size() && out_.is_wanted(); ++k) {
      WriteTensor(json, k);
      out_.Write(text);
      text.clear();
    }
    json.EndArray();
    EndDocument(json);
    out_.Write(text);
  }

 private:
  TensorInfo info(size_t k) const { return checkpoint_.dict.info(selected_[k]); }

  // Null where there are none: damage, or strings.
  const Statistics* NumbersOf(size_t k) const {
    if (!statistics_[k].error.ok()) return nullptr;
    return std::get_if<Statistics>(&statistics_[k].values);
  }

  static std::vector<size_t> WidthsOf(std::span<const Row> rows) {
    std::vector<size_t> widths(rows[0].size());
    for (const Row& row : rows) {
      for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], WidthOf(row[i]));
    }
    widths[0] = std::min(widths[0], kMaxNameWidth);
    return widths;
  }

  static std::string LineOf(const Row& row, std::span<const size_t> widths) {
    std::string line = Padded(row[0], widths[0]) + "  " + Padded(row[1], widths[1]);
    for (size_t i = 2; i < row.size(); ++i) line += "  " + PaddedLeft(row[i], widths[i]);
    return line;
  }

  static std::string LineOfStrings(const TensorInfo& info, const StringStatistics& strings) {
    return Escape(info.name) + "  " + std::string(Name(info.dtype)) + "  " +
           Count(strings.num_elements, "element") + ", " + BinarySize(strings.nbytes) +
           ", lengths " + std::to_string(strings.shortest) + " to " +
           std::to_string(strings.longest) + "\n";
  }

  static void WriteDouble(JsonWriter& json, double value) {
    std::isfinite(value) ? json.Raw(ShortestText(value)) : json.Null();
  }

  static void WriteNumber(JsonWriter& json, const std::optional<Number>& number) {
    if (!number) return json.Null();
    if (const auto* value = std::get_if<double>(&*number)) return WriteDouble(json, *value);
    if (const auto* value = std::get_if<int64_t>(&*number)) return json.Signed(*value);
    json.Number(std::get<uint64_t>(*number));
  }

  void WriteTensor(JsonWriter& json, size_t k) const {
    json.BeginObject();
    json.Name("name", info(k).name);
    json.Key("dtype");
    json.String(TypeName(info(k)));
    json.Dims("shape", info(k).dims);
    if (!statistics_[k].error.ok()) {
      json.Key("error");
      json.String(ReasonWord(statistics_[k].error.reason()));
    } else if (const auto* numbers = NumbersOf(k)) {
      WriteNumbers(json, *numbers);
    } else {
      const auto& strings = std::get<StringStatistics>(statistics_[k].values);
      json.NumberOrNull("elements", strings.num_elements);
      json.NumberOrNull("bytes", strings.nbytes);
      json.NumberOrNull("shortest", strings.shortest);
      json.NumberOrNull("longest", strings.longest);
    }
    json.EndObject();
  }

  static void WriteNumbers(JsonWriter& json, const Statistics& statistics) {
    json.NumberOrNull("elements", statistics.num_elements);
    json.NumberOrNull("zeros", statistics.num_zeros);
    json.NumberOrNull("nan", statistics.num_nans);
    json.NumberOrNull("positive_inf", statistics.num_positive_infinities);
    json.NumberOrNull("negative_inf", statistics.num_negative_infinities);
    json.Key("min");
    WriteNumber(json, statistics.min);
    json.Key("max");
    WriteNumber(json, statistics.max);
    // Without a finite value there is no mean. WriteDouble writes NAN as null.
    const bool has_values = statistics.min.has_value();
    json.Key("mean");
    WriteDouble(json, has_values ? statistics.mean : NAN);
    json.Key("std");
    WriteDouble(json, has_values ? statistics.stddev : NAN);
    json.Key("histogram");
    WriteHistogram(json, statistics.histogram);
  }

  static void WriteHistogram(JsonWriter& json, const Histogram& histogram) {
    const auto counts = histogram.counts();
    if (counts.empty()) return json.Null();
    json.BeginObject();
    json.Key("start");
    WriteDouble(json, histogram.start(0));
    json.Key("width");
    WriteDouble(json, histogram.start(1) - histogram.start(0));
    json.Key("counts");
    json.BeginArray();
    for (const uint64_t count : counts) json.Number(count);
    json.EndArray();
    json.EndObject();
  }

  const Opened& checkpoint_;
  std::span<const size_t> selected_;
  std::span<const TensorStatistics> statistics_;
  Output& out_;
  Glyphs glyphs_ = GlyphsOfLocale();
};

class StatsCommand final : public Command {
 public:
  std::string_view name() const override { return "stats"; }
  std::string_view summary() const override {
    return "Minimum, maximum, mean, deviation, zeros, NaN, Inf and a histogram of each tensor.";
  }
  std::string_view examples() const override {
    return "  cairn stats run/model-100\n"
           "  cairn stats run/model-100 '**/kernel'\n";
  }
  std::vector<Option> options() override {
    std::vector<Option> options = selection_.options();
    options.push_back({.names = "--json", .target = &json_, .help = "one document"});
    return options;
  }

  ExitCode Run(const Context& context) override {
    const Result<Opened> checkpoint = OpenCheckpoint(selection_.path, context.out);
    if (!checkpoint.ok()) return context.out.Error(checkpoint.status());
    ShortPathMap paths;
    if (!selection_.patterns.empty()) paths = ReadShortPaths(checkpoint->dict, context.out);
    const Result<std::vector<size_t>> selected = selection_.Select(checkpoint->dict, paths);
    if (!selected.ok()) return context.out.Error(selected.status());
    if (selected->empty() && !selection_.patterns.empty())
      return selection_.NothingMatched(checkpoint->dict, context.out);
    const auto statistics = Compute(checkpoint->dict, *selected, context);
    if (!statistics.ok()) return context.out.Error(statistics.status());
    NoteStoredTypes(checkpoint->dict, *selected, context.out);
    StatsPrinter printer(*checkpoint, *selected, *statistics, context.out);
    json_ ? printer.PrintJson() : printer.PrintTable();
    return SayErrors(checkpoint->dict, *selected, *statistics, context.out);
  }

 private:
  static void NoteStoredTypes(const TensorDict& dict, std::span<const size_t> selected,
                              Output& out) {
    std::vector<std::string> names;
    for (const size_t i : selected) {
      const TensorInfo info = dict.info(i);
      if (info.is_readable() && !info.stored_as.empty()) names.emplace_back(info.name);
    }
    if (!names.empty()) out.Note(ListNames("dates and times are read as int64:", names));
  }

  // Tensors whose source cannot be had have that as their error.
  Result<std::vector<TensorStatistics>> Compute(const TensorDict& dict,
                                                std::span<const size_t> selected,
                                                const Context& context) const {
    std::vector<std::shared_ptr<const TensorSource>> sources;
    std::vector<TensorStatistics> all(selected.size());
    std::vector<size_t> positions;
    for (size_t k = 0; k < selected.size(); ++k) {
      auto source = dict.source(selected[k]);
      all[k].error = source.status();
      if (!source.ok()) continue;
      sources.push_back(*std::move(source));
      positions.push_back(k);
    }
    ProgressBar progress("stats " + selection_.path, context.progress);
    TransferOptions options;
    options.progress = &progress;
    options.cancel = &CatchInterrupt();
    CAIRN_ASSIGN_OR_RETURN(auto computed, ComputeStatistics(sources, options));
    for (size_t i = 0; i < positions.size(); ++i) all[positions[i]] = std::move(computed[i]);
    return all;
  }

  ExitCode SayErrors(const TensorDict& dict, std::span<const size_t> selected,
                     std::span<const TensorStatistics> statistics, Output& out) const {
    ExitCode code = kDone;
    for (size_t k = 0; k < statistics.size(); ++k) {
      const Status& error = statistics[k].error;
      if (error.ok()) continue;
      code = Worse(code, out.Error(error.InTensor(dict.name(selected[k]))));
    }
    return code;
  }

  TensorSelection selection_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeStatsCommand() { return std::make_unique<StatsCommand>(); }

}  // namespace cairn::cli
