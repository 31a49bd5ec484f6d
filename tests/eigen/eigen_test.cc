// Eigen's arrays in a MemorySession and in an Array: cairn/session/eigen.h and eigen_tensor.h.
#include "cairn/session/eigen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/session/eigen_tensor.h"
#include "cairn/session/memory_session.h"
#include "cairn/session/memory_source.h"
#include "cairn/session/session_init.h"
#include "cairn/testing/sanitizer.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using RowMajorMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using DimList = std::initializer_list<int64_t>;
using Tensor3 = Eigen::Tensor<float, 3, Eigen::RowMajor>;

// Restores 1, 2, 3, … into the variable "v", and returns its dims.
Result<std::vector<int64_t>> RestoreInto(MemorySession& session) {
  CAIRN_ASSIGN_OR_RETURN(const std::vector<int64_t> dims, session.DimsOf("v"));
  std::vector<float> values(*NumElements(dims));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i + 1);
  CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, DictOf({{"v", Array(values, dims)}}));
  CAIRN_RETURN_IF_ERROR(DictRestore(dict).Init(session).status());
  return dims;
}

// Adds the array, with its own dims or others, and restores 1, 2, 3, … into it. Returns the dims.
template <typename T, typename... DimArguments>
Result<std::vector<int64_t>> AddAndRestore(T&& array, DimArguments... dims) {
  MemorySession session;
  CAIRN_RETURN_IF_ERROR(session.Add("v", std::forward<T>(array), dims...));
  return RestoreInto(session);
}

TEST(EigenSessionTest, MatricesAreRestoredInPlace) {
  RowMajorMatrix dynamic(2, 3);
  const float* const before = dynamic.data();
  EXPECT_THAT(*AddAndRestore(dynamic), ElementsAre(2, 3));
  EXPECT_EQ(dynamic.data(), before);
  EXPECT_EQ(dynamic, (RowMajorMatrix(2, 3) << 1, 2, 3, 4, 5, 6).finished());

  Eigen::Array<float, 2, 2, Eigen::RowMajor> fixed;
  EXPECT_THAT(*AddAndRestore(fixed), ElementsAre(2, 2));
  EXPECT_EQ(fixed(1, 0), 3);

  RowMajorMatrix empty(0, 3);
  EXPECT_THAT(*AddAndRestore(empty), ElementsAre(0, 3));
}

TEST(EigenSessionTest, VectorsHaveOneDimension) {
  Eigen::VectorXf column(3);
  Eigen::RowVectorXf row(2);
  Eigen::Vector4f fixed;
  EXPECT_THAT(*AddAndRestore(column), ElementsAre(3));
  EXPECT_THAT(*AddAndRestore(row), ElementsAre(2));
  EXPECT_THAT(*AddAndRestore(fixed), ElementsAre(4));
  EXPECT_EQ(column, Eigen::Vector3f(1, 2, 3));
  EXPECT_EQ(row, Eigen::RowVector2f(1, 2));
  EXPECT_EQ(fixed, Eigen::Vector4f(1, 2, 3, 4));
}

TEST(EigenSessionTest, OtherDimsOfAsManyElementsCanBeGiven) {
  RowMajorMatrix matrix(2, 6);
  Eigen::VectorXf vector(3);
  EXPECT_THAT(*AddAndRestore(matrix, DimList{2, 3, 2}), ElementsAre(2, 3, 2));
  EXPECT_THAT(*AddAndRestore(vector, DimList{1, 3}), ElementsAre(1, 3));
  EXPECT_EQ(AddAndRestore(matrix, DimList{2, 5}).status().reason(), Reason::kArgument);
}

