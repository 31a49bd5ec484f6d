// The value that several tensors have in common.
#ifndef CAIRN_SOURCE_AGREED_SOURCE_H_
#define CAIRN_SOURCE_AGREED_SOURCE_H_

#include <memory>

#include "cairn/source/alike_sources.h"

namespace cairn {

// The value that all sources have, of any dtype but resource and variant. Errors of reading: also
// kMismatch (a source has another value; the message has its position).
Result<std::shared_ptr<const TensorSource>> AgreedValue(TensorSources sources);

}  // namespace cairn

#endif  // CAIRN_SOURCE_AGREED_SOURCE_H_
