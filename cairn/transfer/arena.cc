#include "cairn/transfer/arena.h"

#include "cairn/core/huge_pages.h"

namespace cairn {

Result<std::shared_ptr<Arena>> Arena::Make(uint64_t nbytes) {
  if (nbytes == 0) return std::shared_ptr<Arena>(new Arena({}));
  std::byte* const memory = MapMemory(nbytes);
  if (memory == nullptr)
    return Status(Reason::kNoMemory, std::to_string(nbytes) + " bytes of memory are not to be had");
  return std::shared_ptr<Arena>(new Arena({memory, nbytes}));
}

Arena::~Arena() {
  if (!bytes_.empty()) UnmapMemory(bytes_.data(), bytes_.size());
}

}  // namespace cairn
