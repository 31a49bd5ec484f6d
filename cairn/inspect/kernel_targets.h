// The instruction sets that the kernels are compiled for. The best that the machine has is used;
// tests and benchmarks choose another.
#ifndef CAIRN_INSPECT_KERNEL_TARGETS_H_
#define CAIRN_INSPECT_KERNEL_TARGETS_H_

#include <string_view>
#include <vector>

#include "cairn/inspect/block_kernels.h"

namespace cairn {

// The kernels of block_kernels.h, compiled for one instruction set.
struct Kernels {
  BlockFacts (*look_at_floats)(double about, std::span<const float> values);
  BlockFacts (*look_at_doubles)(double about, std::span<const double> values);
  double (*add_float_squares)(double mean, std::span<const float> values);
  double (*add_double_squares)(double mean, std::span<const double> values);
  void (*count_floats)(std::span<const float> values, float scale, int32_t first, uint64_t* counts);
  void (*count_doubles)(std::span<const double> values, double scale, int32_t first,
                        uint64_t* counts);
};

struct KernelTarget {
  std::string_view name;  // as Highway calls it: "AVX3" is AVX-512
  const Kernels* kernels = nullptr;
};

// Returns the targets that this machine has, the best first.
std::vector<KernelTarget> KernelTargets();

// From now on, the whole process uses the kernels of that target. The results are the same.
void UseKernelsOf(const KernelTarget& target);

}  // namespace cairn

#endif  // CAIRN_INSPECT_KERNEL_TARGETS_H_
