// Highway includes this file again for each instruction set that it is compiled for.
#include "bench/sum_words.h"

#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/sum_words.cc"
#include <hwy/foreach_target.h>  // Must come before highway.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cairn::bench {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

uint64_t AddWords(std::span<const uint64_t> words) {
  constexpr size_t kCount = 4;  // additions that wait for no other
  const hn::ScalableTag<uint64_t> d;
  const size_t width = hn::Lanes(d);
  hn::Vec<decltype(d)> sums[kCount];
  for (auto& sum : sums) sum = hn::Zero(d);
  size_t i = 0;
  for (; i + kCount * width <= words.size(); i += kCount * width) {
    for (size_t k = 0; k < kCount; ++k)
      sums[k] = hn::Add(sums[k], hn::LoadU(d, words.data() + i + k * width));
  }
  for (size_t k = 1; k < kCount; ++k) sums[0] = hn::Add(sums[0], sums[k]);
  uint64_t total = hn::GetLane(hn::SumOfLanes(d, sums[0]));
  for (; i < words.size(); ++i) total += words[i];
  return total;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace cairn::bench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cairn::bench {

HWY_EXPORT(AddWords);

uint64_t SumOf(std::span<const uint64_t> words) { return HWY_DYNAMIC_DISPATCH(AddWords)(words); }

}  // namespace cairn::bench
#endif  // HWY_ONCE
