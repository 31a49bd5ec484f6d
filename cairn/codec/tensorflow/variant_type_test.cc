#include "cairn/codec/tensorflow/variant_type.h"

#include <gtest/gtest.h>

namespace cairn::tensorflow {
namespace {

TEST(VariantTypeTest, IsTheNameInTheMessage) {
  EXPECT_EQ(*VariantTypeName(AsBytes("\x0a\x04List\x12\x01m")), "List");
  EXPECT_EQ(*VariantTypeName(AsBytes("\x12\x01m")), "");
  EXPECT_EQ(*VariantTypeName({}), "");
}

TEST(VariantTypeTest, DamagedMessages) {
  for (const char* const message : {"\x0a\x05List", "\x0a", "\x08\x01", "\xff"})
    EXPECT_EQ(VariantTypeName(AsBytes(message)).status().reason(), Reason::kProto);
}

}  // namespace
}  // namespace cairn::tensorflow
