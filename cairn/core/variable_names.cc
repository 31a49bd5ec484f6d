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

constexpr std::string_view kAverageEnd = "/ExponentialMovingAverage";
// In the keys of object checkpoints.
constexpr std::string_view kSlotInKey = "/.OPTIMIZER_SLOT/";
constexpr std::string_view kValueInKey = "/.ATTRIBUTES/VARIABLE_VALUE";

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

std::optional<std::string> VariableOfSlot(std::string_view name) {
  if (const size_t at = name.find(kSlotInKey); at != name.npos)
    return std::string(name.substr(0, at)) + std::string(kValueInKey);
  const std::string_view op = OpName(name);
  const std::string_view output = name.substr(op.size());
  for (const std::string_view end : kTrainingEnds) {
    if (op.size() > end.size() && op.ends_with(end))
      return std::string(op.substr(0, op.size() - end.size())) + std::string(output);
  }
  if (!op.ends_with(kAverageEnd) || op.size() == kAverageEnd.size()) return std::nullopt;
  return std::string(op.substr(0, op.size() - kAverageEnd.size())) + std::string(output);
}

std::string SlotOf(std::string_view renamed, std::string_view variable, std::string_view slot) {
  const auto without_ending = [](std::string_view name) {
    if (name.ends_with(kValueInKey)) name.remove_suffix(kValueInKey.size());
    return OpName(name);
  };
  return std::string(without_ending(renamed)) +
         std::string(slot.substr(without_ending(variable).size()));
}

}  // namespace cairn
