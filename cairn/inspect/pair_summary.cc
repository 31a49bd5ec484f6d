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
    BestElementKernels().bfloat16_to_float32(halves, memory, elements.size() / sizeof *halves);
  } else if (dtype == DType::kFloat16) {
    BestElementKernels().float16_to_float32(halves, memory, elements.size() / sizeof *halves);
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

PairFacts CompareReals(const float* a, const float* b, size_t count, double max_rel,
                       const Tolerance* tolerance) {
  return PairKernelsInUse().compare_floats(a, b, count, max_rel, tolerance);
}
PairFacts CompareReals(const double* a, const double* b, size_t count, double max_rel,
                       const Tolerance* tolerance) {
  return PairKernelsInUse().compare_doubles(a, b, count, max_rel, tolerance);
}
double SquareReals(const float* values, size_t count) {
  return PairKernelsInUse().square_floats(values, count);
}
double SquareReals(const double* values, size_t count) {
  return PairKernelsInUse().square_doubles(values, count);
}

template <typename T>
T LoadUnaligned(const T* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
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
  if (a_ == b_ && !is_equal && !HasSpareBits(a_)) {
    const size_t element_nbytes = ElementNbytes(a_);
    num_different_ += PairKernelsInUse().count_different(a.data(), b.data(),
                                                         a.size() / element_nbytes, element_nbytes);
  }
  if (IsComplexKind(a_) || IsComplexKind(b_)) return AddComplex(a, b);
  if (is_exact()) return a_ == DType::kInt64 ? AddExact<int64_t>(a, b) : AddExact<uint64_t>(a, b);
  if (FitsFloat32(a_) && FitsFloat32(b_)) return AddReals<float>(a, b, is_equal);
  AddReals<double>(a, b, is_equal);
}

template <typename Real>
void PairSummary::AddReals(Bytes a, Bytes b, bool is_equal) {
  Real memory_a[kStepElements];
  Real memory_b[kStepElements];
  const size_t count = a.size() / ElementNbytes(a_);
  const Real* const values_b = AsReals(b_, b, memory_b);
  if (is_equal) return AddEqual(values_b, count);
  const Real* const values_a = AsReals(a_, a, memory_a);
  if (a_ != b_ || HasSpareBits(a_)) {
    num_different_ += PairKernelsInUse().count_different(
        reinterpret_cast<const std::byte*>(values_a), reinterpret_cast<const std::byte*>(values_b),
        count, sizeof(Real));
  }
  const PairFacts facts = CompareReals(values_a, values_b, count, max_rel_, tolerance());
  if (!std::isfinite(facts.square_a) || !std::isfinite(facts.square_b))
    return AddSingly(values_a, values_b, count);
  max_abs_ = std::max(max_abs_, facts.max_abs);
  max_rel_ = std::max(max_rel_, facts.max_rel);
  num_over_ += facts.num_over;
  square_difference_ += facts.square_difference;
  product_ += facts.product;
  square_a_ += facts.square_a;
  square_b_ += facts.square_b;
}

// Values whose bytes are those of the other side.
template <typename Real>
void PairSummary::AddEqual(const Real* values, size_t count) {
  const double squares = SquareReals(values, count);
  if (!std::isfinite(squares)) return AddSingly(values, values, count);
  product_ += squares;
  square_a_ += squares;
  square_b_ += squares;
}

// Of values that may not be finite.
template <typename Real>
void PairSummary::AddSingly(const Real* a, const Real* b, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const double of_a = LoadUnaligned(a + i);
    const double of_b = LoadUnaligned(b + i);
    const bool is_finite = std::isfinite(of_a) && std::isfinite(of_b);
    AddDistance({.difference = std::fabs(of_a - of_b),
                 .size_b = std::fabs(of_b),
                 .is_same = of_a == of_b,
                 .is_nan_a = std::isnan(of_a),
                 .is_nan_b = std::isnan(of_b),
                 .is_finite = is_finite});
    if (!is_finite) continue;
    square_difference_ += (of_a - of_b) * (of_a - of_b);
    product_ += of_a * of_b;
    square_a_ += of_a * of_a;
    square_b_ += of_b * of_b;
  }
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
    AddDistance({.difference = distance,
                 .size_b = std::fabs(wide_b),
                 .is_same = difference == 0,
                 .is_finite = true});
    square_difference_ += distance * distance;
    product_ += wide_a * wide_b;
    square_a_ += wide_a * wide_a;
    square_b_ += wide_b * wide_b;
  }
}

