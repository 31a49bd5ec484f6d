// A value whose owner wants its memory back as soon as it was read.
#ifndef CAIRN_SOURCE_READ_ONCE_SOURCE_H_
#define CAIRN_SOURCE_READ_ONCE_SOURCE_H_

#include <functional>
#include <memory>

#include "cairn/core/tensor_source.h"

namespace cairn {

// Returns a source of the same value, which is numeric, that can only be streamed. When a stream
// that was read to its end is destroyed, and no other one is open, `on_read` is called, by the
// thread that read it and once at most. From then on every stream is refused (kGone), and `source`
// is not used any more.
std::shared_ptr<const TensorSource> ReadOnceSource(std::shared_ptr<const TensorSource> source,
                                                   std::function<void()> on_read);

}  // namespace cairn

#endif  // CAIRN_SOURCE_READ_ONCE_SOURCE_H_
