#include "cli/print/sparkline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string_view>
#include <vector>

namespace cairn::cli {
namespace {

constexpr std::array<std::string_view, 9> kBlocks = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, 9> kAscii = {" ", ".", ":", "-", "=", "+", "*", "#", "@"};

std::vector<uint64_t> Gathered(std::span<const uint64_t> counts, size_t width) {
  const size_t each = (counts.size() + width - 1) / width;
  std::vector<uint64_t> gathered((counts.size() + each - 1) / each);
  for (size_t i = 0; i < counts.size(); ++i) gathered[i / each] += counts[i];
  return gathered;
}

constexpr std::string_view kNotFinite = "!";

const std::array<std::string_view, 9>& LevelsOf(Glyphs glyphs) {
  return glyphs == Glyphs::kBlocks ? kBlocks : kAscii;
}

// The means of at most `width` groups of neighbours, of nearly the same size; a group with a value
// that is not finite has no finite mean.
std::vector<double> MeansOf(std::span<const double> values, size_t width) {
  const size_t num_groups = std::min(width, values.size());
  std::vector<double> means(num_groups);
  for (size_t i = 0; i < num_groups; ++i) {
    const size_t begin = i * values.size() / num_groups;
    const size_t end = (i + 1) * values.size() / num_groups;
    const auto size = static_cast<double>(end - begin);
    // Each value is divided first: a sum of large ones could be infinite.
    for (const double value : values.subspan(begin, end - begin)) means[i] += value / size;
  }
  return means;
}

// Where `value` lies from `least` to `most`, from 0 to 1. Halves, because a difference may be
// infinite; the middle where all are equal.
double ShareOf(double value, double least, double most) {
  if (least == most) return 0.5;
  return (value / 2 - least / 2) / (most / 2 - least / 2);
}

}  // namespace

Glyphs GlyphsOfLocale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    std::string locale(value);
    std::ranges::transform(locale, locale.begin(), [](unsigned char c) { return std::tolower(c); });
    const bool is_utf8 =
        locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
    return is_utf8 ? Glyphs::kBlocks : Glyphs::kAscii;
  }
  return Glyphs::kAscii;
}

std::string Sparkline(std::span<const uint64_t> counts, size_t width, Glyphs glyphs) {
  if (counts.empty()) return "";
  const std::vector<uint64_t> gathered = Gathered(counts, width);
  const uint64_t most = std::ranges::max(gathered);
  const auto& levels = LevelsOf(glyphs);
  std::string row;
  for (const uint64_t count : gathered) {
    const double share = static_cast<double>(count) / static_cast<double>(most);
    const auto level = static_cast<size_t>(share * 7.999);
    row += count == 0 ? levels[0] : levels[1 + level];
  }
  return row;
}

std::string CurveLine(std::span<const double> values, size_t width, Glyphs glyphs) {
  const std::vector<double> means = MeansOf(values, width);
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  for (const double mean : means) {
    if (!std::isfinite(mean)) continue;
    least = std::min(least, mean);
    most = std::max(most, mean);
  }
  const auto& levels = LevelsOf(glyphs);
  std::string row;
  for (const double mean : means) {
    if (std::isfinite(mean))
      row += levels[1 + static_cast<size_t>(ShareOf(mean, least, most) * 7.999)];
    else
      row += kNotFinite;
  }
  return row;
}

}  // namespace cairn::cli
