#include "cli/print/run_picture.h"

#include <algorithm>
#include <cmath>

#include "cairn/core/escape.h"
#include "cairn/state/checkpoint_files.h"
#include "cli/print/clock_text.h"
#include "cli/print/columns.h"
#include "cli/print/run_text.h"
#include "cli/print/sparkline.h"

namespace cairn::cli {
namespace {

constexpr size_t kLabelWidth = 10;  // with the space after it

// Rows of a label and a text, in a terminal of a given size.
class Picture {
 public:
  Picture(TerminalSize size, const Output& out)
      // A line that fills the last column leaves the cursor in it, where clearing to the end of the
      // line would take the last character.
      : columns_(std::max<size_t>(size.columns, kLabelWidth + 2) - 1),
        rows_(size.rows),
        out_(out) {}

  size_t text_width() const { return columns_ - kLabelWidth; }

  // One line, cut where the terminal ends.
  void AddLine(Style style, std::string_view text) {
    lines_.push_back(out_.Styled(style, Shortened(text, columns_)));
  }

  // A text in as many lines as its words need.
  void AddRow(std::string_view label, Style style, std::string_view text) {
    std::string_view left = label;
    do {
      AddLabelled(left, style, TakeLine(text, text_width()));
      left = "";
    } while (!text.empty());
  }

  // A text in one line.
  void AddLabelled(std::string_view label, Style style, std::string_view text) {
    const std::string shown(Shortened(label, kLabelWidth - 1));
    lines_.push_back(out_.Styled(Style::kDim, Padded(shown, kLabelWidth)) +
                     out_.Styled(style, Shortened(text, text_width())));
  }

  std::vector<std::string> Take() && {
    if (lines_.size() > rows_) lines_.resize(rows_);
    return std::move(lines_);
  }

 private:
  size_t columns_;
  size_t rows_;
  const Output& out_;
  std::vector<std::string> lines_;
};

class RunPicture {
 public:
  RunPicture(const RunGlance& glance, const PictureOptions& options, const Output& out)
      : glance_(glance), options_(options), picture_(options.size, out) {}

  std::vector<std::string> Draw() && {
    picture_.AddLine(Style::kBold, Escape(options_.path));
    if (!glance_.trouble.ok()) {
      picture_.AddRow("lost", Style::kRed, OneLine(glance_.trouble.message()));
      return std::move(picture_).Take();
    }
    DrawNewest();
    DrawSaves();
    DrawCurve(CurveOf(glance_.statistics, options_.statistic));
    DrawWriter();
    DrawFailures();
    if (!glance_.statistics.records.empty())
      picture_.AddRow("stats", Style::kPlain, TextOf(glance_.statistics.records.back()));
    return std::move(picture_).Take();
  }

 private:
  void DrawNewest() {
    const RunCheckpoint* const newest = glance_.newest_checkpoint();
    if (newest == nullptr) {
      const bool is_bad = !glance_.run.checkpoints.empty();
      return picture_.AddRow("newest", is_bad ? Style::kRed : Style::kPlain,
                             is_bad ? "no checkpoint is complete" : "no checkpoint yet");
    }
    std::string text = ShownName(newest->name) + ": " + CheckpointText(*newest, glance_.run_state);
    if (glance_.saved_at) text += ", saved " + ClockText(AgeOf(*glance_.saved_at)) + " ago";
    picture_.AddRow("newest", Style::kBold, text);
  }

  // In whole seconds; clocks of two machines may differ.
  uint64_t AgeOf(double time) const {
    constexpr double kLongest = 1e9;
    return static_cast<uint64_t>(std::clamp(options_.now - time, 0.0, kLongest));
  }

  void DrawSaves() {
    if (glance_.pace) picture_.AddRow("pace", Style::kPlain, PaceText(*glance_.pace));
    picture_.AddRow(
        "disk", Style::kPlain,
        DiskUseText(glance_.run.checkpoints.size(), glance_.nbytes, glance_.free_nbytes));
  }

  // "cost      0.1234 ▇▆▅▄▃▂▁"
  void DrawCurve(const StatisticCurve& curve) {
    if (glance_.statistics.records.empty() || curve.name.empty()) return;
    if (curve.values.empty())
      return picture_.AddRow(Escape(curve.name), Style::kYellow, "no such statistic");
    const double last = curve.values.back();
    const std::string value = StatisticText(last) + " ";
    const size_t width = picture_.text_width() - std::min(value.size(), picture_.text_width());
    picture_.AddLabelled(Escape(curve.name), std::isfinite(last) ? Style::kCyan : Style::kRed,
                         value + CurveLine(curve.values, width, GlyphsOfLocale()));
  }

  void DrawWriter() {
    if (glance_.writer.state == RunWriter::State::kUnlocked) return;
    const bool is_bad = glance_.writer.state == RunWriter::State::kGone ||
                        glance_.writer.state == RunWriter::State::kUnknown;
    picture_.AddRow("lock", is_bad ? Style::kYellow : Style::kPlain,
                    OneLine(TextOf(glance_.writer)));
  }

  // Shows what is wrong now, then the last lines of the log.
  void DrawFailures() {
    constexpr size_t kMaxShown = 5;
    const std::vector<std::string>& damage = glance_.damage;
    for (size_t i = 0; i < std::min(damage.size(), kMaxShown); ++i)
      picture_.AddRow("wrong", Style::kRed, OneLine(damage[i]));
    if (damage.size() > kMaxShown)
      picture_.AddRow("", Style::kRed,
                      "and " + std::to_string(damage.size() - kMaxShown) + " more");
    const std::vector<std::string>& log = glance_.failures;
    for (size_t i = log.size() - std::min(log.size(), kMaxShown); i < log.size(); ++i)
      picture_.AddRow("log", Style::kYellow, Shortened(log[i], 2 * picture_.text_width()));
  }

  const RunGlance& glance_;
  const PictureOptions& options_;
  Picture picture_;
};

}  // namespace

std::vector<std::string> PictureOf(const RunGlance& glance, const PictureOptions& options,
                                   const Output& out) {
  return RunPicture(glance, options, out).Draw();
}

}  // namespace cairn::cli
