#include "cairn/core/nearest_names.h"

#include <algorithm>
#include <numeric>

#include "cairn/core/escape.h"

namespace cairn {
namespace {

constexpr size_t kMaxNames = 100'000;
constexpr size_t kMaxNameLength = 256;  // longer names are compared by their first bytes
constexpr size_t kMaxSuggestions = 3;
constexpr size_t kMaxSteps = 100'000'000;  // of comparing letters: about a tenth of a second

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitution});
    }
  }
  return row.back();
}

std::string LowerCase(std::string_view name) {
  std::string lower(name.substr(0, kMaxNameLength));
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool IsTailOf(std::string_view tail, std::string_view name) {
  return !tail.empty() && name.size() > tail.size() && name.ends_with(tail) &&
         name[name.size() - tail.size() - 1] == '/';
}

}  // namespace

std::vector<std::string> NearestNames(std::string_view wanted, size_t count,
                                      const std::function<std::string_view(size_t)>& name_at) {
  struct Candidate {
    size_t distance;
    std::string_view name;
  };
  const std::string sought = LowerCase(wanted);
  std::vector<Candidate> near;
  size_t steps = 0;
  for (size_t i = 0; i < std::min(count, kMaxNames); ++i) {
    const std::string_view name = name_at(i);
    const std::string head = LowerCase(name);
    if (IsTailOf(sought, head) || IsTailOf(head, sought)) {
      near.push_back({0, name});
      continue;
    }
    const size_t longest = std::max(sought.size(), head.size());
    const size_t shortest = std::min(sought.size(), head.size());
    if (longest - shortest > longest / 3) continue;
    steps += sought.size() * head.size();
    if (steps > kMaxSteps) break;
    const size_t distance = EditDistance(sought, head);
    if (distance <= longest / 3) near.push_back({distance, name});
  }
  std::ranges::stable_sort(near, {}, &Candidate::distance);
  if (near.size() > kMaxSuggestions) near.resize(kMaxSuggestions);
  std::vector<std::string> names;
  for (const Candidate& candidate : near) names.emplace_back(candidate.name);
  return names;
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
