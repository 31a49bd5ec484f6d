#include "cli/print/stats_printer.h"

#include <algorithm>
#include <cmath>

#include "cairn/core/escape.h"
#include "cli/print/columns.h"
#include "cli/print/double_text.h"
#include "cli/print/finding_json.h"
#include "cli/print/float_column.h"
#include "cli/print/json_writer.h"
#include "cli/print/size_text.h"
#include "cli/print/sparkline.h"
#include "cli/print/stored_type.h"

namespace cairn::cli {
namespace {

constexpr size_t kHistogramWidth = 16;
// Columns of values are as wide as four digits with sign, point and exponent; a longer integer
// moves the rest of its own row.
constexpr size_t kValueWidth = 10;
constexpr size_t kNarrowFloatWidth = 12;  // "-3.38953e+38"
constexpr size_t kCountWidth = 5;
// Rows are not kept back while a tensor of this size is read.
constexpr uint64_t kLongRead = 1 << 20;

// Whether all digits of a value are few enough to be shown, as `cat` shows them.
bool ShowsAllDigits(DType dtype) { return dtype == DType::kFloat16 || IsNarrowFloat(dtype); }

std::string ShortText(const std::optional<Number>& number, DType dtype) {
  if (!number) return "-";
  if (const auto* value = std::get_if<double>(&*number))
    return ShowsAllDigits(dtype) ? ScalarText(*value, dtype, ScalarPoint::kTrim)
                                 : FourDigitText(*value);
  if (const auto* value = std::get_if<int64_t>(&*number)) return std::to_string(*value);
  return std::to_string(std::get<uint64_t>(*number));
}

// A row of the table; its cells but the first three are right-aligned.
using StatsRow = std::vector<std::string>;

StatsRow StatsHeading() {
  return {"name", "dtype", "shape", "count", "min", "max", "mean", "std", "zeros", "nan", "inf"};
}

StatsRow RowOf(const TensorInfo& info, const Statistics& statistics) {
  const bool has_values = statistics.min.has_value();
  const uint64_t num_infinities =
      statistics.num_positive_infinities + statistics.num_negative_infinities;
  return {Escape(info.name),
          TypeName(info),
          ToString(info.dims),
          std::to_string(statistics.num_elements),
          ShortText(statistics.min, info.dtype),
          ShortText(statistics.max, info.dtype),
          has_values ? FourDigitText(statistics.mean) : "-",
          has_values ? FourDigitText(statistics.stddev) : "-",
          std::to_string(statistics.num_zeros),
          std::to_string(statistics.num_nans),
          std::to_string(num_infinities)};
}

// The widths of columns follow from what is known before a value is read.
class StatsTable final : public StatsPrinter {
 public:
  using StatsPrinter::StatsPrinter;

  void Begin() override {
    const StatsRow heading = StatsHeading();
    for (const std::string& cell : heading) widths_.push_back(cell.size());
    for (size_t i = 4; i < 8; ++i) widths_[i] = kValueWidth;
    for (size_t i = 8; i < widths_.size(); ++i) widths_[i] = kCountWidth;
    bool has_numbers = false;
    for (size_t k = 0; k < size(); ++k) has_numbers = Measure(info(k)) || has_numbers;
    if (has_numbers)
      out().Write(out().Styled(Style::kBold, LineOf(heading) + "  histogram") + "\n");
    out().Flush();
  }

  void Finish(const Status& /*computed*/) override {}

 private:
  void Print(const TensorInfo& info, const TensorStatistics& statistics) override {
    if (!statistics.error.ok()) return;
    if (const auto* numbers = NumbersOf(statistics)) {
      out().Write(LineOf(RowOf(info, *numbers)) + "  " +
                  Sparkline(numbers->histogram.counts(), kHistogramWidth, glyphs_) + "\n");
    } else {
      out().Write(LineOfStrings(info, std::get<StringStatistics>(statistics.values)));
    }
  }

  // Returns whether the tensor is numeric.
  bool Measure(const TensorInfo& info) {
    const auto widen = [&](size_t i, size_t width) { widths_[i] = std::max(widths_[i], width); };
    const uint64_t width = ElementNbytes(info.dtype);
    widen(0, WidthOf(Escape(info.name)));
    widen(1, TypeName(info).size());
    widen(2, ToString(info.dims).size());
    if (width == 0) return false;
    if (IsNarrowFloat(info.dtype)) {
      widen(4, kNarrowFloatWidth);
      widen(5, kNarrowFloatWidth);
    }
    const size_t count_width = std::to_string(info.nbytes / width).size();
    widen(3, count_width);
    widen(8, count_width);
    return true;
  }

  std::string LineOf(const StatsRow& row) const {
    std::string line = BeginLine(row);
    for (size_t i = 3; i < row.size(); ++i) line += "  " + PaddedLeft(row[i], widths_[i]);
    return line;
  }

  std::string BeginLine(const StatsRow& row) const {
    return Padded(row[0], widths_[0]) + "  " + Padded(row[1], widths_[1]) + "  " +
           Padded(row[2], widths_[2]);
  }

  std::string LineOfStrings(const TensorInfo& info, const StringStatistics& strings) const {
    return BeginLine({Escape(info.name), TypeName(info), ToString(info.dims)}) + "  " +
           PaddedLeft(std::to_string(strings.num_elements), widths_[3]) + "  " +
           BinarySize(strings.nbytes) + ", lengths " + std::to_string(strings.shortest) + " to " +
           std::to_string(strings.longest) + "\n";
  }

