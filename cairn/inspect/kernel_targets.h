// The instruction sets that kernels are compiled for. Kernels use the best that the machine has;
// tests and benchmarks choose another.
#ifndef CAIRN_INSPECT_KERNEL_TARGETS_H_
#define CAIRN_INSPECT_KERNEL_TARGETS_H_

#include <cstdint>
#include <string_view>
#include <vector>

namespace cairn {

struct KernelTarget {
  int64_t bit = 0;
  std::string_view name;  // as Highway calls it: "AVX3" is AVX-512
};

// Those that this machine has, the best first.
std::vector<KernelTarget> KernelTargets();

// Not to be called while a kernel runs: for the whole process, until UseEveryTarget.
void UseOnly(const KernelTarget& target);
void UseEveryTarget();

}  // namespace cairn

#endif  // CAIRN_INSPECT_KERNEL_TARGETS_H_
