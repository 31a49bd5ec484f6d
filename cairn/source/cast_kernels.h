// The casts that most models need, for the instruction set of the machine: float32 and the two
// formats of 16 bits.
#ifndef CAIRN_SOURCE_CAST_KERNELS_H_
#define CAIRN_SOURCE_CAST_KERNELS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "cairn/source/cast_counts.h"

namespace cairn {

// The kernels, compiled for one instruction set. `count` elements lie at `from`, and as many go to
// `to`; neither has to be aligned.
struct CastKernels {
  void (*float32_to_bfloat16)(const float* from, uint16_t* to, size_t count, CastCounts& counts);
  void (*float32_to_float16)(const float* from, uint16_t* to, size_t count, CastCounts& counts);
  void (*bfloat16_to_float32)(const uint16_t* from, float* to, size_t count);
  void (*float16_to_float32)(const uint16_t* from, float* to, size_t count);
};

// The best kernels that the machine can run.
const CastKernels& BestCastKernels();

struct NamedCastKernels {
  std::string_view target;  // as Highway calls it: "AVX3" is AVX-512
  const CastKernels* kernels = nullptr;
};
// All that it can run, the best first: for tests and benchmarks.
std::vector<NamedCastKernels> AllCastKernels();

}  // namespace cairn

#endif  // CAIRN_SOURCE_CAST_KERNELS_H_
