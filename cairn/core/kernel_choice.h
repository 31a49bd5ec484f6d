// Kernels are functions that are compiled once for each instruction set. A struct of pointers to
// them, such as ElementKernels, is a kind of kernels.
#ifndef CAIRN_CORE_KERNEL_CHOICE_H_
#define CAIRN_CORE_KERNEL_CHOICE_H_

#include <atomic>
#include <string_view>
#include <vector>

namespace cairn {

template <typename Kernels>
struct KernelsOfTarget {
  std::string_view target;  // the instruction set, as Highway calls it: "AVX3" is AVX-512
  const Kernels* kernels = nullptr;
};

// Returns all kernels of a kind that the machine can run, the best first. Each kind specialises it.
template <typename Kernels>
std::vector<KernelsOfTarget<Kernels>> AllKernels();

// Null until kernels of that kind are used for the first time.
template <typename Kernels>
inline std::atomic<const Kernels*> kernels_in_use = nullptr;

// Returns the best kernels of a kind, or those that were chosen last.
template <typename Kernels>
const Kernels& KernelsInUse() {
  const Kernels* kernels = kernels_in_use<Kernels>.load(std::memory_order_relaxed);
  if (kernels == nullptr) {
    kernels = AllKernels<Kernels>().front().kernels;
    kernels_in_use<Kernels>.store(kernels, std::memory_order_relaxed);
  }
  return *kernels;
}

// From now on, the whole process uses these kernels: for tests and benchmarks. The results are the
// same.
template <typename Kernels>
void UseKernels(const Kernels& kernels) {
  kernels_in_use<Kernels>.store(&kernels, std::memory_order_relaxed);
}

// Chooses the kernels of that target. Returns whether the machine has it.
template <typename Kernels>
bool UseKernelsOf(std::string_view target) {
  for (const KernelsOfTarget<Kernels>& of : AllKernels<Kernels>()) {
    if (of.target != target) continue;
    UseKernels(*of.kernels);
    return true;
  }
  return false;
}

}  // namespace cairn

#endif  // CAIRN_CORE_KERNEL_CHOICE_H_
