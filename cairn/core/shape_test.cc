#include "cairn/core/shape.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

TEST(ShapeTest, CountsElements) {
  EXPECT_EQ(*NumElements({}), 1u);
  EXPECT_EQ(Shape::Make({2, 3, 4})->num_elements(), 24u);
  EXPECT_EQ(Shape::Make({3, 0, 2})->num_elements(), 0u);
}

struct BadShape {
  const char* what;
  std::vector<int64_t> dims;
  Reason reason;
};

class BadShapeTest : public testing::TestWithParam<BadShape> {};

TEST_P(BadShapeTest, IsRefused) {
  EXPECT_EQ(NumElements(GetParam().dims).status().reason(), GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(
    , BadShapeTest,
    testing::Values(BadShape{"negative", {-1}, Reason::kShape},
                    BadShape{"most negative", {INT64_MIN, 2}, Reason::kShape},
                    BadShape{"255 dimensions", std::vector<int64_t>(255, 1), Reason::kShape},
                    BadShape{
                        "product 2^63", {int64_t{1} << 32, int64_t{1} << 31}, Reason::kOverflow},
                    BadShape{"product 2^64 + 4", {4294967296, 4294967297}, Reason::kOverflow},
                    BadShape{"too large beside a zero", {0, INT64_MAX, 2}, Reason::kOverflow}));

TEST(NbytesTest, IsChecked) {
  EXPECT_EQ(*Nbytes(DType::kFloat32, 3), 12u);
  EXPECT_EQ(*Nbytes(DType::kInt4, 3), 3u);
  EXPECT_EQ(Nbytes(DType::kComplex128, uint64_t{1} << 60).status().reason(), Reason::kOverflow);
  EXPECT_EQ(Nbytes(DType::kString, 1).status().reason(), Reason::kDType);
}

}  // namespace
}  // namespace cairn
