// How much a file may ask for before it is refused with E_LIMIT. Generous for real checkpoints;
// settable by who opens one.
#ifndef CAIRN_CORE_LIMITS_H_
#define CAIRN_CORE_LIMITS_H_

#include <cstdint>

namespace cairn {

struct Limits {
  uint64_t metadata_nbytes = uint64_t{256} << 20;  // of an index or header, in memory
  uint64_t num_tensors = 5'000'000;
  uint64_t name_nbytes = 64 << 10;
  uint64_t num_shards = 99'999;  // five digits in the names of the data files
  // Bytes in memory for each stored one, of a packed value that has to be held as a whole. Values
  // of at most kMostUnasked bytes are held whatever they were packed to; reading a piece at a time,
  // as all transfers of numbers do, has no limit.
  uint64_t max_expand = 1000;

  static constexpr uint64_t kMostUnasked = uint64_t{1} << 30;
};

}  // namespace cairn

#endif  // CAIRN_CORE_LIMITS_H_
