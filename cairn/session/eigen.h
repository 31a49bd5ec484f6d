// Eigen's matrices and arrays as variables of a MemorySession, and as an Array that is saved. This
// header needs Eigen 3.4; nothing else of Cairn does.
//
//   using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
//   Matrix w(784, 128), emb;
//   Eigen::VectorXf b(128);
//   session.Add("fc/W", w);                    float32[784,128]
//   session.Add("fc/b", b);                    float32[128], as for every vector
//   session.Add("fc/b", b, {1, 128});          other dims of as many elements
//   session.Add("emb", emb, {-1, 300});        is resized to what the checkpoint has
//   SaveArrays("run/model-0", {{"fc/W", w}, {"fc/b", b}});
//
// Checkpoints are row-major, and Cairn copies nothing: a column-major matrix, which is what Eigen
// makes unless it is told otherwise, does not compile, except a vector. `m.transpose()` of such a
// matrix is row-major and is taken, as a tensor of the transposed shape. Maps, blocks and other
// views are taken if their elements lie without gaps, else the error is kArgument. They may be
// temporaries, since what they look at stays in place; a temporary matrix does not compile.
#ifndef CAIRN_SESSION_EIGEN_H_
#define CAIRN_SESSION_EIGEN_H_

#include <Eigen/Core>
#include <concepts>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "cairn/session/array_traits.h"

namespace cairn {

template <>
constexpr DType DTypeOf<Eigen::half>() {
  return DType::kFloat16;
}
template <>
constexpr DType DTypeOf<Eigen::bfloat16>() {
  return DType::kBFloat16;
}

// A matrix, an array, a view of one, or another expression.
template <typename T>
concept EigenExpression = std::derived_from<T, Eigen::DenseBase<T>>;

namespace internal {

// A Matrix or Array, which has memory of its own.
template <typename T>
concept EigenOwner = std::derived_from<T, Eigen::PlainObjectBase<T>>;

// A Ref of what cannot be assigned may hold a copy of its own.
template <typename T>
inline constexpr bool kIsConstRef = false;
template <typename T, int kOptions, typename Stride>
inline constexpr bool kIsConstRef<Eigen::Ref<const T, kOptions, Stride>> = true;

// Whether the elements follow each other in row-major order.
template <typename T>
bool IsContiguous(const T& array) {
  if (array.size() <= 1) return true;
  if constexpr (T::IsVectorAtCompileTime) {
    return array.innerStride() == 1;
  } else {
    return (array.cols() == 1 || array.innerStride() == 1) &&
           (array.rows() == 1 || array.outerStride() == array.cols());
  }
}

}  // namespace internal

template <EigenExpression T>
struct ArrayTraits<T> {
  using Element = typename T::Scalar;
  static constexpr bool kOwnsElements = internal::EigenOwner<T> || internal::kIsConstRef<T>;
  static constexpr bool kIsWritable = (int{T::Flags} & Eigen::LvalueBit) != 0;
  using ReadElement = std::conditional_t<kIsWritable, Element, const Element>;

  static Result<std::span<ReadElement>> ElementsOf(T& array) {
    return Elements<ReadElement>(array);
  }
  static Result<std::span<const Element>> ElementsOf(const T& array) {
    return Elements<const Element>(array);
  }

  static std::vector<int64_t> DimsOf(const T& array) {
    if constexpr (T::IsVectorAtCompileTime) {
      return {array.size()};
    } else {
      return {array.rows(), array.cols()};
    }
  }

  // A vector can have any dims.
  static bool CanHave(std::span<const int64_t> dims)
    requires(internal::EigenOwner<T> && T::SizeAtCompileTime == Eigen::Dynamic)
  {
    if constexpr (T::IsVectorAtCompileTime) return true;
    constexpr int64_t kRows = T::RowsAtCompileTime;  // Dynamic is -1, as a dim that is not known
    constexpr int64_t kCols = T::ColsAtCompileTime;
    return dims.size() == 2 && (kRows == Eigen::Dynamic || dims[0] == kRows) &&
           (kCols == Eigen::Dynamic || dims[1] == kCols);
  }
  static void Resize(T& array, std::span<const int64_t> dims)
    requires(internal::EigenOwner<T> && T::SizeAtCompileTime == Eigen::Dynamic)
  {
    if constexpr (T::IsVectorAtCompileTime) {
      array.resize(static_cast<Eigen::Index>(NumElements(dims).value_or(0)));
    } else {
      array.resize(dims[0], dims[1]);
    }
  }

 private:
  template <typename E>
  static Result<std::span<E>> Elements(auto& array) {
    constexpr bool kHasMemory = (int{T::Flags} & Eigen::DirectAccessBit) != 0;
    constexpr bool kIsRowMajor = T::IsVectorAtCompileTime || T::IsRowMajor;
    static_assert(
        kHasMemory,
        "this Eigen expression has no elements in memory: evaluate it into a matrix, keep "
        "that, and pass it to Cairn");
    static_assert(!kHasMemory || kIsRowMajor,
                  "checkpoints are row-major, and this matrix is column-major: declare it as "
                  "Eigen::Matrix<Scalar, Rows, Columns, Eigen::RowMajor>, or pass its transpose() "
                  "to Cairn as a tensor of the transposed shape");
    if constexpr (kHasMemory && kIsRowMajor) {
      if (internal::IsContiguous(array)) {
        return std::span<E>(array.data(), static_cast<size_t>(array.size()));
      }
    }
    return Status(Reason::kArgument, "the elements of this Eigen view do not follow each other")
        .WithHint("copy the view into a row-major matrix, and pass that");
  }
};

}  // namespace cairn

#endif  // CAIRN_SESSION_EIGEN_H_
