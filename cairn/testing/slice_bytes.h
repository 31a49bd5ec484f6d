// Slices of partitioned variables made by hand for tests, from the description of the format.
#ifndef CAIRN_TESTING_SLICE_BYTES_H_
#define CAIRN_TESTING_SLICE_BYTES_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cairn {

// {start, length} a dimension; length -1 = all of it.
using SliceFields = std::vector<std::pair<int64_t, int64_t>>;

// A TensorSliceProto.
std::string SliceMessage(const SliceFields& slice);
// The key of a piece. Only numbers from -1 to 8191.
std::string SliceKeyBytes(const std::string& name, const SliceFields& slice);

}  // namespace cairn

#endif  // CAIRN_TESTING_SLICE_BYTES_H_
