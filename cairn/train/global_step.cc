#include "cairn/train/global_step.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace cairn {
namespace {

constexpr std::string_view kGlobalStep = "global_step";

// Reads the value of a scalar of int64, checked.
Result<int64_t> ReadInteger(const TensorSource& source) {
  CAIRN_ASSIGN_OR_RETURN(const auto stream, source.OpenStream());
  std::array<std::byte, sizeof(int64_t)> value, scratch;
  size_t nbytes = 0;
  while (true) {
    CAIRN_ASSIGN_OR_RETURN(const Bytes bytes, stream->Next(scratch));
    if (bytes.empty()) break;
    const size_t room = value.size() - nbytes;
    std::ranges::copy(bytes.first(std::min(bytes.size(), room)), value.begin() + nbytes);
    nbytes += std::min(bytes.size(), room);
  }
  int64_t number = 0;
  std::memcpy(&number, value.data(), sizeof(number));
  return number;
}

}  // namespace

Result<std::optional<int64_t>> GlobalStepOf(const TensorDict& dict) {
  const std::optional<size_t> found = dict.Find(kGlobalStep);
  if (!found) return std::optional<int64_t>();
  CAIRN_ASSIGN_OR_RETURN(const auto source, dict.source(*found));
  if (source->dtype() != DType::kInt64 || source->shape().rank() != 0)
    return std::optional<int64_t>();
  CAIRN_ASSIGN_OR_RETURN(const int64_t step, ReadInteger(*source));
  return std::optional(step);
}

Result<std::optional<int64_t>> GlobalStepOf(Session& session) {
  const std::span<const Variable> variables = session.variables();
  const auto found = std::ranges::find(variables, kGlobalStep, &Variable::name);
  if (found == variables.end()) return std::optional<int64_t>();
  const VariableId id = static_cast<VariableId>(found - variables.begin());
  CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, session.Snapshot(std::span(&id, 1)));
  return GlobalStepOf(dict);
}

}  // namespace cairn
