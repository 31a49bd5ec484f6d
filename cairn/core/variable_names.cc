#include "cairn/core/variable_names.h"

#include <algorithm>
#include <array>

namespace cairn {
namespace {

constexpr std::array<std::string_view, 9> kTrainingEnds = {
    "/Adam",    "/Adam_1",    "/Momentum", "/Adadelta", "/Adadelta_1",
    "/RMSProp", "/RMSProp_1", "/Adagrad",  "/AccumGrad"};
constexpr std::array<std::string_view, 3> kTrainingStarts = {"EMA/", "AccumGrad",
                                                             "apply_gradients"};

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string_view OpName(std::string_view name) {
  const bool has_output = name.size() > 2 && name[name.size() - 2] == ':' && IsDigit(name.back());
  if (has_output) name.remove_suffix(2);
  return name;
}

std::string TensorName(std::string_view name) {
  const bool has_output = OpName(name).size() != name.size();
  return has_output ? std::string(name) : std::string(name) + ":0";
}

std::string_view VariableOfEntry(std::string_view entry) {
  return entry.ends_with(":0") ? OpName(entry) : entry;
}

std::string_view WithoutPrefix(std::string_view name, std::string_view prefix) {
  if (prefix.ends_with('/')) prefix.remove_suffix(1);
  const bool inside = !prefix.empty() && name.size() > prefix.size() && name.starts_with(prefix) &&
                      name[prefix.size()] == '/';
  if (inside) name.remove_prefix(prefix.size() + 1);
  return name;
}

bool LooksLikeTrainingState(std::string_view name) {
  name = OpName(name);
  return std::ranges::any_of(kTrainingEnds, [&](auto end) { return name.ends_with(end); }) ||
         std::ranges::any_of(kTrainingStarts,
                             [&](auto start) { return name.starts_with(start); }) ||
         name.find("/EMA/") != std::string_view::npos;
}

}  // namespace cairn
