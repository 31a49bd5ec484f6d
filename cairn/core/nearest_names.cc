#include "cairn/core/nearest_names.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "cairn/core/escape.h"

namespace cairn {
namespace {

constexpr size_t kMaxNames = 100'000;
constexpr size_t kMaxNameLength = 256;  // longer names are compared by their first bytes
constexpr size_t kMaxSuggestions = 3;
constexpr size_t kMaxSteps = 100'000'000;  // of comparing letters: about a tenth of a second

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool IsSameLetter(char a, char b) { return Lower(a) == Lower(b); }

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitution = diagonal + (IsSameLetter(a[i - 1], b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitution});
    }
  }
  return row.back();
}

bool IsTailOf(std::string_view tail, std::string_view name) {
  return !tail.empty() && name.size() > tail.size() && name[name.size() - tail.size() - 1] == '/' &&
         std::ranges::equal(name.substr(name.size() - tail.size()), tail, IsSameLetter);
}

// Returns the last parts of `name`, as many as `wanted` has.
std::string_view TailLike(std::string_view wanted, std::string_view name) {
  auto parts = std::ranges::count(wanted, '/') + 1;
  for (size_t i = name.size(); i > 0; --i) {
    if (name[i - 1] == '/' && --parts == 0) return name.substr(i);
  }
  return name;
}

bool IsSimilarInLength(std::string_view a, std::string_view b) {
  const auto [shortest, longest] = std::minmax({a.size(), b.size()});
  return longest - shortest <= longest / 3;
}

// Returns how far a name is from the wanted one: its whole, or its last parts, because a scope is
// easily left out. Returns nothing if both differ too
// much. Adds the letters that were compared to `steps`.
std::optional<size_t> DistanceTo(std::string_view name, std::string_view wanted, size_t& steps) {
  if (IsTailOf(wanted, name) || IsTailOf(name, wanted)) return 0;
  for (const std::string_view candidate : {name, TailLike(wanted, name)}) {
    if (!IsSimilarInLength(wanted, candidate)) continue;
    steps += wanted.size() * candidate.size();
    const size_t distance = EditDistance(wanted, candidate);
    if (distance <= std::max(wanted.size(), candidate.size()) / 3) return distance;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> NearestNames(std::string_view wanted, size_t count,
                                      const std::function<std::string_view(size_t)>& name_at) {
  struct Candidate {
    size_t distance;
    std::string_view name;
  };
  wanted = wanted.substr(0, kMaxNameLength);
  std::vector<Candidate> near;
  size_t steps = 0;
  for (size_t i = 0; i < std::min(count, kMaxNames); ++i) {
    const std::string_view name = name_at(i);
    if (const auto distance = DistanceTo(name.substr(0, kMaxNameLength), wanted, steps))
      near.push_back({*distance, name});
    if (steps > kMaxSteps) break;
  }
  std::ranges::stable_sort(near, {}, &Candidate::distance);
  if (near.size() > kMaxSuggestions) near.resize(kMaxSuggestions);
  std::vector<std::string> names;
  for (const Candidate& candidate : near) names.emplace_back(candidate.name);
  return names;
}

std::optional<size_t> NameDistance(std::string_view a, std::string_view b) {
  size_t steps = 0;
  return DistanceTo(b.substr(0, kMaxNameLength), a.substr(0, kMaxNameLength), steps);
}

std::string DidYouMean(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    text += i == 0 ? "did you mean " : i + 1 == names.size() ? " or " : ", ";
    text += Quoted(names[i]);
  }
  return text.empty() ? text : text + "?";
}

}  // namespace cairn
