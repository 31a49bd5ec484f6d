#include "cairn/transform/tensor_names.h"

#include <string>
#include <vector>

#include "cairn/core/escape.h"
#include "cairn/core/list_names.h"
#include "cairn/core/nearest_names.h"

namespace cairn {

bool MatchesOneName(const NamePattern& pattern, std::string_view key, const ObjectName* others) {
  if (pattern.Matches(key)) return true;
  if (others == nullptr) return false;
  return pattern.Matches(others->path) ||
         (!others->full_name.empty() && pattern.Matches(others->full_name));
}

TensorNames::TensorNames(TensorDict dict) : dict_(std::move(dict)) {
  if (auto others = ReadObjectNames(dict_); others.ok()) others_ = *std::move(others);
}

const ObjectName* TensorNames::OthersOf(size_t i) const {
  if (others_.empty()) return nullptr;
  const auto found = others_.find(dict_.name(i));
  return found == others_.end() ? nullptr : &found->second;
}

bool TensorNames::Match(const NamePattern& pattern, size_t i) const {
  return MatchesOneName(pattern, dict_.name(i), OthersOf(i));
}

Result<size_t> TensorNames::Find(std::string_view name) const {
  if (const auto found = dict_.Find(name)) return *found;
  std::vector<size_t> found;
  for (size_t i = 0; i < dict_.size(); ++i) {
    const ObjectName* const others = OthersOf(i);
    if (others != nullptr && (others->path == name || others->full_name == name))
      found.push_back(i);
  }
  if (found.size() == 1) return found[0];
  if (found.empty())
    return Status(Reason::kMissing, "no tensor " + Quoted(name) + " in the checkpoint")
        .WithHint(NearNames(name));
  std::vector<std::string> keys;
  for (const size_t i : found) keys.emplace_back(dict_.name(i));
  return Status(Reason::kArgument, ListNames(Quoted(name) + " is the name of " +
                                                 std::to_string(keys.size()) + " tensors:",
                                             keys))
      .WithHint("name each by its key");
}

Status TensorNames::NoMatch(const NamePattern& pattern) const {
  return Status(Reason::kMissing, "no tensor matches " + Quoted(pattern.text()))
      .WithHint(NearNames(pattern.text()));
}

std::string TensorNames::NearNames(std::string_view name) const {
  std::vector<std::string_view> known;
  for (const auto& [key, others] : others_) {
    known.push_back(others.path);
    known.push_back(others.full_name);
  }
  for (const TensorInfo& tensor : dict_) known.push_back(tensor.name);
  return DidYouMean(NearestNames(name, known.size(), [&](size_t i) { return known[i]; }));
}

}  // namespace cairn
