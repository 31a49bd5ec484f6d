#include "cairn/source/weighted_sum.h"

#include <algorithm>

#include "cairn/source/block_stream.h"
#include "cairn/source/cast_elements.h"
#include "cairn/source/element_kernels.h"
#include "cairn/source/wide_reader.h"

namespace cairn {
namespace {

// The sum of weights[i] * sources[i], divided by `divisor`.
class SumStream final : public BlockStream {
 public:
  SumStream(std::vector<WideReader> readers, uint64_t count, std::vector<double> weights,
            double divisor, DType dtype)
      : readers_(std::move(readers)),
        left_(count),
        weights_(std::move(weights)),
        divisor_(divisor),
        dtype_(dtype),
        sums_(kWideBlock),
        wide_(kWideBlock),
        narrow_(kWideBlock * kMaxNumberNbytes) {}

 private:
  Result<Bytes> MakeBlock() override {
    const auto count = static_cast<size_t>(std::min<uint64_t>(left_, kWideBlock));
    // A sum that begins with -0 keeps the sign of zeros.
    std::ranges::fill(sums_, -0.0);
    for (size_t k = 0; k < readers_.size(); ++k)
      CAIRN_RETURN_IF_ERROR(count > 0 ? Add(k, count) : readers_[k].ReadEnd());
    left_ -= count;
    CAIRN_RETURN_IF_ERROR(Narrow(count));
    return Bytes(narrow_).first(count * ElementNbytes(dtype_));
  }

  Status Add(size_t k, size_t count) {
    const auto& kernels = KernelsInUse<ElementKernels>();
    if (readers_[k].dtype() == DType::kFloat32) {
      CAIRN_ASSIGN_OR_RETURN(const Bytes stored, readers_[k].ReadStored(count));
      kernels.add_scaled(reinterpret_cast<const float*>(stored.data()), weights_[k], sums_.data(),
                         count);
      return {};
    }
    CAIRN_RETURN_IF_ERROR(readers_[k].Read(count, wide_.data()));
    for (size_t i = 0; i < count; ++i) sums_[i] += weights_[k] * wide_[i];
    return {};
  }

  Status Narrow(size_t count) {
    if (dtype_ == DType::kFloat32) {
      KernelsInUse<ElementKernels>().divide(sums_.data(), divisor_,
                                            reinterpret_cast<float*>(narrow_.data()), count);
      return {};
    }
    for (size_t i = 0; i < count; ++i) sums_[i] /= divisor_;
    CastCounts counts;
    return CastElements(DType::kFloat64, dtype_, std::as_bytes(std::span(sums_).first(count)),
                        narrow_.data(), counts);
  }

  std::vector<WideReader> readers_;
  uint64_t left_;
  std::vector<double> weights_;
  double divisor_;
  DType dtype_;
  std::vector<double> sums_;
  std::vector<double> wide_;
  std::vector<std::byte> narrow_;
};

class SumSource final : public TensorSource {
 public:
  SumSource(TensorSources sources, std::vector<double> weights, double divisor)
      : sources_(std::move(sources)), weights_(std::move(weights)), divisor_(divisor) {}

  DType dtype() const override { return sources_[0]->dtype(); }
  const Shape& shape() const override { return sources_[0]->shape(); }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    std::vector<WideReader> readers;
    for (const auto& source : sources_) {
      CAIRN_ASSIGN_OR_RETURN(WideReader reader, WideReader::Open(*source));
      readers.push_back(std::move(reader));
    }
    return std::make_unique<SumStream>(std::move(readers), CountNumbers(*sources_[0]), weights_,
                                       divisor_, NumberOf(dtype()));
  }
  Status CheckCanBeHeld() const override { return sources_[0]->CheckCanBeHeld(); }

 private:
  TensorSources sources_;
  std::vector<double> weights_;
  double divisor_;
};

}  // namespace

Result<std::shared_ptr<const TensorSource>> WeightedSum(TensorSources sources,
                                                        std::vector<double> weights,
                                                        double divisor) {
  if (weights.size() != sources.size())
    return Status(Reason::kArgument, std::to_string(weights.size()) + " weights for " +
                                         std::to_string(sources.size()) + " tensors");
  CAIRN_RETURN_IF_ERROR(CheckNumbers(sources));
  return std::make_shared<const SumSource>(std::move(sources), std::move(weights), divisor);
}

}  // namespace cairn
