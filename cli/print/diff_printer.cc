#include "cli/print/diff_printer.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "cairn/core/escape.h"
#include "cli/print/columns.h"
#include "cli/print/diff_groups.h"
#include "cli/print/double_text.h"
#include "cli/print/size_text.h"
#include "cli/print/stored_type.h"

namespace cairn::cli {
namespace {

constexpr size_t kBarWidth = 8;

std::string DiffNumberText(const std::optional<double>& value) {
  return value ? FourDigitText(*value) : "-";
}
std::string DiffNumberText(const Number& number) {
  if (const auto* value = std::get_if<double>(&number)) return FourDigitText(*value);
  if (const auto* value = std::get_if<int64_t>(&number)) return std::to_string(*value);
  return std::to_string(std::get<uint64_t>(number));
}

std::string WithChange(const std::string& a, const std::string& b) {
  return a == b ? a : a + " -> " + b;
}

// Rows of cells, of which the first `num_left` columns are aligned to the left.
class DiffTable {
 public:
  DiffTable(std::vector<std::string> heading, size_t num_left)
      : num_left_(num_left), rows_{{std::move(heading), 0}} {}

  // `bar` is what the length of the bar at its end stands for.
  void Add(std::vector<std::string> cells, double bar) {
    rows_.push_back({std::move(cells), bar});
    if (std::isfinite(bar)) longest_ = std::max(longest_, bar);
  }

  void Print(Output& out) const {
    const std::vector<size_t> widths = Widths();
    for (const Row& row : rows_) {
      if (!out.is_wanted()) return;
      std::string line = " ";
      for (size_t i = 0; i < row.cells.size(); ++i) {
        line += i == 0 ? " " : "  ";
        line +=
            i < num_left_ ? Padded(row.cells[i], widths[i]) : PaddedLeft(row.cells[i], widths[i]);
      }
      if (const std::string bar = BarOf(row.bar); !bar.empty()) line += "  " + bar;
      line.erase(line.find_last_not_of(' ') + 1);
      out.Write((&row == rows_.data() ? out.Styled(Style::kBold, line) : line) + "\n");
    }
  }

 private:
  struct Row {
    std::vector<std::string> cells;
    double bar;
  };

  std::vector<size_t> Widths() const {
    std::vector<size_t> widths(rows_[0].cells.size());
    for (const Row& row : rows_) {
      for (size_t i = 0; i < widths.size(); ++i)
        widths[i] = std::max(widths[i], WidthOf(row.cells[i]));
    }
    return widths;
  }

  std::string BarOf(double value) const {
    if (!(value > 0)) return "";
    const double part = std::isfinite(value) ? value / longest_ : 1;
    return std::string(static_cast<size_t>(std::max(1.0, std::round(part * kBarWidth))), '#');
  }

  size_t num_left_;
  std::vector<Row> rows_;
  double longest_ = 0;
};

class DiffText {
 public:
  DiffText(const DiffSides& sides, const DictDiff& diff, Output& out)
      : sides_(sides), diff_(diff), out_(out) {}

  void Print(std::optional<uint64_t> depth) {
    PrintRenamed();
    PrintOnlyIn("A", sides_.a, diff_.only_in_a, &RenameGuess::a);
    PrintOnlyIn("B", sides_.b, diff_.only_in_b, &RenameGuess::b);
    if (!diff_.changed.empty()) {
      if (!depth) PrintTensors();
      PrintGroups(depth);
    }
    out_.Write(out_.Styled(Style::kBold, Totals()) + "\n");
  }

 private:
  void PrintTitle(const std::string& title) {
    out_.Write(out_.Styled(Style::kBold, title + ":") + "\n");
  }

  void PrintRenamed() {
    if (diff_.renamed.empty()) return;
    PrintTitle("renamed, it seems");
    DiffTable table({"in A", "in B", "dtype", "shape", "by"}, 5);
    for (const RenameGuess& guess : diff_.renamed) {
      const TensorInfo info = sides_.a.info(guess.a);
      table.Add({Escape(info.name), Escape(sides_.b.name(guess.b)), TypeName(info),
                 ToString(info.dims), guess.has_same_checksum ? "checksum" : "name"},
                0);
    }
    table.Print(out_);
  }

