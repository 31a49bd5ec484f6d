#include "cairn/session/partitions.h"

#include <algorithm>
#include <charconv>

namespace cairn {
namespace {

constexpr std::string_view kPart = "/part_";

// Whether tensors that differ in nothing but their size along `axis` make up one of dims `whole`.
bool MakeUp(const std::vector<std::span<const int64_t>>& parts, size_t axis,
            std::span<const int64_t> whole) {
  if (axis >= whole.size()) return false;
  int64_t size = 0;
  for (const std::span<const int64_t> dims : parts) {
    if (dims.size() != whole.size()) return false;
    for (size_t i = 0; i < dims.size(); ++i) {
      if (i != axis && dims[i] != whole[i]) return false;
    }
    if (dims[axis] < 0 || __builtin_add_overflow(size, dims[axis], &size)) return false;
  }
  return size == whole[axis];
}

// Returns the dims of the whole that tensors make up along an axis, or nothing if they cannot.
std::optional<std::vector<int64_t>> JoinedDims(const std::vector<std::span<const int64_t>>& parts,
                                               size_t axis) {
  std::vector<int64_t> whole(parts[0].begin(), parts[0].end());
  if (axis >= whole.size()) return std::nullopt;
  for (size_t i = 1; i < parts.size(); ++i) {
    if (parts[i].size() != whole.size()) return std::nullopt;
    if (__builtin_add_overflow(whole[axis], parts[i][axis], &whole[axis])) return std::nullopt;
  }
  if (!MakeUp(parts, axis, whole)) return std::nullopt;
  return whole;
}

std::vector<size_t> FindPartEntries(const EntryIndex& index, const PartName& name) {
  std::vector<size_t> entries;
  while (const auto entry = index.Find(name.part(entries.size()))) entries.push_back(*entry);
  return entries;
}

std::optional<JoinedEntries> JoinEntries(const TensorDict& dict, std::vector<size_t> entries,
                                         std::span<const int64_t> wanted) {
  std::vector<std::span<const int64_t>> parts;
  for (const size_t entry : entries) {
    if (dict.info(entry).dtype != dict.info(entries[0]).dtype) return std::nullopt;
    parts.push_back(dict.info(entry).dims);
  }
  std::optional<JoinedEntries> joined;
  for (size_t axis = 0; axis < parts[0].size(); ++axis) {
    auto dims = JoinedDims(parts, axis);
    if (!dims) continue;
    const bool is_wanted = std::ranges::equal(*dims, wanted);
    if (is_wanted || !joined) joined = JoinedEntries{entries, axis, *std::move(dims)};
    if (is_wanted) break;
  }
  return joined;
}

}  // namespace

std::string PartName::part(size_t i) const {
  return std::string(before) + std::string(kPart) + std::to_string(i) + std::string(after);
}

std::optional<PartName> ParsePartName(std::string_view name) {
  const size_t at = name.rfind(kPart);
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  PartName parsed{name.substr(0, at), 0, {}};
  const char* const digits = name.data() + at + kPart.size();
  const char* const end = name.data() + name.size();
  const auto [rest, error] = std::from_chars(digits, end, parsed.index);
  if (error != std::errc() || (rest != end && *rest != '/')) return std::nullopt;
  parsed.after = std::string_view(rest, static_cast<size_t>(end - rest));
  return parsed;
}

std::optional<std::string> PartVariables::WholeOf(const Variable& variable) const {
  if (variable.part_of) return variable.part_of->whole;
  const auto name = ParsePartName(variable.name);
  if (!name) return std::nullopt;
  return name->whole();
}

std::optional<Box> PartVariables::BoxIn(const Variable& variable, std::span<const int64_t> whole) {
  if (!variable.part_of) return BoxByName(*ParsePartName(variable.name), whole);
  if (!std::ranges::equal(variable.part_of->dims, whole)) return std::nullopt;
  const std::vector<int64_t>& offset = variable.part_of->offset;
  if (offset.size() != variable.dims.size()) return std::nullopt;
  Box box;
  for (size_t i = 0; i < offset.size(); ++i) box.push_back({offset[i], variable.dims[i]});
  if (!CheckBox(whole, box).ok()) return std::nullopt;
  return box;
}

std::optional<Box> PartVariables::BoxByName(const PartName& name, std::span<const int64_t> whole) {
  const std::vector<const Variable*> parts = PartsOf(name);
  if (name.index >= parts.size()) return std::nullopt;
  std::vector<std::span<const int64_t>> dims;
  for (const Variable* part : parts) dims.push_back(part->dims);
  for (size_t axis = 0; axis < whole.size(); ++axis) {
    if (!MakeUp(dims, axis, whole)) continue;
    Box box = WholeBox(whole);
    box[axis] = {0, dims[name.index][axis]};
    for (size_t i = 0; i < name.index; ++i) box[axis].start += dims[i][axis];
    return box;
  }
  return std::nullopt;
}

std::vector<const Variable*> PartVariables::PartsOf(const PartName& name) {
  if (by_name_.empty()) {
    for (const Variable& variable : variables_) by_name_.emplace(variable.name, &variable);
  }
  std::vector<const Variable*> parts;
  while (true) {
    const auto part = by_name_.find(name.part(parts.size()));
    if (part == by_name_.end()) return parts;
    parts.push_back(part->second);
  }
}

std::optional<JoinedEntries> FindParts(const TensorDict& dict, const EntryIndex& index,
                                       std::string_view name, std::span<const int64_t> wanted) {
  if (!index.has_parts()) return std::nullopt;
  // The number of the part may stand before the name of a slot: "emb/part_0/Adam" of "emb/Adam".
  for (size_t at = name.size(); at != std::string_view::npos && at > 0;
       at = name.rfind('/', at - 1)) {
    std::vector<size_t> entries =
        FindPartEntries(index, PartName{name.substr(0, at), 0, name.substr(at)});
    if (!entries.empty()) return JoinEntries(dict, std::move(entries), wanted);
  }
  return std::nullopt;
}

}  // namespace cairn