  std::vector<size_t> widths_;
  Glyphs glyphs_ = GlyphsOfLocale();
};

class StatsJson final : public StatsPrinter {
 public:
  StatsJson(const Opened& checkpoint, std::span<const size_t> selected, Output& output)
      : StatsPrinter(checkpoint.dict, selected, output), checkpoint_(checkpoint) {}

  void Begin() override {
    BeginDocument(json_);
    json_.Key("format");
    json_.String(checkpoint_.format->name);
    json_.Name("path", checkpoint_.path);
    json_.Key("tensors");
    json_.BeginArray(JsonWriter::Layout::kLines);
  }

  void Finish(const Status& computed) override {
    json_.EndArray();
    if (!computed.ok()) WriteError(json_, computed);
    EndDocument(json_);
    out().Write(text_);
  }

 private:
  void Print(const TensorInfo& info, const TensorStatistics& statistics) override {
    json_.BeginObject();
    json_.Name("name", info.name);
    json_.Key("dtype");
    json_.String(TypeName(info));
    json_.Dims("shape", info.dims);
    if (!statistics.error.ok()) {
      json_.Key("error");
      json_.String(ReasonWord(statistics.error.reason()));
    } else if (const auto* numbers = NumbersOf(statistics)) {
      WriteNumbers(*numbers, info.dtype);
    } else {
      WriteStrings(std::get<StringStatistics>(statistics.values));
    }
    json_.EndObject();
    out().Write(text_);
    text_.clear();
  }

  void WriteStrings(const StringStatistics& strings) {
    json_.NumberOrNull("elements", strings.num_elements);
    json_.NumberOrNull("bytes", strings.nbytes);
    json_.NumberOrNull("shortest", strings.shortest);
    json_.NumberOrNull("longest", strings.longest);
  }

  void WriteNumbers(const Statistics& statistics, DType dtype) {
    json_.NumberOrNull("elements", statistics.num_elements);
    json_.NumberOrNull("zeros", statistics.num_zeros);
    json_.NumberOrNull("nan", statistics.num_nans);
    json_.NumberOrNull("positive_inf", statistics.num_positive_infinities);
    json_.NumberOrNull("negative_inf", statistics.num_negative_infinities);
    json_.Key("min");
    WriteNumber(statistics.min, dtype);
    json_.Key("max");
    WriteNumber(statistics.max, dtype);
    // Without a finite value there is no mean. WriteDouble writes NAN as null.
    const bool has_values = statistics.min.has_value();
    json_.Key("mean");
    WriteDouble(has_values ? statistics.mean : NAN);
    json_.Key("std");
    WriteDouble(has_values ? statistics.stddev : NAN);
    json_.Key("histogram");
    WriteHistogram(statistics.histogram);
  }

  void WriteDouble(double value) {
    std::isfinite(value) ? json_.Raw(ShortestText(value)) : json_.Null();
  }

  void WriteNumber(const std::optional<Number>& number, DType dtype) {
    if (!number) return json_.Null();
    if (const auto* value = std::get_if<double>(&*number)) {
      if (ShowsAllDigits(dtype)) return json_.Raw(ScalarText(*value, dtype, ScalarPoint::kKeep));
      return WriteDouble(*value);
    }
    if (const auto* value = std::get_if<int64_t>(&*number)) return json_.Signed(*value);
    json_.Number(std::get<uint64_t>(*number));
  }

  void WriteHistogram(const Histogram& histogram) {
    const auto counts = histogram.counts();
    if (counts.empty()) return json_.Null();
    json_.BeginObject();
    json_.Key("start");
    WriteDouble(histogram.start(0));
    json_.Key("width");
    WriteDouble(histogram.start(1) - histogram.start(0));
    json_.Key("counts");
    json_.BeginArray();
    for (const uint64_t count : counts) json_.Number(count);
    json_.EndArray();
    json_.EndObject();
  }

  const Opened& checkpoint_;
  std::string text_;
  JsonWriter json_{text_};
};

}  // namespace

void StatsPrinter::Take(size_t k, TensorStatistics statistics) {
  early_[k] = std::move(statistics);
  for (; next_ < early_.size() && early_[next_]; ++next_) {
    const TensorStatistics& ready = *early_[next_];
    Judge(next_, ready);
    if (out_.is_wanted()) Print(info(next_), ready);
    early_[next_] = TensorStatistics{};
  }
  if (next_ < early_.size() && info(next_).nbytes >= kLongRead) out_.Flush();
}

const Statistics* StatsPrinter::NumbersOf(const TensorStatistics& statistics) {
  if (!statistics.error.ok()) return nullptr;
  return std::get_if<Statistics>(&statistics.values);
}

void StatsPrinter::Judge(size_t k, const TensorStatistics& statistics) {
  const std::string name(info(k).name);
  if (!statistics.error.ok()) errors_.push_back(statistics.error.InTensor(name));
  const Statistics* numbers = NumbersOf(statistics);
  if (numbers != nullptr && numbers->num_nans > 0) with_nans_.push_back(name);
}

std::unique_ptr<StatsPrinter> MakeStatsTable(const TensorDict& dict,
                                             std::span<const size_t> selected, Output& out) {
  return std::make_unique<StatsTable>(dict, selected, out);
}

std::unique_ptr<StatsPrinter> MakeStatsJson(const Opened& checkpoint,
                                            std::span<const size_t> selected, Output& out) {
  return std::make_unique<StatsJson>(checkpoint, selected, out);
}

}  // namespace cairn::cli