  // Tensors that seem renamed stand above.
  void PrintOnlyIn(const std::string& side, const TensorDict& dict,
                   const std::vector<size_t>& positions, size_t RenameGuess::* of_side) {
    std::set<size_t> renamed;
    for (const RenameGuess& guess : diff_.renamed) renamed.insert(guess.*of_side);
    if (renamed.size() == positions.size()) return;
    PrintTitle("only in " + side);
    DiffTable table({"name", "dtype", "shape"}, 3);
    for (const size_t i : positions) {
      if (renamed.contains(i)) continue;
      const TensorInfo info = dict.info(i);
      table.Add({Escape(info.name), TypeName(info), ToString(info.dims)}, 0);
    }
    table.Print(out_);
  }

  void PrintTensors() {
    PrintTitle("changed");
    DiffTable table(
        {"name", "dtype", "shape", "max abs", "max rel", "rel L2", "cosine", "over", "of", "NaN"},
        3);
    for (const ChangedTensor& changed : diff_.changed) AddTensor(changed, table);
    table.Print(out_);
  }

  void AddTensor(const ChangedTensor& changed, DiffTable& table) const {
    const TensorInfo a = sides_.a.info(changed.a);
    const TensorInfo b = sides_.b.info(changed.b);
    std::vector<std::string> cells = {Escape(a.name), WithChange(TypeName(a), TypeName(b)),
                                      WithChange(ToString(a.dims), ToString(b.dims))};
    double bar = 0;
    std::vector<std::string> numbers(7, "-");
    if (const auto* values = std::get_if<ValueDiff>(&changed.values)) {
      numbers = {DiffNumberText(values->max_abs),
                 DiffNumberText(values->max_rel),
                 DiffNumberText(values->rel_l2),
                 DiffNumberText(values->cosine),
                 std::to_string(values->num_over),
                 std::to_string(values->num_elements),
                 std::to_string(values->num_nan_in_a + values->num_nan_in_b)};
      bar = values->rel_l2.value_or(0);
    } else if (const auto* strings = std::get_if<StringDiff>(&changed.values)) {
      numbers[4] = std::to_string(strings->num_different);
      numbers[5] = std::to_string(strings->num_elements);
    }
    std::ranges::move(numbers, std::back_inserter(cells));
    table.Add(std::move(cells), bar);
  }

  // Without a depth, where the first parts of the names say less than the tensors, and more than
  // nothing.
  void PrintGroups(std::optional<uint64_t> depth) {
    std::vector<DiffGroup> groups = GroupByPrefix(diff_, sides_.a, depth.value_or(1));
    std::erase_if(groups, [](const DiffGroup& group) { return group.num_changed == 0; });
    if (!depth && (groups.size() < 2 || groups.size() >= diff_.changed.size())) return;
    PrintTitle("changed, by prefix");
    DiffTable table({"prefix", "changed", "of", "max abs", "max rel", "rel L2", "over"}, 1);
    for (const DiffGroup& group : groups) {
      table.Add({Escape(group.prefix), std::to_string(group.num_changed),
                 std::to_string(group.num_tensors), DiffNumberText(group.max_abs),
                 DiffNumberText(group.max_rel), DiffNumberText(group.rel_l2()),
                 std::to_string(group.num_over)},
                group.rel_l2().value_or(0));
    }
    table.Print(out_);
  }

  // "6 tensors in both: 4 equal (3 by checksum), 2 changed; 1 only in A, 0 only in B"
  std::string Totals() const {
    const uint64_t num_equal = diff_.num_compared - diff_.changed.size();
    std::string text =
        Count(diff_.num_compared, "tensor") + " in both: " + WithSeparators(num_equal) + " equal";
    if (diff_.num_equal_by_checksum > 0)
      text += " (" + WithSeparators(diff_.num_equal_by_checksum) + " by checksum)";
    text += ", " + WithSeparators(diff_.changed.size()) + " changed";
    text += "; " + WithSeparators(diff_.only_in_a.size()) + " only in A";
    text += ", " + WithSeparators(diff_.only_in_b.size()) + " only in B";
    if (!diff_.errors.empty()) text += "; " + Count(diff_.errors.size(), "error");
    return text;
  }

  const DiffSides& sides_;
  const DictDiff& diff_;
  Output& out_;
};

}  // namespace

void PrintDiff(const DiffSides& sides, const DictDiff& diff, std::optional<uint64_t> depth,
               Output& out) {
  DiffText(sides, diff, out).Print(depth);
}

}  // namespace cairn::cli
