#include "cairn/saver/retention_words.h"

#include <array>
#include <charconv>
#include <cmath>

#include "cairn/core/escape.h"
#include "cairn/state/saved_name.h"

namespace cairn {
namespace {

// The shortest text that reads back as the same number.
std::string NumberText(double number) {
  std::array<char, 32> buffer;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return std::string(buffer.data(), end);
}

std::string FixedText(double number, int num_decimals) {
  std::array<char, 400> buffer;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                                          std::chars_format::fixed, num_decimals);
  return std::string(buffer.data(), end);
}

std::string BytesText(uint64_t nbytes) {
  static constexpr std::array<std::string_view, 6> kUnits = {"KiB", "MiB", "GiB",
                                                             "TiB", "PiB", "EiB"};
  if (nbytes < 1024) return std::to_string(nbytes) + " B";
  double number = static_cast<double>(nbytes) / 1024;
  size_t unit = 0;
  // A number that would read "1024.0" is shown as one of the next unit.
  for (; number >= 1023.95; ++unit) number /= 1024;
  return FixedText(number, 1) + " " + std::string(kUnits[unit]);
}

std::string ValueText(const BestRule& rule, double value) {
  return Escape(rule.statistic) + ": " + NumberText(value);
}

}  // namespace

std::string NewestText(uint64_t max_to_keep) {
  if (max_to_keep == 0) return "no limit by number";
  return max_to_keep == 1 ? "the newest" : "one of the newest " + std::to_string(max_to_keep);
}

std::string BeyondNewestText(uint64_t max_to_keep) {
  return max_to_keep == 1 ? "not the newest" : "beyond the newest " + std::to_string(max_to_keep);
}

std::string MultipleText(int64_t keep_every_n_steps) {
  return "a multiple of " + std::to_string(keep_every_n_steps) + " steps";
}

std::string BestText(const BestRule& rule, double value) {
  const std::string count = rule.count == 1 ? "the best" : "best " + std::to_string(rule.count);
  return count + " by " + ValueText(rule, value);
}

std::string NotBestText(const BestRule& rule, double value) {
  const std::string count =
      rule.count == 1 ? "the best" : "among the best " + std::to_string(rule.count);
  return "not " + count + " by " + ValueText(rule, value);
}

std::string BudgetText(uint64_t max_nbytes) { return "the budget of " + BytesText(max_nbytes); }

std::string SparedText(double seconds, int64_t step_before) {
  const double hours = seconds / 3600;
  if (!(hours >= 0.001)) return "spared for good";
  return "spared: " + FixedText(hours, hours < 0.095 ? 3 : 1) + " h after " +
         SavedName(step_before);
}

std::vector<std::string> RulesInWords(const RetentionRules& rules) {
  std::vector<std::string> words;
  if (rules.max_to_keep == 0)
    words.push_back("no limit by number");
  else
    words.push_back("the newest" +
                    (rules.max_to_keep == 1 ? "" : " " + std::to_string(rules.max_to_keep)));
  if (rules.keep_checkpoint_every_n_hours > 0)
    words.push_back("one every " + NumberText(rules.keep_checkpoint_every_n_hours) + " h");
  if (rules.keep_every_n_steps > 0)
    words.push_back("multiples of " + std::to_string(rules.keep_every_n_steps) + " steps");
  if (const BestRule& best = rules.keep_best; best.count > 0) {
    const std::string count = best.count == 1 ? "" : std::to_string(best.count) + " ";
    words.push_back("the best " + count + "by " + Escape(best.statistic) +
                    (best.largest ? " (largest)" : " (smallest)"));
  }
  if (rules.max_nbytes > 0) words.push_back("at most " + BytesText(rules.max_nbytes));
  return words;
}

}  // namespace cairn
