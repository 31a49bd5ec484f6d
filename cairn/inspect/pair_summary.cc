#include "cairn/inspect/pair_summary.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "cairn/core/tensor_source.h"
#include "cairn/source/decode_elements.h"
#include "cairn/source/element_kernels.h"

namespace cairn {
namespace {

// Elements that are compared at once: both sides, decoded, stay in the first-level cache.
constexpr size_t kStepElements = 2048;

bool IsComplexKind(DType dtype) { return KindOf(dtype) == DTypeKind::kComplex; }
// Elements of fewer than 8 bits lie in a byte, of which the other bits mean nothing.
bool HasSpareBits(DType dtype) { return InfoOf(dtype).bits < 8; }

// The elements as they lie, where they are what is wanted, or in `memory`. They may not be aligned.
const float* AsReals(DType dtype, Bytes elements, float* memory) {
  if (dtype == DType::kFloat32) return reinterpret_cast<const float*>(elements.data());
  const auto* const halves = reinterpret_cast<const uint16_t*>(elements.data());
  if (dtype == DType::kBFloat16) {
    KernelsInUse<ElementKernels>().bfloat16_to_float32(halves, memory,
                                                       elements.size() / sizeof *halves);
  } else if (dtype == DType::kFloat16) {
    KernelsInUse<ElementKernels>().float16_to_float32(halves, memory,
                                                      elements.size() / sizeof *halves);
  } else {
    DecodeElements(dtype, elements, memory);
  }
  return memory;
}
const double* AsReals(DType dtype, Bytes elements, double* memory) {
  if (dtype == DType::kFloat64) return reinterpret_cast<const double*>(elements.data());
  if (!FitsFloat32(dtype)) {
    DecodeElements(dtype, elements, memory);
    return memory;
  }
  float narrow[kStepElements];
  const float* const values = AsReals(dtype, elements, narrow);
  for (size_t i = 0; i < elements.size() / ElementNbytes(dtype); ++i) {
    float value;
    std::memcpy(&value, values + i, sizeof value);
    memory[i] = value;
  }
  return memory;
}

bool CompareReals(const float* a, const float* b, size_t count, const Tolerance* tolerance,
                  PairFacts& facts) {
  return KernelsInUse<PairKernels>().compare_floats(a, b, count, tolerance, facts);
}
bool CompareReals(const double* a, const double* b, size_t count, const Tolerance* tolerance,
                  PairFacts& facts) {
  return KernelsInUse<PairKernels>().compare_doubles(a, b, count, tolerance, facts);
}
bool SquareReals(const float* values, size_t count, LaneSum& squares) {
  return KernelsInUse<PairKernels>().square_floats(values, count, squares);
}
bool SquareReals(const double* values, size_t count, LaneSum& squares) {
  return KernelsInUse<PairKernels>().square_doubles(values, count, squares);
}

double TotalOf(const LaneSum& sum) {
  double total = 0;
  for (const double lane : sum) total += lane;
  return total;
}
void AddLanes(const LaneSum& from, LaneSum& to) {
  for (size_t i = 0; i < kPairLanes; ++i) to[i] += from[i];
}

template <typename T>
T LoadUnaligned(const T* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// The elements whose values differ; a NaN does not differ from another.
template <typename Real>
uint64_t CountUnequal(const Real* a, const Real* b, size_t count) {
  uint64_t num_unequal = 0;
  for (size_t i = 0; i < count; ++i) {
    const Real of_a = LoadUnaligned(a + i);
    const Real of_b = LoadUnaligned(b + i);
    const bool is_equal = of_a == of_b || (std::isnan(of_a) && std::isnan(of_b));
    num_unequal += is_equal ? 0 : 1;
  }
  return num_unequal;
}

struct ComplexNumber {
  double real = 0;
  double imaginary = 0;

  bool is_nan() const { return std::isnan(real) || std::isnan(imaginary); }
  bool is_finite() const { return std::isfinite(real) && std::isfinite(imaginary); }
  double size() const { return std::hypot(real, imaginary); }
  double square() const { return real * real + imaginary * imaginary; }
};

// Real numbers have no imaginary part.
ComplexNumber ComplexAt(DType dtype, Bytes elements, size_t i) {
  const std::byte* const at = elements.data() + i * ElementNbytes(dtype);
  if (dtype == DType::kComplex64)
    return {LoadLittleEndian<float>(at), LoadLittleEndian<float>(at + 4)};
  if (dtype == DType::kComplex128)
    return {LoadLittleEndian<double>(at), LoadLittleEndian<double>(at + 8)};
  double memory[1];
  return {LoadUnaligned(AsReals(dtype, Bytes(at, ElementNbytes(dtype)), memory)), 0};
}

std::optional<double> Quotient(double dividend, double divisor) {
  const double quotient = dividend / divisor;
  return std::isnan(quotient) || divisor == 0 ? std::nullopt : std::optional(quotient);
}

}  // namespace

bool PairSummary::is_exact() const {
  return a_ == b_ && (a_ == DType::kInt64 || a_ == DType::kUInt64);
}

// Whether all values are floats that float32 holds. Integers are compared in float64, as numpy
// does.
bool PairSummary::is_narrow() const {
  return FitsFloat32(a_) && KindOf(a_) == DTypeKind::kFloat && FitsFloat32(b_) &&
         KindOf(b_) == DTypeKind::kFloat;
}

// Whether the kernels that compare values see the elements as they are stored.
bool PairSummary::is_counted_by_kernels() const {
  return a_ == b_ && (a_ == DType::kFloat32 || a_ == DType::kFloat64);
}

void PairSummary::Add(Bytes a, Bytes b) {
  const size_t step_a = kStepElements * ElementNbytes(a_);
  const size_t step_b = kStepElements * ElementNbytes(b_);
  while (!a.empty()) {
    AddStep(a.first(std::min(step_a, a.size())), b.first(std::min(step_b, b.size())));
    a = a.subspan(std::min(step_a, a.size()));
    b = b.subspan(std::min(step_b, b.size()));
  }
}

void PairSummary::AddStep(Bytes a, Bytes b) {
  const bool is_equal = a_ == b_ && std::memcmp(a.data(), b.data(), a.size()) == 0;
  num_elements_ += a.size() / ElementNbytes(a_);
  if (a_ == b_ && !is_equal && !HasSpareBits(a_) && !is_counted_by_kernels()) CountDifferent(a, b);
  if (IsComplexKind(a_) || IsComplexKind(b_)) return AddComplex(a, b);
  if (is_exact()) return a_ == DType::kInt64 ? AddExact<int64_t>(a, b) : AddExact<uint64_t>(a, b);
  if (is_narrow()) return AddReals<float>(a, b, is_equal);
  AddReals<double>(a, b, is_equal);
}

// Both sides are of one dtype.
void PairSummary::CountDifferent(Bytes a, Bytes b) {
  const size_t element_nbytes = ElementNbytes(a_);
  num_different_ += KernelsInUse<PairKernels>().count_different(
      a.data(), b.data(), a.size() / element_nbytes, element_nbytes);
}

template <typename Real>
void PairSummary::AddReals(Bytes a, Bytes b, bool is_equal) {
  Real memory_a[kStepElements];
  Real memory_b[kStepElements];
  const size_t count = a.size() / ElementNbytes(a_);
  const Real* const values_b = AsReals(b_, b, memory_b);
  if (is_equal) return AddEqual(values_b, count);
  const Real* const values_a = AsReals(a_, a, memory_a);
  if (a_ != b_ || HasSpareBits(a_)) num_different_ += CountUnequal(values_a, values_b, count);
  if (CompareReals(values_a, values_b, count, tolerance(), facts_)) return;
  if (is_counted_by_kernels()) CountDifferent(a, b);
  AddSingly(values_a, values_b, count);
}

// Values whose bytes are those of the other side.
template <typename Real>
void PairSummary::AddEqual(const Real* values, size_t count) {
  if (!SquareReals(values, count, square_equal_)) AddSingly(values, values, count);
}

template <typename Real>
PairSummary::Distance PairSummary::Measure(Real difference, Real size_b) const {
  Distance distance{.difference = difference};
  if (size_b != 0) distance.quotient = difference / size_b;
  if (tolerance_) {
    const Real product = static_cast<Real>(tolerance_->rtol) * size_b;
    distance.is_within = difference <= static_cast<Real>(tolerance_->atol) + product;
  }
  return distance;
}

// The values may not be finite.
template <typename Real>
void PairSummary::AddSingly(const Real* a, const Real* b, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const Real of_a = LoadUnaligned(a + i);
    const Real of_b = LoadUnaligned(b + i);
    Distance distance = Measure<Real>(std::fabs(of_a - of_b), std::fabs(of_b));
    distance.is_same = of_a == of_b;
    distance.is_nan_a = std::isnan(of_a);
    distance.is_nan_b = std::isnan(of_b);
    distance.is_finite = std::isfinite(of_a) && std::isfinite(of_b);
    AddDistance(distance);
    if (!distance.is_finite) continue;
    const double wide_a = of_a;
    const double wide_b = of_b;
    AddSquares((wide_a - wide_b) * (wide_a - wide_b), wide_a * wide_a, wide_b * wide_b);
  }
}

void PairSummary::AddSquares(double difference, double a, double b) {
  facts_.square_difference[0] += difference;
  facts_.square_a[0] += a;
  facts_.square_b[0] += b;
}

template <typename T>
void PairSummary::AddExact(Bytes a, Bytes b) {
  for (size_t at = 0; at < a.size(); at += sizeof(T)) {
    const T of_a = LoadLittleEndian<T>(a.data() + at);
    const T of_b = LoadLittleEndian<T>(b.data() + at);
    const uint64_t difference = of_a > of_b
                                    ? static_cast<uint64_t>(of_a) - static_cast<uint64_t>(of_b)
                                    : static_cast<uint64_t>(of_b) - static_cast<uint64_t>(of_a);
    const auto wide_a = static_cast<double>(of_a);
    const auto wide_b = static_cast<double>(of_b);
    const auto distance = static_cast<double>(difference);
    exact_max_abs_ = std::max(exact_max_abs_, difference);
    Distance measured = Measure<double>(distance, std::fabs(wide_b));
    measured.is_same = difference == 0;
    measured.is_finite = true;
    AddDistance(measured);
    AddSquares(distance * distance, wide_a * wide_a, wide_b * wide_b);
  }
}

void PairSummary::AddComplex(Bytes a, Bytes b) {
  for (size_t i = 0; i < a.size() / ElementNbytes(a_); ++i) {
    const ComplexNumber of_a = ComplexAt(a_, a, i);
    const ComplexNumber of_b = ComplexAt(b_, b, i);
    const ComplexNumber difference = {of_a.real - of_b.real, of_a.imaginary - of_b.imaginary};
    const bool is_same = of_a.real == of_b.real && of_a.imaginary == of_b.imaginary;
    if (a_ != b_ && !is_same && !(of_a.is_nan() && of_b.is_nan())) ++num_different_;
    Distance distance = Measure<double>(difference.size(), of_b.size());
    distance.is_same = is_same;
    distance.is_nan_a = of_a.is_nan();
    distance.is_nan_b = of_b.is_nan();
    distance.is_finite = of_a.is_finite() && of_b.is_finite();
    AddDistance(distance);
    if (!distance.is_finite) continue;
    AddSquares(difference.square(), of_a.square(), of_b.square());
  }
}

void PairSummary::AddDistance(const Distance& distance) {
  if (distance.is_nan_a && !distance.is_nan_b) ++num_nan_in_a_;
  if (distance.is_nan_b && !distance.is_nan_a) ++num_nan_in_b_;
  if (tolerance_) {
    const bool are_nans = distance.is_nan_a && distance.is_nan_b;
    const bool is_close = distance.is_same || (are_nans && tolerance_->equal_nan) ||
                          (distance.is_finite && distance.is_within);
    facts_.num_over += is_close ? 0 : 1;
  }
  // Equal infinities have NaN as their difference.
  const bool has_nan = distance.is_nan_a || distance.is_nan_b;
  if (!has_nan && !distance.is_same) facts_.max_abs = std::max(facts_.max_abs, distance.difference);
  if (distance.is_finite) facts_.max_rel = std::max(facts_.max_rel, distance.quotient);
}

void PairSummary::Merge(const PairSummary& other) {
  num_elements_ += other.num_elements_;
  num_different_ += other.num_different_;
  num_nan_in_a_ += other.num_nan_in_a_;
  num_nan_in_b_ += other.num_nan_in_b_;
  exact_max_abs_ = std::max(exact_max_abs_, other.exact_max_abs_);
  facts_.max_abs = std::max(facts_.max_abs, other.facts_.max_abs);
  facts_.max_rel = std::max(facts_.max_rel, other.facts_.max_rel);
  facts_.num_over += other.facts_.num_over;
  facts_.num_different += other.facts_.num_different;
  AddLanes(other.facts_.square_difference, facts_.square_difference);
  AddLanes(other.facts_.square_a, facts_.square_a);
  AddLanes(other.facts_.square_b, facts_.square_b);
  AddLanes(other.square_equal_, square_equal_);
}

ValueDiff PairSummary::Finish() const {
  const uint64_t num_different =
      num_different_ + (is_counted_by_kernels() ? facts_.num_different : 0);
  ValueDiff diff{.num_elements = num_elements_,
                 .num_different = num_different,
                 .num_over = tolerance_ ? facts_.num_over : num_different,
                 .num_nan_in_a = num_nan_in_a_,
                 .num_nan_in_b = num_nan_in_b_};
  if (is_exact()) {
    diff.max_abs = exact_max_abs_;
  } else {
    diff.max_abs = facts_.max_abs;
  }
  const double square_equal = TotalOf(square_equal_);
  const double square_a = TotalOf(facts_.square_a) + square_equal;
  diff.square_b = TotalOf(facts_.square_b) + square_equal;
  diff.square_difference = TotalOf(facts_.square_difference);
  if (diff.square_b != 0) diff.max_rel = facts_.max_rel;
  diff.rel_l2 = Quotient(std::sqrt(diff.square_difference), std::sqrt(diff.square_b));
  // |a - b|² = |a|² - 2ab + |b|²
  const double product = (square_a + diff.square_b - diff.square_difference) / 2;
  diff.cosine = Quotient(product, std::sqrt(square_a) * std::sqrt(diff.square_b));
  if (diff.cosine) diff.cosine = std::clamp(*diff.cosine, -1.0, 1.0);
  return diff;
}

}  // namespace cairn
