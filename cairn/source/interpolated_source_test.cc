#include "cairn/source/interpolated_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "cairn/testing/values.h"

namespace cairn {
namespace {

using ::testing::ElementsAre;
using SourcePtr = std::shared_ptr<const TensorSource>;

SourcePtr Floats(const std::vector<float>& values) {
  return SourceOf<float>({static_cast<int64_t>(values.size())}, values);
}

TEST(GeometricMeanTest, HasTheSignOfBoth) {
  EXPECT_THAT(*ValuesOf<float>(**GeometricMean(Floats({4, -4, 0}), Floats({9, -9, 5}), 0.5)),
              ElementsAre(6, -6, 0));
  EXPECT_EQ(ReadStream(**GeometricMean(Floats({1}), Floats({-1}), 0.5)).status().text(),
            "elements 1.000000 and -1.000000 have no geometric mean");
}

TEST(SphericalMeanTest, GoesAlongTheArc) {
  const auto middle = *ValuesOf<float>(**SphericalMean(Floats({1, 0}), Floats({0, 1}), 0.5));
  EXPECT_FLOAT_EQ(middle[0], std::sqrt(0.5f));
  EXPECT_FLOAT_EQ(middle[1], std::sqrt(0.5f));
  EXPECT_THAT(*ValuesOf<float>(**SphericalMean(Floats({1, 0}), Floats({0, 1}), 0)),
              ElementsAre(1, 0));
  EXPECT_THAT(*ValuesOf<float>(**SphericalMean(Floats({2, 0}), Floats({4, 0}), 0.5)),
              ElementsAre(3, 0))
      << "along the line where they are parallel";
  EXPECT_THAT(*ValuesOf<float>(**SphericalMean(Floats({0, 0}), Floats({4, 0}), 0.25)),
              ElementsAre(1, 0));
}

}  // namespace
}  // namespace cairn
