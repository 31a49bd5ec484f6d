// The one list of formats.
#ifndef CAIRN_CHECKPOINT_FORMATS_H_
#define CAIRN_CHECKPOINT_FORMATS_H_

#include <span>

#include "cairn/formats/format.h"

namespace cairn {

std::span<const Format> Formats();

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_FORMATS_H_
