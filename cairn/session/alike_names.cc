#include "cairn/session/alike_names.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cairn/core/nearest_names.h"
#include "cairn/core/variable_names.h"

namespace cairn {
namespace {

constexpr size_t kMaxNames = 10'000;
constexpr size_t kMaxSuggestions = 3;
constexpr uint64_t kMaxSteps = 10'000'000;  // of comparing letters

constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kSynonyms = {{
    {"kernel", "w"},
    {"weights", "w"},
    {"weight", "w"},
    {"gamma", "w"},
    {"bias", "b"},
    {"biases", "b"},
    {"beta", "b"},
    {"moving_mean", "mean"},
    {"running_mean", "mean"},
    {"moving_variance", "variance"},
    {"running_var", "variance"},
    {"var", "variance"},
}};

char ToSmall(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "conv_1" -> "conv"; "conv1" and "_1" stay.
std::string_view WithoutCount(std::string_view part) {
  size_t end = part.size();
  while (end > 0 && IsDigit(part[end - 1])) --end;
  const bool has_count = end > 1 && end < part.size() && part[end - 1] == '_';
  return has_count ? part.substr(0, end - 1) : part;
}

void AppendPart(std::string_view part, std::string& form) {
  std::string small;
  for (const char c : WithoutCount(part)) small += ToSmall(c);
  const auto synonym =
      std::ranges::find(kSynonyms, small, [](const auto& pair) { return pair.first; });
  if (!form.empty()) form += '/';
  form += synonym == kSynonyms.end() ? small : std::string(synonym->second);
}

// Calls `take` for each end of a form that has fewer parts than it, and at least two.
template <typename Take>
void ForEachEnd(std::string_view form, Take take) {
  const size_t last = form.rfind('/');
  if (last == std::string_view::npos) return;
  for (size_t at = form.find('/'); at != last; at = form.find('/', at + 1)) {
    take(form.substr(at + 1));
  }
}

}  // namespace

std::string UsualForm(std::string_view name) {
  name = VariableOfEntry(name);
  std::string form;
  size_t start = 0;
  while (start <= name.size()) {
    const size_t end = std::min(name.find_first_of("/.", start), name.size());
    AppendPart(name.substr(start, end - start), form);
    start = end + 1;
  }
  return form;
}

AlikeNames::AlikeNames(std::vector<std::string_view> names)
    : names_(std::move(names)), steps_left_(kMaxSteps) {
  if (names_.size() > kMaxNames) names_.resize(kMaxNames);
  for (size_t i = 0; i < names_.size(); ++i) {
    num_letters_ += names_[i].size();
    const std::string& form = forms_.emplace_back(UsualForm(names_[i]));
    by_form_.emplace(form, i);
    ForEachEnd(form, [&](std::string_view end) { by_end_.emplace(end, i); });
  }
}

std::vector<std::string> AlikeNames::Find(std::string_view wanted) {
  std::vector<std::string> found = FindByForm(wanted);
  return found.empty() ? FindBySpelling(wanted) : found;
}

std::vector<std::string> AlikeNames::FindByForm(std::string_view wanted) const {
  std::vector<std::string> found;
  const auto add = [&](const auto& map, std::string_view form) {
    const auto [first, last] = map.equal_range(form);
    std::vector<size_t> positions;
    for (auto it = first; it != last; ++it) positions.push_back(it->second);
    std::ranges::sort(positions);
    for (const size_t i : positions) {
      if (found.size() < kMaxSuggestions) found.emplace_back(names_[i]);
    }
  };
  const std::string form = UsualForm(wanted);
  add(by_form_, form);
  if (!found.empty()) return found;
  const bool has_scope = form.find('/') != std::string::npos;
  if (has_scope) add(by_end_, form);
  ForEachEnd(form, [&](std::string_view end) { add(by_form_, end); });
  return found;
}

std::vector<std::string> AlikeNames::FindBySpelling(std::string_view wanted) {
  const uint64_t steps = wanted.size() * num_letters_;
  if (steps > steps_left_) return {};
  steps_left_ -= steps;
  return NearestNames(wanted, names_.size(), [&](size_t i) { return names_[i]; });
}

}  // namespace cairn
