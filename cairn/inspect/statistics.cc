#include "cairn/inspect/statistics.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "cairn/inspect/summary.h"
#include "cairn/transfer/check_all.h"

namespace cairn {
namespace {

void Measure(const StringTensor& elements, StringStatistics& statistics) {
  for (size_t i = 0; i < elements.size(); ++i) {
    const uint64_t length = elements[i].size();
    statistics.shortest =
        statistics.num_elements == 0 ? length : std::min(statistics.shortest, length);
    statistics.longest = std::max(statistics.longest, length);
    ++statistics.num_elements;
  }
  statistics.nbytes += elements.total_nbytes();
}

// Collects the summaries of the segments that the threads of a transfer see.
class Collector final : public ValueVisitor {
 public:
  Collector(std::span<const std::shared_ptr<const TensorSource>> sources,
            const TakeStatistics& take)
      : sources_(sources), take_(take), summaries_(sources.size()), strings_(sources.size()) {}

  std::unique_ptr<Segment> Begin(size_t source, uint64_t position) override {
    if (!HasNumbers(source)) return std::make_unique<Measured>(strings_[source]);
    return std::make_unique<Summarised>(*this, source, position);
  }

  void End(size_t source, const Checked& checked) override {
    TensorStatistics statistics =
        checked.error.ok() ? Finish(source) : TensorStatistics{checked.error, {}};
    const std::lock_guard lock(take_mutex_);
    take_(source, std::move(statistics));
  }

 private:
  TensorStatistics Finish(size_t source) {
    if (HasNumbers(source)) return {{}, FinishNumbers(source)};
    return {{}, strings_[source]};
  }

  bool HasNumbers(size_t source) const { return ElementNbytes(sources_[source]->dtype()) != 0; }

  // Merges in the order of the positions, whichever thread was first.
  Statistics FinishNumbers(size_t source) {
    Summary whole(sources_[source]->dtype());
    for (const auto& [position, summary] : summaries_[source]) whole.Merge(summary);
    summaries_[source].clear();
    return whole.Finish();
  }

  class Summarised final : public Segment {
   public:
    Summarised(Collector& collector, size_t source, uint64_t position)
        : collector_(collector),
          source_(source),
          position_(position),
          element_nbytes_(ElementNbytes(collector.sources_[source]->dtype())),
          summary_(collector.sources_[source]->dtype()) {}
    ~Summarised() override {
      if (!rest_.empty()) summary_.Add(rest_);
      const std::lock_guard lock(collector_.mutex_);
      collector_.summaries_[source_].emplace(position_, std::move(summary_));
    }

    // Blocks are cut where the elements say, not where the pieces of a stream end.
    void Take(Bytes bytes) override {
      const size_t block = kBlockElements * element_nbytes_;
      if (!rest_.empty()) {
        const Bytes missing = bytes.first(std::min(bytes.size(), block - rest_.size()));
        rest_.insert(rest_.end(), missing.begin(), missing.end());
        bytes = bytes.subspan(missing.size());
        if (rest_.size() < block) return;
        summary_.Add(rest_);
        rest_.clear();
      }
      for (; bytes.size() >= block; bytes = bytes.subspan(block)) summary_.Add(bytes.first(block));
      rest_.assign(bytes.begin(), bytes.end());
    }

   private:
    Collector& collector_;
    size_t source_;
    uint64_t position_;
    size_t element_nbytes_;
    Summary summary_;
    std::vector<std::byte> rest_;
  };

  // The only segment of a tensor of strings.
  class Measured final : public Segment {
   public:
    explicit Measured(StringStatistics& statistics) : statistics_(statistics) {}
    void Take(Bytes /*bytes*/) override {}
    void TakeStrings(const StringTensor& elements) override { Measure(elements, statistics_); }

   private:
    StringStatistics& statistics_;
  };

  std::span<const std::shared_ptr<const TensorSource>> sources_;
  const TakeStatistics& take_;
  std::mutex take_mutex_;
  std::mutex mutex_;
  std::vector<std::map<uint64_t, Summary>> summaries_;
  std::vector<StringStatistics> strings_;
};

}  // namespace

Status ComputeStatistics(std::span<const std::shared_ptr<const TensorSource>> sources,
                         const TransferOptions& options, const TakeStatistics& take) {
  Collector collector(sources, take);
  return CheckAll(sources, options, &collector).status();
}

Result<std::vector<TensorStatistics>> ComputeStatistics(
    std::span<const std::shared_ptr<const TensorSource>> sources, const TransferOptions& options) {
  std::vector<TensorStatistics> all(sources.size());
  CAIRN_RETURN_IF_ERROR(ComputeStatistics(
      sources, options,
      [&](size_t source, TensorStatistics statistics) { all[source] = std::move(statistics); }));
  return all;
}

}  // namespace cairn
