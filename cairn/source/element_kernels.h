// The loops that most elements go through, for the instruction set of the machine: casts between
// float32 and the two formats of 16 bits, and sums of float32 in float64.
#ifndef CAIRN_SOURCE_ELEMENT_KERNELS_H_
#define CAIRN_SOURCE_ELEMENT_KERNELS_H_

#include <cstdint>

#include "cairn/core/kernel_choice.h"
#include "cairn/source/cast_counts.h"

namespace cairn {

// The kernels, compiled for one instruction set. `count` elements lie at `from`, and as many go to
// `to`; neither has to be aligned.
struct ElementKernels {
  void (*float32_to_bfloat16)(const float* from, uint16_t* to, size_t count, CastCounts& counts);
  void (*float32_to_float16)(const float* from, uint16_t* to, size_t count, CastCounts& counts);
  void (*bfloat16_to_float32)(const uint16_t* from, float* to, size_t count);
  void (*float16_to_float32)(const uint16_t* from, float* to, size_t count);
  // sums[i] += weight * from[i]; product and sum are rounded.
  void (*add_scaled)(const float* from, double weight, double* sums, size_t count);
  // to[i] = sums[i] / divisor, rounded to float64 and then to float32.
  void (*divide)(const double* sums, double divisor, float* to, size_t count);
};

template <>
std::vector<KernelsOfTarget<ElementKernels>> AllKernels();

}  // namespace cairn

#endif  // CAIRN_SOURCE_ELEMENT_KERNELS_H_
