#include "cairn/source/combined_source.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

#include "cairn/source/cast_elements.h"
#include "cairn/source/element_kernels.h"

namespace cairn {
namespace {

constexpr size_t kBlock = 4096;    // numbers that are combined at once
constexpr size_t kMostNbytes = 8;  // of a number

// The numbers of an element: one, or the two parts of a complex one.
DType NumberOf(DType dtype) {
  if (dtype == DType::kComplex64) return DType::kFloat32;
  return dtype == DType::kComplex128 ? DType::kFloat64 : dtype;
}
uint64_t CountNumbers(const TensorSource& source) {
  const bool is_complex = NumberOf(source.dtype()) != source.dtype();
  return source.shape().num_elements() * (is_complex ? 2 : 1);
}

// The numbers of one source, widened to float64.
class WideReader {
 public:
  static Result<WideReader> Open(const TensorSource& source) {
    CAIRN_ASSIGN_OR_RETURN(auto stream, source.OpenStream());
    return WideReader(NumberOf(source.dtype()), std::move(stream));
  }

  DType dtype() const { return dtype_; }

  // The next `count` numbers as they are stored, kBlock at most. Valid until the next call.
  Result<Bytes> ReadStored(size_t count) {
    MutableBytes room = MutableBytes(stored_).first(count * ElementNbytes(dtype_));
    const Bytes block = room;
    while (!room.empty()) {
      CAIRN_ASSIGN_OR_RETURN(const Bytes piece, stream_->Next(room));
      if (piece.empty()) return Status(Reason::kSize, "the value ends before its last element");
      if (piece.data() != room.data()) std::ranges::copy(piece, room.begin());
      room = room.subspan(piece.size());
    }
    return block;
  }

  // The next `count` numbers, widened to float64.
  Status Read(size_t count, double* out) {
    CAIRN_ASSIGN_OR_RETURN(const Bytes block, ReadStored(count));
    CastCounts counts;  // nothing is lost
    return CastElements(dtype_, DType::kFloat64, block, reinterpret_cast<std::byte*>(out), counts);
  }

  // Only there do the checksums hold.
  Status ReadEnd() {
    CAIRN_ASSIGN_OR_RETURN(const Bytes more, stream_->Next(stored_));
    return more.empty() ? Status()
                        : Status(Reason::kSize, "the value has more bytes than elements");
  }

 private:
  WideReader(DType dtype, std::unique_ptr<TensorStream> stream)
      : dtype_(dtype), stream_(std::move(stream)), stored_(kBlock * kMostNbytes) {}

  DType dtype_;
  std::unique_ptr<TensorStream> stream_;
  std::vector<std::byte> stored_;
};

// The numbers of several sources, block by block.
class WideReaders {
 public:
  static Result<WideReaders> Open(const TensorSources& sources) {
    WideReaders readers(CountNumbers(*sources[0]), sources.size());
    for (const auto& source : sources) {
      CAIRN_ASSIGN_OR_RETURN(WideReader reader, WideReader::Open(*source));
      readers.readers_.push_back(std::move(reader));
    }
    return readers;
  }

  // Reads the next numbers of every source, and tells how many: none at the checked end of all.
  Result<size_t> Next() {
    const auto count = static_cast<size_t>(std::min<uint64_t>(left_, kBlock));
    for (size_t i = 0; i < readers_.size(); ++i)
      CAIRN_RETURN_IF_ERROR(count > 0 ? readers_[i].Read(count, blocks_[i].data())
                                      : readers_[i].ReadEnd());
    left_ -= count;
    return count;
  }
  std::span<const std::vector<double>> blocks() const { return blocks_; }

 private:
  WideReaders(uint64_t count, size_t num_sources)
      : left_(count), blocks_(num_sources, std::vector<double>(kBlock)) {}

  uint64_t left_;
  std::vector<WideReader> readers_;
  std::vector<std::vector<double>> blocks_;
};

// Makes numbers of those that stand at one place of every source: `blocks` has at least
// `out.size()` of each.
using Combine =
    std::function<Status(std::span<const std::vector<double>> blocks, std::span<double> out)>;

// A stream of values that are made in blocks.
class BlockStream : public TensorStream {
 public:
  Result<Bytes> Next(MutableBytes scratch) final {
    if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
    if (rest_.empty()) {
      CAIRN_ASSIGN_OR_RETURN(rest_, MakeBlock());
    }
    const Bytes piece = rest_.first(std::min(rest_.size(), scratch.size()));
    rest_ = rest_.subspan(piece.size());
    std::ranges::copy(piece, scratch.begin());
    return scratch.first(piece.size());
  }

 protected:
  // The next values, empty at the checked end. They stay valid until the next call.
  virtual Result<Bytes> MakeBlock() = 0;

 private:
  Bytes rest_;  // of the last block
};

class CombinedStream final : public BlockStream {
 public:
  CombinedStream(WideReaders readers, Combine combine, DType dtype)
      : readers_(std::move(readers)),
        combine_(std::move(combine)),
        dtype_(dtype),
        wide_(kBlock),
        narrow_(kBlock * kMostNbytes) {}

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
        sums_(kBlock),
        wide_(kBlock),
        narrow_(kBlock * kMostNbytes) {}

