// Bytes of the library that numpy's arrays show without a copy.
#ifndef CAIRN_PYTHON_MEMORY_H_
#define CAIRN_PYTHON_MEMORY_H_

#include <memory>

#include "cairn/core/bytes.h"
#include "cairn/core/status.h"

namespace cairn::python {

// Some bytes, and the file or memory that holds them. An array that shows the bytes keeps this
// object alive, which keeps `owner` alive: a view outlives the checkpoint that it was read from.
struct Memory {
  std::shared_ptr<const void> owner;
  std::byte* data = nullptr;
  size_t size = 0;
  bool is_writable = false;

  MutableBytes bytes() const { return {data, size}; }
};

// Makes memory whose contents are not set. It begins at a multiple of 64 bytes. Errors: kNoMemory.
Result<Memory> MakeMemory(uint64_t nbytes);

// Shows bytes that nobody may write to.
Memory ReadOnlyMemory(std::shared_ptr<const void> owner, Bytes bytes);

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_MEMORY_H_