TEST(EigenSessionTest, ViewsWithoutGapsAreTaken) {
  std::vector<float> memory(12);
  EXPECT_THAT(*AddAndRestore(Eigen::Map<RowMajorMatrix>(memory.data(), 3, 4)), ElementsAre(3, 4));
  EXPECT_EQ(memory[11], 12);

  RowMajorMatrix matrix = RowMajorMatrix::Zero(3, 4);
  EXPECT_THAT(*AddAndRestore(matrix.middleRows(1, 2)), ElementsAre(2, 4));
  EXPECT_EQ(matrix.row(0).sum(), 0);
  EXPECT_EQ(matrix(1, 0), 1);
  EXPECT_EQ(matrix(2, 3), 8);
  EXPECT_THAT(*AddAndRestore(matrix.row(0)), ElementsAre(4));
  EXPECT_EQ(matrix(0, 3), 4);
  EXPECT_THAT(*AddAndRestore(Eigen::Ref<RowMajorMatrix>(matrix)), ElementsAre(3, 4));

  Eigen::MatrixXf column_major(2, 3);
  EXPECT_THAT(*AddAndRestore(column_major.transpose()), ElementsAre(3, 2));
  EXPECT_EQ(column_major(1, 0), 2);
  EXPECT_THAT(*AddAndRestore(column_major.col(2)), ElementsAre(2));
  EXPECT_EQ(column_major(1, 2), 2);

  RowMajorMatrix one_column(3, 1);
  EXPECT_THAT(*AddAndRestore(one_column.leftCols(1)), ElementsAre(3, 1));
}

TEST(EigenSessionTest, ViewsWithGapsAreRefused) {
  RowMajorMatrix matrix(3, 4);
  std::vector<float> memory(20);
  const Status block = AddAndRestore(matrix.leftCols(2)).status();
  EXPECT_EQ(block.reason(), Reason::kArgument);
  EXPECT_EQ(block.message(),
            "variable 'v': the elements of this Eigen view do not follow each other");
  EXPECT_THAT(std::string(block.hint()), HasSubstr("copy the view"));
  EXPECT_EQ(AddAndRestore(matrix.col(0)).status().reason(), Reason::kArgument);
  const Eigen::Map<RowMajorMatrix, 0, Eigen::OuterStride<>> outer(memory.data(), 3, 4,
                                                                  Eigen::OuterStride<>(5));
  EXPECT_EQ(DictOf({{"v", outer}}).status().reason(), Reason::kArgument);
  Eigen::Map<Eigen::VectorXf, 0, Eigen::InnerStride<2>> inner(memory.data(), 3);
  EXPECT_EQ(AddAndRestore(inner).status().reason(), Reason::kArgument);
}

TEST(EigenSessionTest, DynamicMatricesGrow) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  const TensorDict dict = *DictOf({{"any", {values, {2, 3}}},
                                   {"rows", {values, {3, 2}}},
                                   {"vector", {values, {1, 6}}},
                                   {"tensor", {values, {1, 3, 2}}}});
  RowMajorMatrix any;
  Eigen::Array<float, Eigen::Dynamic, 2, Eigen::RowMajor> rows;
  Eigen::RowVectorXf vector(1);
  Tensor3 tensor(2, 0, 2);
  MemorySession session;
  ASSERT_TRUE(session.Add("any", any, {-1, -1}).ok());
  ASSERT_TRUE(session.Add("rows", rows, {-1, 2}).ok());
  ASSERT_TRUE(session.Add("vector", vector, {1, -1}).ok());
  ASSERT_TRUE(session.Add("tensor", tensor, {-1, 3, -1}).ok());
  EXPECT_THAT(*session.DimsOf("any"), ElementsAre(0, 0));
  EXPECT_THAT(*session.DimsOf("rows"), ElementsAre(0, 2));
  EXPECT_THAT(*session.DimsOf("vector"), ElementsAre(1, 1));
  EXPECT_THAT(*session.DimsOf("tensor"), ElementsAre(0, 3, 0));
  const Result<RestorePlan> plan = DictRestore(dict).Init(session);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(any, (RowMajorMatrix(2, 3) << 1, 2, 3, 4, 5, 6).finished());
  EXPECT_EQ(rows.rows(), 3);
  EXPECT_EQ(rows(2, 1), 6);
  EXPECT_EQ(vector.size(), 6);
  EXPECT_EQ(tensor(0, 2, 1), 6);
  EXPECT_THAT(*session.DimsOf("vector"), ElementsAre(1, 6));
  EXPECT_THAT(*session.DimsOf("tensor"), ElementsAre(1, 3, 2));
  any.resize(4, 1);
  EXPECT_THAT(*session.DimsOf("any"), ElementsAre(4, 1)) << "the program resized it";
}

