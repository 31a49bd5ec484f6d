#include "cairn/inspect/dict_diff.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "cairn/inspect/pair_summary.h"
#include "cairn/transfer/check_pairs.h"

namespace cairn {
namespace {

static_assert(kPrefetchedNbytes == kMostPairNbytes, "what comes next lies a call further on");

bool HasNumbers(const TensorInfo& info) { return ElementNbytes(info.dtype) != 0; }

// Whether a value of this dtype may be one that a tolerance does not call close to itself.
bool MayHoldNan(DType dtype) {
  const DTypeKind kind = KindOf(dtype);
  return kind == DTypeKind::kFloat || kind == DTypeKind::kComplex;
}

bool HasSameChecksum(const TensorSource& a, const TensorSource& b) {
  const auto extent_a = a.extent();
  const auto extent_b = b.extent();
  return extent_a && extent_b && extent_a->checksum && extent_a->nbytes == extent_b->nbytes &&
         extent_a->checksum == extent_b->checksum;
}

// Two tensors of one name whose values are compared.
struct ComparedPair {
  size_t a = 0;
  size_t b = 0;
  bool is_same_type = false;
};

// Puts the summaries of the segments of each pair together.
class PairCollector final : public PairVisitor {
 public:
  PairCollector(std::span<const SourcePair> sources, const std::optional<Tolerance>& tolerance)
      : sources_(sources),
        tolerance_(tolerance),
        pending_(sources.size()),
        ended_(sources.size()) {}

  struct Ended {
    CheckedPair checked;
    std::variant<std::monostate, ValueDiff, StringDiff> values;
  };

  std::unique_ptr<Segment> Begin(size_t pair, uint64_t position) override {
    if (ElementNbytes(sources_[pair].a->dtype()) == 0)
      return std::make_unique<ComparedStrings>(*this, pair);
    return std::make_unique<ComparedNumbers>(*this, pair, position);
  }

  void End(size_t pair, const CheckedPair& checked) override {
    Ended& ended = ended_[pair];
    ended.checked = checked;
    if (!checked.ok()) {
      ended.values = std::monostate();
    } else if (ElementNbytes(sources_[pair].a->dtype()) != 0) {
      ended.values = Finish(pair);
    } else if (std::holds_alternative<std::monostate>(ended.values)) {
      ended.values = StringDiff{};
    }
    pending_[pair] = {};
  }

  std::vector<Ended> Take() { return std::move(ended_); }

 private:
  PairSummary NewSummary(size_t pair) const {
    return {sources_[pair].a->dtype(), sources_[pair].b->dtype(), tolerance_};
  }

  // In the order of the positions, whichever thread was first.
  ValueDiff Finish(size_t pair) {
    std::ranges::sort(pending_[pair], {}, [](const auto& segment) { return segment.first; });
    PairSummary whole = NewSummary(pair);
    for (const auto& [position, summary] : pending_[pair]) whole.Merge(summary);
    return whole.Finish();
  }

  class ComparedNumbers final : public Segment {
   public:
    ComparedNumbers(PairCollector& owner, size_t pair, uint64_t position)
        : owner_(owner), pair_(pair), position_(position), summary_(owner.NewSummary(pair)) {}
    ~ComparedNumbers() override {
      const std::lock_guard lock(owner_.mutex_);
      owner_.pending_[pair_].emplace_back(position_, summary_);
    }
    void Take(Bytes a, Bytes b) override { summary_.Add(a, b); }

   private:
    PairCollector& owner_;
    size_t pair_;
    uint64_t position_;
    PairSummary summary_;
  };

  // The only segment of two tensors of strings.
  class ComparedStrings final : public Segment {
   public:
    ComparedStrings(PairCollector& owner, size_t pair) : owner_(owner), pair_(pair) {}
    ~ComparedStrings() override { owner_.ended_[pair_].values = diff_; }
    void Take(Bytes /*a*/, Bytes /*b*/) override {}
    void TakeStrings(std::string_view a, std::string_view b) override {
      ++diff_.num_elements;
      diff_.num_different += a == b ? 0 : 1;
    }

   private:
    PairCollector& owner_;
    size_t pair_;
    StringDiff diff_;
  };

