// One large piece of memory.
#ifndef CAIRN_TRANSFER_ARENA_H_
#define CAIRN_TRANSFER_ARENA_H_

#include <memory>

#include "cairn/core/bytes.h"
#include "cairn/core/export.h"
#include "cairn/core/status.h"

namespace cairn {

// Memory for many tensors at once, given back when it is destroyed: huge pages where the machine
// has them.
class CAIRN_EXPORT Arena {
 public:
  static Result<std::shared_ptr<Arena>> Make(uint64_t nbytes);  // Errors: kNoMemory
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  MutableBytes bytes() { return bytes_; }

 private:
  explicit Arena(MutableBytes bytes) : bytes_(bytes) {}

  MutableBytes bytes_;
};

}  // namespace cairn

#endif  // CAIRN_TRANSFER_ARENA_H_
