// A moment until which something is waited for.
#ifndef CAIRN_ENGINES_TENSORFLOW_DEADLINE_H_
#define CAIRN_ENGINES_TENSORFLOW_DEADLINE_H_

#include <algorithm>
#include <chrono>
#include <climits>
#include <cstdint>

namespace cairn::tensorflow {

class Deadline {
 public:
  // `patience_ms` from now on; 0: without end.
  explicit Deadline(int64_t patience_ms)
      : has_end_(patience_ms > 0),
        end_(Clock::now() + std::chrono::milliseconds(std::min(patience_ms, kLongestMs))) {}

  bool has_passed() const { return PollTimeout() == 0; }

  // Returns the milliseconds that are left, or -1 if there is no end, as poll takes them.
  int PollTimeout() const {
    if (!has_end_) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - Clock::now()).count();
    return static_cast<int>(std::clamp<int64_t>(left, 0, INT_MAX));
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr int64_t kLongestMs = 1'000'000'000'000;  // 31 years, which the clock can count

  bool has_end_;
  Clock::time_point end_;
};

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_DEADLINE_H_