  std::span<const SourcePair> sources_;
  const std::optional<Tolerance>& tolerance_;
  std::mutex mutex_;
  std::vector<std::vector<std::pair<uint64_t, PairSummary>>> pending_;
  std::vector<Ended> ended_;
};

uint64_t NumOver(const std::variant<std::monostate, ValueDiff, StringDiff>& values) {
  if (const auto* numbers = std::get_if<ValueDiff>(&values)) return numbers->num_over;
  if (const auto* strings = std::get_if<StringDiff>(&values)) return strings->num_different;
  return 0;
}

class Comparison {
 public:
  Comparison(const TensorDict& a, const TensorDict& b, const DiffOptions& options)
      : a_(a), b_(b), options_(options) {}

  Result<DictDiff> Run() {
    MatchNames();
    diff_.renamed = GuessRenames(a_, diff_.only_in_a, b_, diff_.only_in_b);
    CAIRN_RETURN_IF_ERROR(CompareValues());
    std::ranges::sort(diff_.changed, {}, &ChangedTensor::a);
    return std::move(diff_);
  }

 private:
  // Both dicts are in the order of the bytes of their names.
  void MatchNames() {
    size_t a = 0;
    size_t b = 0;
    while (a < a_.size() || b < b_.size()) {
      if (b == b_.size() || (a < a_.size() && a_.name(a) < b_.name(b))) {
        diff_.only_in_a.push_back(a++);
      } else if (a == a_.size() || b_.name(b) < a_.name(a)) {
        diff_.only_in_b.push_back(b++);
      } else {
        CompareInfo(a++, b++);
      }
    }
  }

  void CompareInfo(size_t a, size_t b) {
    const auto source_a = a_.source(a);
    const auto source_b = b_.source(b);
    if (!source_a.ok() || !source_b.ok())
      return AddErrors(a, {source_a.status(), source_b.status()});
    ++diff_.num_compared;
    const TensorInfo of_a = a_.info(a);
    const TensorInfo of_b = b_.info(b);
    if (!std::ranges::equal(of_a.dims, of_b.dims) || HasNumbers(of_a) != HasNumbers(of_b)) {
      diff_.changed.push_back({a, b});
      return;
    }
    const bool is_same_type = of_a.dtype == of_b.dtype;
    if (is_same_type && !options_.read_all && IsCloseToItself(of_a.dtype) &&
        HasSameChecksum(**source_a, **source_b)) {
      ++diff_.num_equal_by_checksum;
      return;
    }
    pairs_.push_back({a, b, is_same_type});
    sources_.push_back({*source_a, *source_b});
  }

  bool IsCloseToItself(DType dtype) const {
    return !options_.tolerance || options_.tolerance->equal_nan || !MayHoldNan(dtype);
  }

  Status CompareValues() {
    PairCollector collector(sources_, options_.tolerance);
    CAIRN_RETURN_IF_ERROR(CheckPairs(sources_, options_.transfer, collector));
    std::vector<PairCollector::Ended> ended = collector.Take();
    for (size_t i = 0; i < pairs_.size(); ++i) {
      const ComparedPair& pair = pairs_[i];
      if (!ended[i].checked.ok()) {
        --diff_.num_compared;
        AddErrors(pair.a, ended[i].checked);
        continue;
      }
      diff_.nbytes_read += a_.info(pair.a).nbytes + b_.info(pair.b).nbytes;
      if (!pair.is_same_type || NumOver(ended[i].values) > 0)
        diff_.changed.push_back({pair.a, pair.b, ended[i].values});
    }
    return {};
  }

  void AddErrors(size_t a, const CheckedPair& errors) {
    for (const Status& error : {errors.a, errors.b}) {
      if (!error.ok()) diff_.errors.push_back(error.InTensor(a_.name(a)));
    }
  }

  const TensorDict& a_;
  const TensorDict& b_;
  const DiffOptions& options_;
  DictDiff diff_;
  std::vector<ComparedPair> pairs_;
  std::vector<SourcePair> sources_;
};

}  // namespace

Result<DictDiff> DiffDicts(const TensorDict& a, const TensorDict& b, const DiffOptions& options) {
  return Comparison(a, b, options).Run();
}

}  // namespace cairn
