#include "cairn/inspect/rename_guesses.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

#include "cairn/core/nearest_names.h"

namespace cairn {
namespace {

// So many comparisons of letters take about a tenth of a second.
constexpr uint64_t kMostSteps = 100'000'000;
constexpr uint64_t kMostNameLength = 256;

using Dims = std::vector<int64_t>;
using TypeAndShape = std::pair<DType, Dims>;
using Content = std::tuple<DType, Dims, uint64_t, Checksum::Kind, uint32_t>;

// Positions in both dicts of tensors that have something in common.
struct Candidates {
  std::vector<size_t> a;
  std::vector<size_t> b;
};

class Guessing {
 public:
  Guessing(const TensorDict& a, const std::vector<size_t>& only_in_a, const TensorDict& b,
           const std::vector<size_t>& only_in_b)
      : a_(a), b_(b), left_{only_in_a, only_in_b} {}

  std::vector<RenameGuess> Run() {
    PairByChecksum();
    PairByTail(a_, left_.a, b_, left_.b, [&](size_t a, size_t b) { return Add(a, b); });
    DropTaken();
    PairByTail(b_, left_.b, a_, left_.a, [&](size_t b, size_t a) { return Add(a, b); });
    DropTaken();
    PairByDistance();
    std::ranges::sort(guesses_, {}, &RenameGuess::a);
    return std::move(guesses_);
  }

 private:
  static TypeAndShape TypeAndShapeOf(const TensorInfo& info) {
    return {info.dtype, {info.dims.begin(), info.dims.end()}};
  }

  static std::optional<Content> ContentOf(const TensorDict& dict, size_t i) {
    const auto stored = dict.stored_at(i);
    if (!stored || !stored->checksum || stored->nbytes == 0) return std::nullopt;
    const TensorInfo info = dict.info(i);
    return Content(info.dtype, {info.dims.begin(), info.dims.end()}, stored->nbytes,
                   stored->checksum->kind, stored->checksum->value);
  }

  void PairByChecksum() {
    std::map<Content, Candidates> by_content;
    for (const size_t a : left_.a) {
      if (auto content = ContentOf(a_, a)) by_content[*std::move(content)].a.push_back(a);
    }
    for (const size_t b : left_.b) {
      if (auto content = ContentOf(b_, b)) by_content[*std::move(content)].b.push_back(b);
    }
    for (const auto& [content, both] : by_content) {
      if (both.a.size() == 1 && both.b.size() == 1) Add(both.a[0], both.b[0]);
    }
    DropTaken();
  }

  // Calls `add` for each name of `longer` that ends, after a separator, in one of `shorter`, until
  // it returns true. Positions are in the order of the names.
  template <typename Add>
  static void PairByTail(const TensorDict& longer, const std::vector<size_t>& of_longer,
                         const TensorDict& shorter, const std::vector<size_t>& of_shorter,
                         Add add) {
    const auto name_of = [&](size_t i) { return shorter.name(i); };
    for (const size_t i : of_longer) {
      const std::string_view name = longer.name(i);
      for (size_t at = 1; at < name.size(); ++at) {
        if (name[at - 1] != '/' && name[at - 1] != '.') continue;
        const std::string_view tail = name.substr(at);
        const auto found = std::ranges::lower_bound(of_shorter, tail, {}, name_of);
        if (found != of_shorter.end() && name_of(*found) == tail && add(i, *found)) break;
      }
    }
  }

  void PairByDistance() {
    std::map<TypeAndShape, Candidates> by_type;
    for (const size_t a : left_.a) by_type[TypeAndShapeOf(a_.info(a))].a.push_back(a);
    for (const size_t b : left_.b) by_type[TypeAndShapeOf(b_.info(b))].b.push_back(b);
    uint64_t steps_left = kMostSteps;
    for (const auto& [type, both] : by_type) {
      const uint64_t steps = LettersOf(a_, both.a) * LettersOf(b_, both.b);
      if (steps > steps_left) continue;
      steps_left -= steps;
      PairNearest(both);
    }
  }

  static uint64_t LettersOf(const TensorDict& dict, const std::vector<size_t>& positions) {
    uint64_t count = 0;
    for (const size_t i : positions)
      count += std::min<uint64_t>(dict.name(i).size(), kMostNameLength);
    return count;
  }

  // The nearest two first, and those of one content before all others.
  void PairNearest(const Candidates& both) {
    struct Distant {
      bool has_other_content;
      size_t distance;
      size_t a;
      size_t b;
      auto operator<=>(const Distant&) const = default;
    };
    std::vector<Distant> near;
    for (const size_t a : both.a) {
      for (const size_t b : both.b) {
        if (const auto distance = NameDistance(a_.name(a), b_.name(b)))
          near.push_back({!HasSameContent(a, b), *distance, a, b});
      }
    }
    std::ranges::sort(near);
    for (const Distant& pair : near) Add(pair.a, pair.b);
  }

  bool HasSameContent(size_t a, size_t b) const {
    const auto content = ContentOf(a_, a);
    return content && content == ContentOf(b_, b);
  }

  // Returns false if one of the two is taken, or they are not alike.
  bool Add(size_t a, size_t b) {
    if (taken_a_[a] || taken_b_[b]) return false;
    const TensorInfo of_a = a_.info(a);
    const TensorInfo of_b = b_.info(b);
    if (of_a.dtype != of_b.dtype || !std::ranges::equal(of_a.dims, of_b.dims)) return false;
    taken_a_[a] = taken_b_[b] = true;
    guesses_.push_back({a, b, HasSameContent(a, b)});
    return true;
  }

  void DropTaken() {
    std::erase_if(left_.a, [&](size_t a) { return taken_a_[a]; });
    std::erase_if(left_.b, [&](size_t b) { return taken_b_[b]; });
  }

  const TensorDict& a_;
  const TensorDict& b_;
  Candidates left_;
  std::vector<bool> taken_a_ = std::vector<bool>(a_.size());
  std::vector<bool> taken_b_ = std::vector<bool>(b_.size());
  std::vector<RenameGuess> guesses_;
};

}  // namespace

std::vector<RenameGuess> GuessRenames(const TensorDict& a, const std::vector<size_t>& only_in_a,
                                      const TensorDict& b, const std::vector<size_t>& only_in_b) {
  return Guessing(a, only_in_a, b, only_in_b).Run();
}

}  // namespace cairn
