#include "cairn/engines/tensorflow/row_groups.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "cairn/core/shape.h"

namespace cairn::tensorflow {
namespace {

// Rows are copied once more than values that are fed by themselves.
constexpr uint64_t kMaxRowNbytes = 4096;
constexpr size_t kMinRows = 8;

// Unpack has kernels for others, too, but not for all that a variable can have.
constexpr std::array kDTypes = {DType::kFloat32,  DType::kFloat64, DType::kFloat16,
                                DType::kBFloat16, DType::kInt32,   DType::kInt64};

bool IsSmall(const SessionVariable& variable) {
  if (!variable.has_static_shape()) return false;
  if (std::ranges::find(kDTypes, variable.variable.dtype) == kDTypes.end()) return false;
  const Result<uint64_t> count = NumElements(variable.variable.dims);
  if (!count.ok() || *count == 0) return false;
  return *count <= kMaxRowNbytes / ElementNbytes(variable.variable.dtype);
}

}  // namespace

RowGroups GroupRows(std::span<const SessionVariable> variables) {
  std::map<std::pair<DType, std::vector<int64_t>>, std::vector<size_t>> alike;
  for (size_t i = 0; i < variables.size(); ++i) {
    const Variable& variable = variables[i].variable;
    if (IsSmall(variables[i])) alike[{variable.dtype, variable.dims}].push_back(i);
  }
  RowGroups made;
  made.places.resize(variables.size());
  for (const auto& [type, members] : alike) {
    if (members.size() < kMinRows) continue;
    for (size_t row = 0; row < members.size(); ++row)
      made.places[members[row]] = RowPlace{made.groups.size(), row};
    made.groups.push_back({"", type.first, type.second, static_cast<int64_t>(members.size())});
  }
  return made;
}

}  // namespace cairn::tensorflow
