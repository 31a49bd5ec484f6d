// Cuts a list of tensors that are read into runs.
#ifndef CAIRN_ENGINES_TENSORFLOW_BATCHES_H_
#define CAIRN_ENGINES_TENSORFLOW_BATCHES_H_

#include <cstdint>
#include <span>
#include <vector>

namespace cairn::tensorflow {

// A tensor that a run reads.
struct BatchItem {
  uint64_t nbytes = 0;
  // Whether it is copied then, as the value of a ref variable is; the buffer of a resource variable
  // is shared.
  bool is_copied = false;
};

// Returns the positions that go together, in order. All that are not copied are one batch: each
// further run costs a pass over the whole graph. Those that are copied are cut into at most 17
// batches of about 64 MiB or more, so that few of them are in memory twice at once.
std::vector<std::vector<size_t>> MakeBatches(std::span<const BatchItem> items);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_BATCHES_H_
