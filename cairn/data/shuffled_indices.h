// The numbers of the elements of a data set, in a new order in every epoch.
#ifndef CAIRN_DATA_SHUFFLED_INDICES_H_
#define CAIRN_DATA_SHUFFLED_INDICES_H_

#include <cstdint>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/data/data_source.h"

namespace cairn {

// Every epoch has each of 0 to size - 1 once. Its order depends on size, seed and the number of the
// epoch alone: it is the same in any process, on any machine, with any standard library and after
// any Seek. The data have no end, unless `size` is 0: then there is no element.
class CAIRN_EXPORT ShuffledIndices final : public DataSource<uint64_t> {
 public:
  ShuffledIndices(uint64_t size, uint64_t seed);

  // Takes time in proportion to `size` at the begin of each epoch.
  Result<std::optional<uint64_t>> Next() override;

  // "size=600 seed=7 epoch=3 next=40"; epochs are counted from 0.
  std::string Position() const override;
  // Errors: kFormat, kMismatch (another size or seed); the place is then as it was.
  Status Seek(std::string_view position) override;

 private:
  void Shuffle();

  uint64_t size_;
  uint64_t seed_;
  uint64_t epoch_ = 0;
  uint64_t next_ = 0;            // how many of this epoch were taken
  std::vector<uint64_t> order_;  // of this epoch; empty before its first element is taken
};

}  // namespace cairn

#endif  // CAIRN_DATA_SHUFFLED_INDICES_H_
