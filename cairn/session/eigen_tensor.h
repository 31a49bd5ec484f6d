// Eigen's tensors as variables of a MemorySession, and as an Array that is saved: Tensor,
// TensorFixedSize and TensorMap with the layout Eigen::RowMajor. This header needs Eigen 3.4 with
// its unsupported modules; nothing else of Cairn does.
//
//   Eigen::Tensor<float, 4, Eigen::RowMajor> kernel(3, 3, 8, 16), more;
//   session.Add("conv/W", kernel);                 float32[3,3,8,16]
//   session.Add("more", more, {-1, 3, 8, 16});     is resized to what the checkpoint has
//
// A temporary Tensor, and one of Eigen's default layout, which is column-major, do not compile.
#ifndef CAIRN_SESSION_EIGEN_TENSOR_H_
#define CAIRN_SESSION_EIGEN_TENSOR_H_

#include <algorithm>
#include <array>
#include <span>
#include <type_traits>
#include <unsupported/Eigen/CXX11/Tensor>
#include <vector>

#include "cairn/session/eigen.h"

namespace cairn {
namespace internal {

// Holds what the three kinds of tensors share.
template <typename T, bool kOwns, typename E>
struct EigenTensorTraits {
  using Element = std::remove_const_t<E>;
  static constexpr bool kOwnsElements = kOwns;
  static constexpr bool kIsWritable = !std::is_const_v<E>;

  static Result<std::span<E>> ElementsOf(T& array) {
    CheckLayout();
    return std::span<E>(array.data(), static_cast<size_t>(array.size()));
  }
  static Result<std::span<const Element>> ElementsOf(const T& array) {
    CheckLayout();
    return std::span<const Element>(array.data(), static_cast<size_t>(array.size()));
  }
  static std::vector<int64_t> DimsOf(const T& array) {
    std::vector<int64_t> dims;
    for (int i = 0; i < T::NumDimensions; ++i) dims.push_back(array.dimension(i));
    return dims;
  }

 private:
  static void CheckLayout() {
    static_assert(int{T::Layout} == Eigen::RowMajor,
                  "checkpoints are row-major, and this tensor is column-major: declare it as "
                  "Eigen::Tensor<Scalar, Rank, Eigen::RowMajor>");
  }
};

}  // namespace internal

template <typename E, int kRank, int kOptions, typename Index>
struct ArrayTraits<Eigen::Tensor<E, kRank, kOptions, Index>>
    : internal::EigenTensorTraits<Eigen::Tensor<E, kRank, kOptions, Index>, true, E> {
  static bool CanHave(std::span<const int64_t> dims) { return dims.size() == kRank; }
  static void Resize(Eigen::Tensor<E, kRank, kOptions, Index>& array,
                     std::span<const int64_t> dims) {
    Eigen::array<Index, kRank> sizes;
    std::ranges::transform(dims, sizes.begin(), [](int64_t d) { return static_cast<Index>(d); });
    array.resize(sizes);
  }
};

template <typename E, typename Sizes, int kOptions, typename Index>
struct ArrayTraits<Eigen::TensorFixedSize<E, Sizes, kOptions, Index>>
    : internal::EigenTensorTraits<Eigen::TensorFixedSize<E, Sizes, kOptions, Index>, true, E> {};

template <typename Tensor, int kOptions>
struct ArrayTraits<Eigen::TensorMap<Tensor, kOptions>>
    : internal::EigenTensorTraits<
          Eigen::TensorMap<Tensor, kOptions>, false,
          std::remove_pointer_t<
              decltype(std::declval<Eigen::TensorMap<Tensor, kOptions>&>().data())>> {};

}  // namespace cairn

#endif  // CAIRN_SESSION_EIGEN_TENSOR_H_