 private:
  Result<Bytes> MakeBlock() override {
    const auto count = static_cast<size_t>(std::min<uint64_t>(left_, kBlock));
    // A sum that begins with -0 keeps the sign of zeros.
    std::ranges::fill(sums_, -0.0);
    for (size_t k = 0; k < readers_.size(); ++k)
      CAIRN_RETURN_IF_ERROR(count > 0 ? Add(k, count) : readers_[k].ReadEnd());
    left_ -= count;
    CAIRN_RETURN_IF_ERROR(Narrow(count));
    return Bytes(narrow_).first(count * ElementNbytes(dtype_));
  }

  Status Add(size_t k, size_t count) {
    const auto& kernels = BestElementKernels();
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
      BestElementKernels().divide(sums_.data(), divisor_, reinterpret_cast<float*>(narrow_.data()),
                                  count);
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

std::string DescribeSource(const TensorSource& source) {
  return std::string(Name(source.dtype())) + ToString(source.shape().dims());
}

Status CheckShapes(const TensorSources& sources) {
  if (sources.empty()) return Status(Reason::kArgument, "there is nothing to combine");
  for (const auto& source : sources) {
    if (source->shape() == sources[0]->shape()) continue;
    return Status(Reason::kMismatch, "has different shapes: " + DescribeSource(*sources[0]) +
                                         " and " + DescribeSource(*source));
  }
  return {};
}

Status CheckNumbers(const TensorSources& sources) {
  CAIRN_RETURN_IF_ERROR(CheckShapes(sources));
  for (const auto& source : sources) {
    if (CanCast(source->dtype(), sources[0]->dtype())) continue;
    return Status(Reason::kMismatch,
                  "has dtypes that cannot be computed with: " + DescribeSource(*sources[0]) +
                      " and " + DescribeSource(*source));
  }
  return {};
}

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

// The bytes of the first source, while those of the others are compared with them.
class AgreedStream final : public TensorStream {
 public:
  AgreedStream(std::vector<std::unique_ptr<TensorStream>> streams, uint64_t element_nbytes)
      : streams_(std::move(streams)), element_nbytes_(element_nbytes) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    CAIRN_ASSIGN_OR_RETURN(const Bytes piece, streams_[0]->Next(scratch));
    for (size_t k = 1; k < streams_.size(); ++k) CAIRN_RETURN_IF_ERROR(Compare(k, piece));
    position_ += piece.size();
    return piece;
  }

 private:
  Status Compare(size_t k, Bytes piece) {
    other_.resize(std::max<size_t>(piece.size(), 1));
    for (size_t done = 0; done < piece.size() || piece.empty();) {
      const MutableBytes room = MutableBytes(other_).subspan(done);
      CAIRN_ASSIGN_OR_RETURN(const Bytes other, streams_[k]->Next(room));
      if (other.empty() && piece.empty()) return {};
      if (other.empty()) return Status(Reason::kSize, "the value ends before its last element");
      const auto [at, of_other] = std::ranges::mismatch(piece.subspan(done), other);
      if (of_other != other.end()) return Differs(k, position_ + (at - piece.begin()));
      done += other.size();
    }
    return {};
  }

  Status Differs(size_t k, uint64_t byte) const {
    return Status(Reason::kMismatch, "has another value in source " + std::to_string(k + 1) +
                                         " than in the first, in element " +
                                         std::to_string(byte / element_nbytes_));
  }

  std::vector<std::unique_ptr<TensorStream>> streams_;
  uint64_t element_nbytes_;
  uint64_t position_ = 0;
  std::vector<std::byte> other_;
};

class AgreedSource final : public TensorSource {
 public:
  explicit AgreedSource(TensorSources sources) : sources_(std::move(sources)) {}

  DType dtype() const override { return sources_[0]->dtype(); }
  const Shape& shape() const override { return sources_[0]->shape(); }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    std::vector<std::unique_ptr<TensorStream>> streams;
    for (const auto& source : sources_) {
      CAIRN_ASSIGN_OR_RETURN(auto stream, source->OpenStream());
      streams.push_back(std::move(stream));
    }
    return std::make_unique<AgreedStream>(std::move(streams), ElementNbytes(dtype()));
  }
  Result<StringTensor> ReadStrings() const override {
    CAIRN_ASSIGN_OR_RETURN(StringTensor agreed, sources_[0]->ReadStrings());
    for (size_t k = 1; k < sources_.size(); ++k) {
      CAIRN_ASSIGN_OR_RETURN(const StringTensor other, sources_[k]->ReadStrings());
      if (other != agreed)
        return Status(Reason::kMismatch, "has another value in source " + std::to_string(k + 1) +
                                             " than in the first");
    }
    return agreed;
  }
  Status CheckCanBeHeld() const override { return sources_[0]->CheckCanBeHeld(); }

 private:
  TensorSources sources_;
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

Result<std::shared_ptr<const TensorSource>> AgreedValue(TensorSources sources) {
  CAIRN_RETURN_IF_ERROR(CheckShapes(sources));
  for (const auto& source : sources) {
    if (source->dtype() != sources[0]->dtype())
      return Status(Reason::kMismatch, "has different dtypes: " + DescribeSource(*sources[0]) +
                                           " and " + DescribeSource(*source));
  }
  return std::make_shared<const AgreedSource>(std::move(sources));
}

}  // namespace cairn
