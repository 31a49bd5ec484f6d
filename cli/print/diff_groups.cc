#include "cli/print/diff_groups.h"

#include <algorithm>
#include <cmath>

namespace cairn::cli {
namespace {

char SeparatorOf(const TensorDict& dict) {
  const bool has_slash = std::ranges::any_of(
      dict, [](const TensorInfo& info) { return info.name.find('/') != info.name.npos; });
  return has_slash ? '/' : '.';
}

// The first parts of a name with the separator after them, or all of one that has no more.
std::string_view PrefixOf(std::string_view name, char separator, uint64_t depth) {
  size_t end = 0;
  for (; depth > 0; --depth) {
    const size_t at = name.find(separator, end);
    if (at == name.npos) return name;
    end = at + 1;
  }
  return name.substr(0, end);
}

void Widen(std::optional<double>& most, double value) { most = std::max(most.value_or(0), value); }

void AddChange(const ChangedTensor& changed, DiffGroup& group) {
  ++group.num_changed;
  if (const auto* strings = std::get_if<StringDiff>(&changed.values))
    group.num_over += strings->num_different;
  const auto* values = std::get_if<ValueDiff>(&changed.values);
  if (values == nullptr) return;
  group.num_over += values->num_over;
  Widen(group.max_abs, std::visit([](auto number) { return double(number); }, values->max_abs));
  if (values->max_rel) Widen(group.max_rel, *values->max_rel);
  group.square_difference += values->square_difference;
  group.square_b += values->square_b;
}

}  // namespace

std::optional<double> DiffGroup::rel_l2() const {
  if (square_b == 0) return std::nullopt;
  return std::sqrt(square_difference) / std::sqrt(square_b);
}

std::vector<DiffGroup> GroupByPrefix(const DictDiff& diff, const TensorDict& a, uint64_t depth) {
  const char separator = SeparatorOf(a);
  std::vector<DiffGroup> groups;
  auto changed = diff.changed.begin();
  auto only = diff.only_in_a.begin();
  for (size_t i = 0; i < a.size(); ++i) {
    if (only != diff.only_in_a.end() && *only == i) {
      ++only;
      continue;
    }
    // Names that begin alike follow each other.
    const std::string_view prefix = PrefixOf(a.name(i), separator, depth);
    if (groups.empty() || groups.back().prefix != prefix)
      groups.emplace_back().prefix = std::string(prefix);
    ++groups.back().num_tensors;
    if (changed != diff.changed.end() && changed->a == i) AddChange(*changed++, groups.back());
  }
  return groups;
}

}  // namespace cairn::cli
