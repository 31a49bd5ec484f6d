#include "cairn/io/temporary_name.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

TEST(TemporaryNameTest, TellsTheNameThatTheFileWillHave) {
  EXPECT_EQ(TemporaryName("run/m.index", 7), "run/m.index.cairn-tmp7");
  EXPECT_EQ(FinalNameOf("run/m.index.cairn-tmp7"), "run/m.index");
  EXPECT_EQ(FinalNameOf(TemporaryName("a.cairn-tmp1", 23)), "a.cairn-tmp1");
}

TEST(TemporaryNameTest, OtherNamesAreNotTemporary) {
  for (const char* name : {"m.index", "m.cairn-tmp", "m.cairn-tmpx", "m.cairn-tmp1.old",
                           "m.cairn-tmp-1", "m.tempstate1", ""})
    EXPECT_EQ(FinalNameOf(name), std::nullopt) << name;
}

}  // namespace
}  // namespace cairn
