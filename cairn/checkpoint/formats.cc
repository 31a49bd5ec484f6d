#include "cairn/checkpoint/formats.h"

#include <array>

#include "cairn/formats/tf_bundle/tf_bundle.h"

namespace cairn {

std::span<const Format> Formats() {
  static constexpr std::array kFormats = {tf_bundle::kFormat};
  return kFormats;
}

}  // namespace cairn
