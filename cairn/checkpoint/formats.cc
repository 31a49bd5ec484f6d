#include "cairn/checkpoint/formats.h"

#include <array>

#include "cairn/formats/npz/npz.h"
#include "cairn/formats/safetensors/safetensors.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/formats/tf_v1/tf_v1.h"

namespace cairn {

std::span<const Format> Formats() {
  static constexpr std::array kFormats = {tf_bundle::kFormat, tf_v1::kFormat, safetensors::kFormat,
                                          npz::kNpzFormat, npz::kNpyFormat};
  return kFormats;
}

}  // namespace cairn
