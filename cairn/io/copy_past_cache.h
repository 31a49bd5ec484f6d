// Copies whose destination nobody reads soon.
#ifndef CAIRN_IO_COPY_PAST_CACHE_H_
#define CAIRN_IO_COPY_PAST_CACHE_H_

#include "cairn/core/bytes.h"

namespace cairn {

// memcpy that does not first read the destination into the cache, where the machine can do so: a
// third less traffic to memory. Other threads see the copies after FinishCopiesPastCache, once for
// any number of them: each waits for memory.
//
// Where the caller reads what lies `nbytes_ahead` behind the bytes next, the machine is asked for
// it meanwhile, so that memory is read and written at the same time.
void CopyPastCache(Bytes from, std::byte* to, size_t nbytes_ahead = 0);
void FinishCopiesPastCache();

}  // namespace cairn

#endif  // CAIRN_IO_COPY_PAST_CACHE_H_