TEST(EigenSessionTest, WhatItsTypeFixesCannotBeUnknown) {
  MemorySession session;
  Eigen::Matrix<float, Eigen::Dynamic, 2, Eigen::RowMajor> two_columns;
  RowMajorMatrix any;
  Tensor3 tensor(1, 1, 1);
  const Status fixed = session.Add("v", two_columns, {-1, -1});
  EXPECT_EQ(fixed.reason(), Reason::kArgument);
  EXPECT_EQ(fixed.message(), "variable 'v': the type of its array cannot have the dims [-1,-1]");
  EXPECT_EQ(session.Add("v", two_columns, {-1, 3}).reason(), Reason::kArgument);
  EXPECT_EQ(session.Add("v", any, {-1, 2, 2}).reason(), Reason::kArgument) << "another rank";
  EXPECT_EQ(session.Add("v", tensor, {-1, 2}).reason(), Reason::kArgument) << "another rank";
  Eigen::Matrix<float, 2, 2, Eigen::RowMajor> square;
  const Status cannot_grow = session.Add("v", square, {-1, 2});
  EXPECT_THAT(std::string(cannot_grow.message()), HasSubstr("cannot grow"));
  std::vector<float> memory(4);
  EXPECT_EQ(session.Add("v", Eigen::Map<RowMajorMatrix>(memory.data(), 2, 2), {-1, 2}).reason(),
            Reason::kArgument);
}

TEST(EigenSessionTest, MoreElementsThanMemoryAreRefused) {
  if (kHasAddressSanitizer || kHasThreadSanitizer) GTEST_SKIP() << "the sanitizer ends the program";
  RowMajorMatrix matrix;
  Tensor3 tensor(0, 0, 0);
  MemorySession session;
  ASSERT_TRUE(session.Add("matrix", matrix, {-1, -1}).ok());
  ASSERT_TRUE(session.Add("tensor", tensor, {-1, -1, 2}).ok());
  for (const NewValue& value : {NewValue{0, {int64_t{1} << 30, int64_t{1} << 28}},
                                NewValue{1, {int64_t{1} << 30, int64_t{1} << 27, 2}}}) {
    EXPECT_EQ(session.Begin({{value}}).status().reason(), Reason::kNoMemory);
  }
  EXPECT_EQ(session.Begin({{NewValue{0, {INT64_MAX, 2}}}}).status().reason(), Reason::kArgument);
  EXPECT_EQ(matrix.size(), 0);
}

TEST(EigenSessionTest, TensorsAreRestored) {
  Tensor3 tensor(2, 1, 3);
  EXPECT_THAT(*AddAndRestore(tensor), ElementsAre(2, 1, 3));
  EXPECT_EQ(tensor(1, 0, 2), 6);
  Eigen::TensorFixedSize<float, Eigen::Sizes<2, 2>, Eigen::RowMajor> fixed;
  EXPECT_THAT(*AddAndRestore(fixed), ElementsAre(2, 2));
  EXPECT_EQ(fixed(1, 0), 3);
  Eigen::Tensor<float, 0, Eigen::RowMajor> scalar;
  EXPECT_THAT(*AddAndRestore(scalar), ElementsAre());
  EXPECT_EQ(scalar(), 1);
  std::vector<float> memory(6);
  EXPECT_THAT(*AddAndRestore(Eigen::TensorMap<Tensor3>(memory.data(), 3, 2, 1)),
              ElementsAre(3, 2, 1));
  EXPECT_EQ(memory[5], 6);
}

