#include "cairn/data/shuffled_indices.h"

#include <array>
#include <numeric>
#include <random>
#include <utility>

#include "cairn/data/position_text.h"

namespace cairn {
namespace {

constexpr std::array<std::string_view, 4> kIndexKeys = {"size", "seed", "epoch", "next"};

// Returns a number below `bound`, each with the same probability. The distributions of the standard
// library differ between libraries; its engines do not.
uint64_t NumberBelow(uint64_t bound, std::mt19937_64& engine) {
  // 2^64 is not a multiple of `bound`: so many of the first numbers would come more often.
  const uint64_t num_refused = (0 - bound) % bound;
  uint64_t number = engine();
  while (number < num_refused) number = engine();
  return number % bound;
}

}  // namespace

ShuffledIndices::ShuffledIndices(uint64_t size, uint64_t seed) : size_(size), seed_(seed) {}

// Fisher and Yates, with an engine that is seeded for this epoch.
void ShuffledIndices::Shuffle() {
  std::seed_seq seed = {seed_ & 0xffffffff, seed_ >> 32, epoch_ & 0xffffffff, epoch_ >> 32};
  std::mt19937_64 engine(seed);
  order_.resize(size_);
  std::iota(order_.begin(), order_.end(), uint64_t{0});
  for (uint64_t left = size_; left > 1; --left)
    std::swap(order_[left - 1], order_[NumberBelow(left, engine)]);
}

Result<std::optional<uint64_t>> ShuffledIndices::Next() {
  if (size_ == 0) return std::optional<uint64_t>();
  if (order_.empty()) Shuffle();
  const uint64_t index = order_[next_++];
  if (next_ == size_) {
    next_ = 0;
    ++epoch_;
    order_.clear();
  }
  return std::optional(index);
}

std::string ShuffledIndices::Position() const {
  return FormatPosition({{"size", size_}, {"seed", seed_}, {"epoch", epoch_}, {"next", next_}});
}

Status ShuffledIndices::Seek(std::string_view position) {
  CAIRN_ASSIGN_OR_RETURN(const auto fields, ParsePosition(position, kIndexKeys));
  const auto [size, seed, epoch, next] = fields;
  if (size != size_ || seed != seed_)
    return Status(Reason::kMismatch,
                  "shuffled indices of size " + std::to_string(size_) + " and seed " +
                      std::to_string(seed_) + " expected, the position is one of size " +
                      std::to_string(size) + " and seed " + std::to_string(seed));
  if (next != 0 && next >= size)
    return Status(Reason::kFormat, "element " + std::to_string(next) + " of an epoch of " +
                                       std::to_string(size) + " elements");
  if (epoch != epoch_) order_.clear();
  epoch_ = epoch;
  next_ = next;
  return {};
}

}  // namespace cairn
