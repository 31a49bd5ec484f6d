#include "cairn/core/status.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

TEST(StatusTest, TheDefaultIsSuccess) {
  EXPECT_TRUE(Status().ok());
  EXPECT_EQ(Status().code(), StatusCode::kOk);
  EXPECT_TRUE(Status().In("file").ok());
}

TEST(StatusTest, AnErrorCarriesReasonCodeAndMessage) {
  const Status error(Reason::kCrc, "checksum differs");
  EXPECT_EQ(error.code(), StatusCode::kDataLoss);
  EXPECT_EQ(ReasonWord(error.reason()), "E_CRC");
  EXPECT_EQ(error.message(), "checksum differs");
}

TEST(StatusTest, PlacesGrowOutwardAndHintsStay) {
  const Status error = Status(Reason::kCrc, "checksum differs")
                           .WithHint("copy it again")
                           .In("block at 7")
                           .In("a.index");
  EXPECT_EQ(error.message(), "a.index: block at 7: checksum differs");
  EXPECT_EQ(error.hint(), "copy it again");
}

Result<int> Half(int n) {
  if (n % 2 != 0) return Status(Reason::kArgument, "odd");
  return n / 2;
}

Result<int> Quarter(int n) {
  CAIRN_ASSIGN_OR_RETURN(const int half, Half(n));
  return Half(half);
}

TEST(ResultTest, ErrorsLeaveTheFunction) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).status().message(), "odd");
  EXPECT_EQ(Quarter(7).status().reason(), Reason::kArgument);
}

TEST(ResultTest, SuccessWithoutAValueIsAnError) {
  EXPECT_EQ(Result<int>(Status()).status().reason(), Reason::kInternal);
}

}  // namespace
}  // namespace cairn