TEST(EigenArrayTest, EveryKindIsSaved) {
  const RowMajorMatrix matrix = (RowMajorMatrix(2, 2) << 1, 2, 3, 4).finished();
  const Eigen::Vector2d vector(5, 6);
  const Eigen::Matrix<Eigen::half, 1, 2> halves(Eigen::half(1), Eigen::half(2));
  std::vector<Eigen::bfloat16> brain(1, Eigen::bfloat16(1));
  const Eigen::MatrixXf column_major = matrix;
  Tensor3 tensor(1, 2, 1);
  tensor.setValues({{{7}, {8}}});
  const Result<TensorDict> dict =
      DictOf({{"matrix", matrix},
              {"flat", {matrix, {4}}},
              {"vector", vector},
              {"halves", halves},
              {"brain", {brain, {1}}},
              {"row", matrix.row(1)},
              {"transposed", column_major.transpose()},
              {"map", Eigen::Map<const Eigen::VectorXf>(matrix.data(), 3)},
              {"tensor", tensor},
              {"tensor_map", Eigen::TensorMap<const Tensor3>(tensor.data(), 2, 1, 1)}});
  ASSERT_TRUE(dict.ok()) << dict.status();
  EXPECT_EQ((*dict->Get("matrix"))->shape(), *Shape::Make({2, 2}));
  EXPECT_THAT(*ValuesOf<float>(**dict->Get("matrix")), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ((*dict->Get("flat"))->shape(), *Shape::Make({4}));
  EXPECT_THAT(*ValuesOf<double>(**dict->Get("vector")), ElementsAre(5, 6));
  EXPECT_EQ((*dict->Get("halves"))->dtype(), DType::kFloat16);
  EXPECT_EQ((*dict->Get("halves"))->nbytes(), 4u);
  EXPECT_EQ((*dict->Get("brain"))->dtype(), DType::kBFloat16);
  EXPECT_THAT(*ValuesOf<float>(**dict->Get("row")), ElementsAre(3, 4));
  EXPECT_THAT(*ValuesOf<float>(**dict->Get("transposed")), ElementsAre(1, 3, 2, 4));
  EXPECT_THAT(*ValuesOf<float>(**dict->Get("map")), ElementsAre(1, 2, 3));
  EXPECT_EQ((*dict->Get("tensor"))->shape(), *Shape::Make({1, 2, 1}));
  EXPECT_THAT(*ValuesOf<float>(**dict->Get("tensor_map")), ElementsAre(7, 8));
}

TEST(EigenArrayTest, AViewWithGapsIsRefusedByName) {
  const RowMajorMatrix matrix(3, 3);
  const Status status = DictOf({{"fc/W", matrix.leftCols(2)}}).status();
  EXPECT_EQ(status.reason(), Reason::kArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("'fc/W'"));
}

// Whether it compiles. refused.cc has what is refused with a sentence.
template <typename T>
concept CanAdd =
    requires(MemorySession session, T&& array) { session.Add("w", std::forward<T>(array)); };
template <typename T>
concept CanBeArray = std::is_constructible_v<Array, T>;
static_assert(CanAdd<RowMajorMatrix&> && CanAdd<Eigen::Map<RowMajorMatrix>> && CanAdd<Tensor3&>);
static_assert(!CanAdd<RowMajorMatrix> && !CanAdd<Eigen::VectorXf> && !CanAdd<Tensor3>, "temporary");
static_assert(!CanAdd<const RowMajorMatrix&> && !CanAdd<const Tensor3&>, "cannot be assigned");
static_assert(!CanAdd<Eigen::Map<const RowMajorMatrix>>, "cannot be assigned");
static_assert(!CanAdd<Eigen::TensorMap<const Tensor3>>, "cannot be assigned");
static_assert(!CanAdd<Eigen::Matrix<char, 2, 1>&>, "no dtype");
static_assert(CanBeArray<const RowMajorMatrix&> && CanBeArray<Eigen::Map<const RowMajorMatrix>>);
static_assert(!CanBeArray<RowMajorMatrix> && !CanBeArray<const Tensor3>, "temporary");
static_assert(!CanBeArray<Eigen::Ref<const RowMajorMatrix>>, "a temporary that may own a copy");
static_assert(CanBeArray<const Eigen::Ref<const RowMajorMatrix>&>);

}  // namespace
}  // namespace cairn