void PairSummary::AddComplex(Bytes a, Bytes b) {
  for (size_t i = 0; i < a.size() / ElementNbytes(a_); ++i) {
    const ComplexNumber of_a = ComplexAt(a_, a, i);
    const ComplexNumber of_b = ComplexAt(b_, b, i);
    const ComplexNumber difference = {of_a.real - of_b.real, of_a.imaginary - of_b.imaginary};
    const bool is_same = of_a.real == of_b.real && of_a.imaginary == of_b.imaginary;
    const bool is_finite = of_a.is_finite() && of_b.is_finite();
    if (a_ != b_ && !is_same && !(of_a.is_nan() && of_b.is_nan())) ++num_different_;
    AddDistance({.difference = difference.size(),
                 .size_b = of_b.size(),
                 .is_same = is_same,
                 .is_nan_a = of_a.is_nan(),
                 .is_nan_b = of_b.is_nan(),
                 .is_finite = is_finite});
    if (!is_finite) continue;
    square_difference_ += difference.square();
    product_ += of_a.real * of_b.real + of_a.imaginary * of_b.imaginary;
    square_a_ += of_a.square();
    square_b_ += of_b.square();
  }
}

void PairSummary::AddDistance(const Distance& distance) {
  const bool has_nan = distance.is_nan_a || distance.is_nan_b;
  if (distance.is_nan_a && !distance.is_nan_b) ++num_nan_in_a_;
  if (distance.is_nan_b && !distance.is_nan_a) ++num_nan_in_b_;
  if (tolerance_) {
    const bool is_close =
        distance.is_same || (distance.is_nan_a && distance.is_nan_b && tolerance_->equal_nan) ||
        (distance.is_finite &&
         distance.difference <= tolerance_->atol + tolerance_->rtol * distance.size_b);
    num_over_ += is_close ? 0 : 1;
  }
  // Equal infinities have NaN as their difference.
  if (!has_nan && !distance.is_same) {
    const bool is_number = !std::isnan(distance.difference);
    max_abs_ = std::max(max_abs_, is_number ? distance.difference : HUGE_VAL);
  }
  if (distance.is_finite && distance.size_b != 0)
    max_rel_ = std::max(max_rel_, distance.difference / distance.size_b);
}

void PairSummary::Merge(const PairSummary& other) {
  num_elements_ += other.num_elements_;
  num_different_ += other.num_different_;
  num_over_ += other.num_over_;
  num_nan_in_a_ += other.num_nan_in_a_;
  num_nan_in_b_ += other.num_nan_in_b_;
  max_abs_ = std::max(max_abs_, other.max_abs_);
  exact_max_abs_ = std::max(exact_max_abs_, other.exact_max_abs_);
  max_rel_ = std::max(max_rel_, other.max_rel_);
  square_difference_ += other.square_difference_;
  product_ += other.product_;
  square_a_ += other.square_a_;
  square_b_ += other.square_b_;
}

ValueDiff PairSummary::Finish() const {
  ValueDiff diff{.num_elements = num_elements_,
                 .num_different = num_different_,
                 .num_over = tolerance_ ? num_over_ : num_different_,
                 .num_nan_in_a = num_nan_in_a_,
                 .num_nan_in_b = num_nan_in_b_};
  if (is_exact()) {
    diff.max_abs = exact_max_abs_;
  } else {
    diff.max_abs = max_abs_;
  }
  if (square_b_ != 0) diff.max_rel = max_rel_;
  diff.rel_l2 = Quotient(std::sqrt(square_difference_), std::sqrt(square_b_));
  diff.cosine = Quotient(product_, std::sqrt(square_a_) * std::sqrt(square_b_));
  if (diff.cosine) diff.cosine = std::clamp(*diff.cosine, -1.0, 1.0);
  diff.square_difference = square_difference_;
  diff.square_b = square_b_;
  return diff;
}

}  // namespace cairn
