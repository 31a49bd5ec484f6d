#include "cairn/core/status.h"

#include <gtest/gtest.h>

#include <sstream>

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

TEST(StatusTest, ThePlaceIsDataAndRenderedOnce) {
  const Status error = Status(Reason::kCrc, "checksum differs")
                           .WithHint("copy it again")
                           .In("block")
                           .AtOffset(7)
                           .InTensor("fc/W\n")
                           .AtPath("a.index");
  EXPECT_EQ(error.message(), "a.index: tensor 'fc/W\\n': offset 7: block: checksum differs");
  EXPECT_EQ(error.path(), "a.index");
  EXPECT_EQ(error.tensor(), "fc/W\n");
  EXPECT_EQ(error.offset(), 7u);
  EXPECT_EQ(error.hint(), "copy it again");
  EXPECT_EQ(error.ToString(), "E_CRC: " + std::string(error.message()));
}

TEST(StatusTest, TheInnermostPlaceStays) {
  const Status error =
      Status(Reason::kCrc, "differs").AtPath("a.data").AtPath("a").InTensor("").InTensor("t");
  EXPECT_EQ(error.message(), "a.data: tensor '': differs");
  EXPECT_EQ(error.AtOffset(1).AtOffset(2).offset(), 1u);
}

TEST(StatusTest, SuccessHasNoPlace) {
  EXPECT_TRUE(Status().AtPath("a").InTensor("b").AtOffset(1).WithHint("c").ok());
  EXPECT_EQ(Status().message(), "");
  EXPECT_EQ(Status().ToString(), "OK");
}

TEST(StatusTest, Prints) {
  std::ostringstream out;
  out << Status(Reason::kExists, "exists").AtPath("a") << "; " << Status();
  EXPECT_EQ(out.str(), "E_EXISTS: a: exists; OK");
}

TEST(StatusDeathTest, AnErrorNeedsAReason) {
  EXPECT_DEATH((void)Status(Reason::kNone, "nothing"), "made without a reason");
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

TEST(ResultTest, IsTrueWhereThereIsAValue) {
  if (const auto half = Half(8)) {
    EXPECT_EQ(*half, 4);
  } else {
    FAIL() << half.status();
  }
  EXPECT_FALSE(Half(7));
  EXPECT_EQ(Half(7).value_or(-1), -1);
  EXPECT_EQ(Half(8).value_or(-1), 4);
}

TEST(ResultTest, PlacesReachTheError) {
  const Status error = Half(7).In("count").AtPath("a").InTensor("t").AtOffset(3).status();
  EXPECT_EQ(error.message(), "a: tensor 't': offset 3: count: odd");
  EXPECT_EQ(*Half(8).AtPath("a"), 4);
}

TEST(ResultDeathTest, TheValueOfAnErrorEndsTheProgramWithItsMessage) {
  const Result<int> odd = Half(7);
  EXPECT_DEATH((void)*odd, "the value of a failed Result was used: E_ARGUMENT: odd");
  EXPECT_DEATH((void)Result<int>(Status()), "without an error");
}

}  // namespace
}  // namespace cairn
