// How much longer a piece of work takes when there is ten times as much of it.
#ifndef CAIRN_TESTING_GROWTH_H_
#define CAIRN_TESTING_GROWTH_H_

#include <algorithm>
#include <ctime>
#include <functional>

namespace cairn {

// Work that takes time in proportion to its size takes ten times as long, and a little more for
// sorting and for caches that no longer hold it; work that takes the square takes a hundred times.
inline constexpr double kGrowthOfTen = 25;

// The processor time of `many` in multiples of that of `few`. Others use this machine, too, so the
// best of several runs counts.
inline double TimesAsLong(const std::function<void()>& many, const std::function<void()>& few) {
  const auto best_of = [](int num_runs, const std::function<void()>& work) {
    std::clock_t best = 0;
    for (int i = 0; i < num_runs; ++i) {
      const std::clock_t begin = std::clock();
      work();
      const std::clock_t taken = std::max<std::clock_t>(std::clock() - begin, 1);
      best = i == 0 ? taken : std::min(best, taken);
    }
    return static_cast<double>(best);
  };
  const double few_time = best_of(3, few);
  return best_of(2, many) / few_time;
}

}  // namespace cairn

#endif  // CAIRN_TESTING_GROWTH_H_
