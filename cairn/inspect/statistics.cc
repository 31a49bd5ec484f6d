#include "cairn/inspect/statistics.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "cairn/inspect/summary.h"
#include "cairn/transfer/check_all.h"

namespace cairn {
namespace {

// Collects the summaries of the segments that the threads of a transfer see.
class Collector final : public ValueVisitor {
 public:
  explicit Collector(std::span<const std::shared_ptr<const TensorSource>> sources)
      : sources_(sources), summaries_(sources.size()) {}

  std::unique_ptr<Segment> Begin(size_t source, uint64_t position) override {
    return std::make_unique<Summarised>(*this, source, position);
  }

  // In the order of the positions, whichever thread was first.
  Statistics Finish(size_t source) const {
    Summary whole(sources_[source]->dtype());
    for (const auto& [position, summary] : summaries_[source]) whole.Merge(summary);
    return whole.Finish();
  }

 private:
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

  std::span<const std::shared_ptr<const TensorSource>> sources_;
  std::mutex mutex_;
  std::vector<std::map<uint64_t, Summary>> summaries_;
};

Result<StringStatistics> Measure(const TensorSource& source) {
  CAIRN_ASSIGN_OR_RETURN(const StringTensor strings, source.ReadStrings());
  StringStatistics statistics{strings.size(), strings.total_nbytes(), 0, 0};
  for (size_t i = 0; i < strings.size(); ++i) {
    const uint64_t length = strings[i].size();
    statistics.shortest = i == 0 ? length : std::min(statistics.shortest, length);
    statistics.longest = std::max(statistics.longest, length);
  }
  return statistics;
}

}  // namespace

Result<std::vector<TensorStatistics>> ComputeStatistics(
    std::span<const std::shared_ptr<const TensorSource>> sources, const TransferOptions& options) {
  Collector collector(sources);
  CAIRN_ASSIGN_OR_RETURN(const auto checked, CheckAll(sources, options, &collector));
  std::vector<TensorStatistics> statistics(sources.size());
  for (size_t i = 0; i < sources.size(); ++i) {
    TensorStatistics& tensor = statistics[i];
    tensor.error = checked[i].error;
    if (!tensor.error.ok()) continue;
    if (ElementNbytes(sources[i]->dtype()) != 0) {
      tensor.values = collector.Finish(i);
    } else if (auto measured = Measure(*sources[i]); measured.ok()) {
      tensor.values = *measured;
    } else {
      tensor.error = measured.status();
    }
  }
  return statistics;
}

}  // namespace cairn
