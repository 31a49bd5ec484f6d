#include "cairn/saver/same_tensors.h"

#include <algorithm>

#include "cairn/checkpoint/checkpoint.h"

namespace cairn {
namespace {

// Whether a tensor is the same in both, as far as metadata tells.
bool IsSameTensor(const TensorDict& a, const TensorDict& b, size_t i) {
  const TensorInfo one = a.info(i);
  const TensorInfo other = b.info(i);
  if (one.name != other.name || one.dtype != other.dtype) return false;
  if (!std::ranges::equal(one.dims, other.dims)) return false;
  const auto stored = a.stored_at(i);
  const auto stored_too = b.stored_at(i);
  // Strings of formats that have no place for them are in the metadata of both.
  if (!stored && !stored_too) return one.dtype == DType::kString;
  return stored && stored_too && stored->checksum && stored->checksum == stored_too->checksum;
}

}  // namespace

bool HaveSameTensors(FileSystem& fs, const std::string& a, const std::string& b) {
  const OpenOptions options{.access = Access::kRead};
  const Result<TensorDict> first = Open(fs, a, options);
  const Result<TensorDict> second = Open(fs, b, options);
  if (!first.ok() || !second.ok() || first->size() != second->size()) return false;
  if (first->metadata() != second->metadata()) return false;
  for (size_t i = 0; i < first->size(); ++i) {
    if (!IsSameTensor(*first, *second, i)) return false;
  }
  return true;
}

}  // namespace cairn
