// The kernels of block_kernels.h, which tests and benchmarks choose.
#ifndef CAIRN_INSPECT_BLOCK_KERNEL_TABLE_H_
#define CAIRN_INSPECT_BLOCK_KERNEL_TABLE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "cairn/core/kernel_choice.h"
#include "cairn/inspect/block_kernels.h"

namespace cairn {

// The kernels of block_kernels.h, compiled for one instruction set.
struct BlockKernels {
  BlockFacts (*look_at_floats)(double about, std::span<const float> values);
  BlockFacts (*look_at_doubles)(double about, std::span<const double> values);
  double (*add_float_squares)(double mean, std::span<const float> values);
  double (*add_double_squares)(double mean, std::span<const double> values);
  void (*count_floats)(std::span<const float> values, float scale, int32_t first, uint64_t* counts);
  void (*count_doubles)(std::span<const double> values, double scale, int32_t first,
                        uint64_t* counts);
};

template <>
std::vector<KernelsOfTarget<BlockKernels>> AllKernels();

}  // namespace cairn

#endif  // CAIRN_INSPECT_BLOCK_KERNEL_TABLE_H_
