// cairn diff A B: how the tensors of two checkpoints differ.
#include <charconv>
#include <cmath>

#include "cairn/core/escape.h"
#include "cairn/inspect/dict_diff.h"
#include "cairn/inspect/matched_sides.h"
#include "cli/command.h"
#include "cli/open_checkpoint.h"
#include "cli/print/diff_printer.h"
#include "cli/signals.h"
#include "cli/size_option.h"
#include "cli/tensor_selection.h"
#include "cli/text_file.h"

namespace cairn::cli {
namespace {

// "1e-5" of --rtol or --atol. Errors: kArgument.
Result<double> ParseTolerance(std::string_view option, const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (is_number && std::isfinite(value) && value >= 0) return value;
  return Status(Reason::kArgument,
                std::string(option) + ": " + Quoted(text) + " is not a tolerance")
      .WithHint("write it as 1e-5 or 0.001");
}

class DiffCommand final : public Command {
 public:
  std::string_view name() const override { return "diff"; }
  std::string_view summary() const override {
    return "Compares two checkpoints of any format: names, shapes, values.";
  }
  std::string_view examples() const override {
    return "  cairn diff run@1000 run@2000\n"
           "  cairn diff --rtol 1e-3 --rename net/= run/model-100 model.safetensors\n";
  }
  std::vector<Option> options() override {
    return {
        {.names = "A", .target = &path_a_, .help = "a checkpoint; DIR@STEP names one of a run"},
        {.names = "B", .target = &path_b_, .help = "the one by which A is measured"},
        {.names = "PATTERN",
         .target = &patterns_,
         .help = "names that match: *, ?, and ** across parts",
         .is_required = false,
         .is_tensor_name = true},
        {.names = "--exclude",
         .target = &exclude_,
         .help = "not the names that match; repeatable",
         .value = "PATTERN",
         .is_tensor_name = true},
        {.names = "--regex", .target = &regex_, .help = "patterns are regular expressions (RE2)"},
        {.names = "--rename-map",
         .target = &rename_map_,
         .help = "a line for each name: of A, a tab, of B",
         .value = "FILE.tsv"},
        {.names = "--rename",
         .target = &rename_,
         .help = "a name of A, or a prefix: OLD/=NEW/; repeatable",
         .value = "OLD=NEW"},
        {.names = "--sub",
         .target = &substitute_,
         .help = "what RE2 finds in names of A, as in sed",
         .value = "s/RE2/NEW/"},
        NamesOption(names_, "match by key, path or full names (key)"),
        {.names = "--rtol",
         .target = &rtol_,
         .help = "equal up to R * |B|, as in numpy.allclose",
         .value = "R"},
        {.names = "--atol", .target = &atol_, .help = "and up to this", .value = "T"},
        {.names = "--equal-nan", .target = &equal_nan_, .help = "a NaN equals any NaN"},
        {.names = "--read",
         .target = &read_all_,
         .help = "also tensors whose stored checksums are equal"},
        MemoryOption(memory_),
        {.names = "--depth",
         .target = &depth_,
         .help = "a line for each prefix of N parts",
         .value = "N",
         .least = 1},
        {.names = "-q,--quiet", .target = &quiet_, .help = "only the exit code: 1 if they differ"},
        {.names = "--json", .target = &json_, .help = "one document"},
    };
  }

  ExitCode Run(const Context& context) override {
    Result<DiffOptions> options = ComparingOptions();
    if (!options.ok()) return context.out.Error(options.status());
    Result<DiffSides> sides = OpenSides(context.out);
    if (!sides.ok()) return context.out.Error(sides.status());
    if (const ExitCode code = Match(*sides, context.out); code != kDone) return code;
    const Result<DictDiff> diff = Compare(*sides, *std::move(options), context);
    if (!diff.ok()) return context.out.Error(diff.status());
    if (json_ && !quiet_) {
      WriteDiffJson(*sides, *diff, depth_, context.out);
    } else if (!quiet_) {
      PrintDiff(*sides, *diff, depth_, context.out);
    }
    ExitCode code = diff->is_equal() ? kDone : kFinding;
    for (const Status& error : diff->errors) code = Worse(code, context.out.Error(error));
    return code;
  }

