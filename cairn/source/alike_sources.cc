#include "cairn/source/alike_sources.h"

#include "cairn/source/cast_elements.h"

namespace cairn {

std::string DescribeSource(const TensorSource& source) {
  return std::string(Name(source.dtype())) + ToString(source.shape().dims());
}

Status CheckShapes(const TensorSources& sources) {
  if (sources.empty()) return Status(Reason::kArgument, "there is nothing to combine");
  for (const auto& source : sources) {
    if (source->shape() == sources[0]->shape()) continue;
    return Status(Reason::kMismatch, "has different shapes: " + DescribeSource(*sources[0]) +
                                         " and " + DescribeSource(*source));
  }
  return {};
}

Status CheckNumbers(const TensorSources& sources) {
  CAIRN_RETURN_IF_ERROR(CheckShapes(sources));
  for (const auto& source : sources) {
    if (CanCast(source->dtype(), sources[0]->dtype())) continue;
    return Status(Reason::kMismatch,
                  "has dtypes that cannot be computed with: " + DescribeSource(*sources[0]) +
                      " and " + DescribeSource(*source));
  }
  return {};
}

}  // namespace cairn
