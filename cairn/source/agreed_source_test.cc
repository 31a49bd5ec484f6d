#include "cairn/source/agreed_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/source/string_source.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using ::testing::ElementsAre;
using SourcePtr = std::shared_ptr<const TensorSource>;

TEST(AgreedValueTest, IsTheValueOfAll) {
  const SourcePtr a = SourceOf<int64_t>({3}, {1, 2, 3});
  EXPECT_THAT(*ValuesOf<int64_t>(**AgreedValue({a, a, a}), 5), ElementsAre(1, 2, 3));
  const SourcePtr other = SourceOf<int64_t>({3}, {1, 2, 4});
  EXPECT_EQ(ReadStream(**AgreedValue({a, a, other})).status().text(),
            "has another value in source 3 than in the first, in element 2");
  EXPECT_EQ(AgreedValue({a, SourceOf<float>({3}, {1, 2, 3})}).status().reason(), Reason::kMismatch);
  EXPECT_EQ(AgreedValue({a, SourceOf<int64_t>({1}, {1})}).status().reason(), Reason::kMismatch);
  EXPECT_EQ((*AgreedValue({MakeTextSource("x"), MakeTextSource("x")}))->ReadStrings()->size(), 1u);
  EXPECT_EQ(
      (*AgreedValue({MakeTextSource("x"), MakeTextSource("y")}))->ReadStrings().status().reason(),
      Reason::kMismatch);
}

}  // namespace
}  // namespace cairn
