#include "cli/print/element_format.h"

#include <algorithm>
#include <cmath>

#include "cli/print/element.h"
#include "cli/print/float_column.h"
#include "cli/print/python_literal.h"

namespace cairn::cli {
namespace {

// Elements of fixed size, one after the other.
struct Elements {
  DType dtype;
  Bytes bytes;
  size_t size() const { return bytes.size() / ElementNbytes(dtype); }
  const std::byte* operator[](size_t i) const { return bytes.data() + i * ElementNbytes(dtype); }
};

constexpr int kUsualPrecision = 8;

class BoolFormat final : public ElementFormat {
 public:
  BoolFormat(Elements elements, WordStyle style) : elements_(elements), style_(style) {}
  std::string Word(size_t i) const override {
    if (*elements_[i] == std::byte{0}) return "False";
    return style_ == WordStyle::kColumn ? " True" : "True";
  }

 private:
  Elements elements_;
  WordStyle style_;
};

template <typename Integer, Integer (*Load)(DType, const std::byte*)>
class IntegerFormat final : public ElementFormat {
 public:
  explicit IntegerFormat(Elements elements) : elements_(elements) {
    if (elements_.size() == 0) return;
    // The longest is at an end of the range.
    Integer least = Value(0);
    Integer greatest = least;
    for (size_t i = 1; i < elements_.size(); ++i) {
      least = std::min(least, Value(i));
      greatest = std::max(greatest, Value(i));
    }
    width_ = std::max(std::to_string(least).size(), std::to_string(greatest).size());
  }
  std::string Word(size_t i) const override {
    const std::string digits = std::to_string(Value(i));
    return std::string(width_ - digits.size(), ' ') + digits;
  }

 private:
  Integer Value(size_t i) const { return Load(elements_.dtype, elements_[i]); }

  Elements elements_;
  size_t width_ = 0;
};

class FloatFormat final : public ElementFormat {
 public:
  FloatFormat(Elements elements, const ElementFormatOptions& options)
      : elements_(elements),
        column_(
            elements.size(), [&](size_t i) { return Value(i); }, elements.dtype,
            options.precision.value_or(kUsualPrecision), PlusSign::kHide, options.cancel) {}
  std::string Word(size_t i) const override { return column_.Format(Value(i)); }

 private:
  double Value(size_t i) const { return LoadFloat(elements_.dtype, elements_[i]); }

  Elements elements_;
  FloatColumn column_;
};

class ComplexFormat final : public ElementFormat {
 public:
  ComplexFormat(Elements elements, const ElementFormatOptions& options)
      : elements_(elements),
        real_(
            elements.size(), [&](size_t i) { return Value(i).real(); }, elements.dtype,
            options.precision.value_or(kUsualPrecision), PlusSign::kHide, options.cancel),
        imaginary_(
            elements.size(), [&](size_t i) { return Value(i).imag(); }, elements.dtype,
            options.precision.value_or(kUsualPrecision), PlusSign::kShow, options.cancel) {}

  // The padding of the imaginary part stands after its j.
  std::string Word(size_t i) const override {
    std::string imaginary = imaginary_.Format(Value(i).imag());
    imaginary.insert(imaginary.find_last_not_of(' ') + 1, 1, 'j');
    return real_.Format(Value(i).real()) + imaginary;
  }

 private:
  std::complex<double> Value(size_t i) const { return LoadComplex(elements_.dtype, elements_[i]); }

  Elements elements_;
  FloatColumn real_;
  FloatColumn imaginary_;
};

class FloatScalarFormat final : public ElementFormat {
 public:
  explicit FloatScalarFormat(Elements elements) : elements_(elements) {}
  std::string Word(size_t i) const override {
    return ScalarText(LoadFloat(elements_.dtype, elements_[i]), elements_.dtype,
                      ScalarPoint::kKeep);
  }

 private:
  Elements elements_;
};

// Numbers of ml_dtypes, which numpy prints without columns.
class NarrowFloatFormat final : public ElementFormat {
 public:
  NarrowFloatFormat(Elements elements, int precision)
      : elements_(elements), precision_(precision) {}
  std::string Word(size_t i) const override {
    return ScalarText(LoadFloat(elements_.dtype, elements_[i]), elements_.dtype, ScalarPoint::kTrim,
                      precision_);
  }

 private:
  Elements elements_;
  int precision_;
};

// "(1+2j)"; "2j" where the real part is zero and not negative.
class ComplexScalarFormat final : public ElementFormat {
 public:
  explicit ComplexScalarFormat(Elements elements) : elements_(elements) {}
  std::string Word(size_t i) const override {
    const std::complex<double> value = LoadComplex(elements_.dtype, elements_[i]);
    std::string imaginary = ScalarText(value.imag(), elements_.dtype, ScalarPoint::kTrim) + "j";
    if (value.real() == 0 && !std::signbit(value.real())) return imaginary;
    if (imaginary[0] != '-') imaginary.insert(0, 1, '+');
    return "(" + ScalarText(value.real(), elements_.dtype, ScalarPoint::kTrim) + imaginary + ")";
  }

 private:
  Elements elements_;
};

class StringFormat final : public ElementFormat {
 public:
  using Literal = std::string (*)(std::string_view);
  StringFormat(const StringTensor& strings, Literal literal)
      : strings_(strings), literal_(literal) {}
  std::string Word(size_t i) const override { return literal_(strings_[i]); }

 private:
  const StringTensor& strings_;
  Literal literal_;
};

}  // namespace

std::unique_ptr<ElementFormat> FormatNumbers(DType dtype, Bytes bytes,
                                             const ElementFormatOptions& options) {
  const Elements elements{dtype, bytes};
  const bool is_scalar = options.style == WordStyle::kScalar;
  switch (KindOf(dtype)) {
    case DTypeKind::kBool:
      return std::make_unique<BoolFormat>(elements, options.style);
    case DTypeKind::kFloat:
      if (IsNarrowFloat(dtype))
        return std::make_unique<NarrowFloatFormat>(elements,
                                                   options.precision.value_or(kAllDigits));
      if (is_scalar) return std::make_unique<FloatScalarFormat>(elements);
      return std::make_unique<FloatFormat>(elements, options);
    case DTypeKind::kComplex:
      if (is_scalar) return std::make_unique<ComplexScalarFormat>(elements);
      return std::make_unique<ComplexFormat>(elements, options);
    case DTypeKind::kSigned:
      return std::make_unique<IntegerFormat<int64_t, LoadSigned>>(elements);
    default:
      return std::make_unique<IntegerFormat<uint64_t, LoadUnsigned>>(elements);
  }
}

std::unique_ptr<ElementFormat> FormatBytes(const StringTensor& strings) {
  return std::make_unique<StringFormat>(strings, PythonBytes);
}

std::unique_ptr<ElementFormat> FormatTexts(const StringTensor& strings, WordStyle style) {
  return std::make_unique<StringFormat>(
      strings, style == WordStyle::kScalar ? PythonTextWithoutQuotes : PythonText);
}

}  // namespace cairn::cli
