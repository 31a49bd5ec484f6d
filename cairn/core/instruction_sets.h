// Tells which of the instruction sets that Highway compiles kernels for the machine can run.
// HWY_DYNAMIC_DISPATCH would tell, too, but it needs Highway's shared library, and loading that
// takes each process several milliseconds, since it measures the machine's clock.
#ifndef CAIRN_CORE_INSTRUCTION_SETS_H_
#define CAIRN_CORE_INSTRUCTION_SETS_H_

namespace cairn {

#if defined(__x86_64__)

inline bool HasAesAndPclmul() {
  return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
}
inline bool HasSse4() { return __builtin_cpu_supports("sse4.2") && HasAesAndPclmul(); }
inline bool HasAvx2() { return __builtin_cpu_supports("x86-64-v3") && HasAesAndPclmul(); }
inline bool HasAvx3() { return __builtin_cpu_supports("x86-64-v4") && HasAesAndPclmul(); }

#endif

}  // namespace cairn

#endif  // CAIRN_CORE_INSTRUCTION_SETS_H_
