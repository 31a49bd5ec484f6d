#include "cairn/source/interpolated_source.h"

#include <cmath>
#include <functional>
#include <string>

#include "cairn/source/block_stream.h"
#include "cairn/source/cast_elements.h"
#include "cairn/source/wide_reader.h"

namespace cairn {
namespace {

// Makes numbers of those that stand at one place of every source: `blocks` has at least
// `out.size()` of each.
using Combine =
    std::function<Status(std::span<const std::vector<double>> blocks, std::span<double> out)>;

class CombinedStream final : public BlockStream {
 public:
  CombinedStream(WideReaders readers, Combine combine, DType dtype)
      : readers_(std::move(readers)),
        combine_(std::move(combine)),
        dtype_(dtype),
        wide_(kWideBlock),
        narrow_(kWideBlock * kMaxNumberNbytes) {}

 private:
  Result<Bytes> MakeBlock() override {
    CAIRN_ASSIGN_OR_RETURN(const size_t count, readers_.Next());
    const std::span<double> out = std::span(wide_).first(count);
    CAIRN_RETURN_IF_ERROR(combine_(readers_.blocks(), out));
    CastCounts counts;
    CAIRN_RETURN_IF_ERROR(
        CastElements(DType::kFloat64, dtype_, std::as_bytes(out), narrow_.data(), counts));
    return Bytes(narrow_).first(count * ElementNbytes(dtype_));
  }

  WideReaders readers_;
  Combine combine_;
  DType dtype_;
  std::vector<double> wide_;
  std::vector<std::byte> narrow_;
};

// `begin` makes what combines in one reading; it may read the sources before that.
class CombinedSource final : public TensorSource {
 public:
  CombinedSource(TensorSources sources, std::function<Result<Combine>()> begin)
      : sources_(std::move(sources)), begin_(std::move(begin)) {}

  DType dtype() const override { return sources_[0]->dtype(); }
  const Shape& shape() const override { return sources_[0]->shape(); }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    CAIRN_ASSIGN_OR_RETURN(Combine combine, begin_());
    CAIRN_ASSIGN_OR_RETURN(WideReaders readers, WideReaders::Open(sources_));
    return std::make_unique<CombinedStream>(std::move(readers), std::move(combine),
                                            NumberOf(dtype()));
  }
  Status CheckCanBeHeld() const override { return sources_[0]->CheckCanBeHeld(); }

 private:
  TensorSources sources_;
  std::function<Result<Combine>()> begin_;
};

Result<std::shared_ptr<const TensorSource>> MakeCombined(TensorSources sources,
                                                         std::function<Result<Combine>()> begin) {
  CAIRN_RETURN_IF_ERROR(CheckNumbers(sources));
  return std::make_shared<const CombinedSource>(std::move(sources), std::move(begin));
}

Status MultiplyPowers(std::span<const std::vector<double>> blocks, double t,
                      std::span<double> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    const double a = blocks[0][i];
    const double b = blocks[1][i];
    if (a * b < 0)
      return Status(Reason::kMismatch, "elements " + std::to_string(a) + " and " +
                                           std::to_string(b) + " have no geometric mean");
    const double mean = std::pow(std::abs(a), 1 - t) * std::pow(std::abs(b), t);
    out[i] = a == 0 || b == 0 ? 0 : std::copysign(mean, a);
  }
  return {};
}

// The weights of both ends on the way from the one to the other along an arc.
Result<std::vector<double>> ArcWeights(const TensorSources& ends, double t) {
  CAIRN_ASSIGN_OR_RETURN(WideReaders readers, WideReaders::Open(ends));
  double product = 0, square_a = 0, square_b = 0;
  while (true) {
    CAIRN_ASSIGN_OR_RETURN(const size_t count, readers.Next());
    if (count == 0) break;
    for (size_t i = 0; i < count; ++i) {
      const double a = readers.blocks()[0][i];
      const double b = readers.blocks()[1][i];
      product += a * b;
      square_a += a * a;
      square_b += b * b;
    }
  }
  // The sine of a smaller angle is too inexact to divide by.
  constexpr double kParallel = 0.9995;
  const double cosine = product / std::sqrt(square_a * square_b);
  if (!(std::abs(cosine) <= kParallel)) return std::vector<double>{1 - t, t};
  const double angle = std::acos(cosine);
  return std::vector<double>{std::sin((1 - t) * angle) / std::sin(angle),
                             std::sin(t * angle) / std::sin(angle)};
}

}  // namespace

Result<std::shared_ptr<const TensorSource>> GeometricMean(std::shared_ptr<const TensorSource> a,
                                                          std::shared_ptr<const TensorSource> b,
                                                          double t) {
  return MakeCombined({std::move(a), std::move(b)}, [t]() -> Result<Combine> {
    return Combine([t](std::span<const std::vector<double>> blocks, std::span<double> out) {
      return MultiplyPowers(blocks, t, out);
    });
  });
}

Result<std::shared_ptr<const TensorSource>> SphericalMean(std::shared_ptr<const TensorSource> a,
                                                          std::shared_ptr<const TensorSource> b,
                                                          double t) {
  const TensorSources ends = {std::move(a), std::move(b)};
  return MakeCombined(ends, [ends, t]() -> Result<Combine> {
    CAIRN_ASSIGN_OR_RETURN(const std::vector<double> weights, ArcWeights(ends, t));
    return Combine([weights](std::span<const std::vector<double>> blocks, std::span<double> out) {
      for (size_t i = 0; i < out.size(); ++i)
        out[i] = weights[0] * blocks[0][i] + weights[1] * blocks[1][i];
      return Status();
    });
  });
}

}  // namespace cairn