 private:
  // Without one of these options values are equal if their bits are.
  Result<DiffOptions> ComparingOptions() const {
    DiffOptions options;
    options.read_all = read_all_;
    CAIRN_RETURN_IF_ERROR(SetSize("--memory", memory_, options.transfer.memory_budget));
    if (rtol_.empty() && atol_.empty() && !equal_nan_) return options;
    Tolerance tolerance{.equal_nan = equal_nan_};
    if (!rtol_.empty()) {
      CAIRN_ASSIGN_OR_RETURN(tolerance.rtol, ParseTolerance("--rtol", rtol_));
    }
    if (!atol_.empty()) {
      CAIRN_ASSIGN_OR_RETURN(tolerance.atol, ParseTolerance("--atol", atol_));
    }
    options.tolerance = tolerance;
    return options;
  }

  Result<DiffSides> OpenSides(Output& out) const {
    DiffSides sides;
    OpenOptions opening;
    CAIRN_RETURN_IF_ERROR(SetSize("--memory", memory_, opening.reorder_nbytes));
    CAIRN_ASSIGN_OR_RETURN(sides.opened_a, OpenCheckpoint(path_a_, out, opening, Access::kMap));
    CAIRN_ASSIGN_OR_RETURN(sides.opened_b, OpenCheckpoint(path_b_, out, opening, Access::kMap));
    return sides;
  }

  // Leaves the tensors that the patterns select, under the names by which they are matched. Returns
  // kFinding if the patterns select none of either.
  ExitCode Match(DiffSides& sides, Output& out) const {
    const Result<NameRulesText> rules = Rules();
    if (!rules.ok()) return out.Error(rules.status());
    auto matched = MatchSides(sides.opened_a.dict, sides.opened_b.dict, *rules, path_a_, path_b_);
    if (!matched.ok()) return out.Error(matched.status());
    for (const std::string& warning : matched->warnings) out.Warn(warning);
    sides.a = matched->a;
    sides.b = matched->b;
    if (patterns_.empty() && exclude_.empty()) {
      SayUnmatchedNames(matched->unmatched, out);
      return kDone;
    }
    return SayUnmatched({.dict = matched->unselected_a,
                         .names = matched->names_of_a,
                         .path = path_a_,
                         .option = "PATTERN",
                         .select = patterns_,
                         .exclude = exclude_,
                         .is_regex = regex_,
                         .unmatched = matched->unmatched,
                         .num_selected = sides.a.size() + sides.b.size()},
                        out);
  }

  Result<NameRulesText> Rules() const {
    NameRulesText rules{.select = patterns_,
                        .exclude = exclude_,
                        .rename = rename_,
                        .substitute = substitute_,
                        .syntax = regex_ ? PatternSyntax::kRegex : PatternSyntax::kGlob,
                        .names = NameStyleOf(names_)};
    if (!rename_map_.empty()) {
      CAIRN_ASSIGN_OR_RETURN(rules.rename_map, ReadLines(rename_map_));
    }
    return rules;
  }

  static void SayUnmatchedNames(const UnmatchedRules& unmatched, Output& out) {
    for (const std::string& name : unmatched.rename_map)
      out.Note("--rename-map '" + OneLine(name) + "' is the name of no tensor");
    for (const std::string& substitution : unmatched.substitutions)
      out.Note("--sub '" + OneLine(substitution) + "' changes no name");
  }

  Result<DictDiff> Compare(const DiffSides& sides, DiffOptions options,
                           const Context& context) const {
    ProgressBar progress("diff " + path_a_ + " " + path_b_,
                         quiet_ ? ProgressStyle::kNone : context.progress);
    options.transfer.progress = &progress;
    options.transfer.cancel = &CatchInterrupt();
    auto diff = DiffDicts(sides.a, sides.b, options);
    if (diff.status().code() == StatusCode::kCancelled)
      return Status(Reason::kCancelled, "interrupted");
    return diff;
  }

  std::string path_a_;
  std::string path_b_;
  std::vector<std::string> patterns_;
  std::vector<std::string> exclude_;
  bool regex_ = false;
  std::string memory_;
  std::string rename_map_;
  std::vector<std::string> rename_;
  std::vector<std::string> substitute_;
  std::string names_;
  std::string rtol_;
  std::string atol_;
  bool equal_nan_ = false;
  bool read_all_ = false;
  std::optional<uint64_t> depth_;
  bool quiet_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeDiffCommand() { return std::make_unique<DiffCommand>(); }

}  // namespace cairn::cli
