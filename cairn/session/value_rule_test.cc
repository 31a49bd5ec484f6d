#include "cairn/session/value_rule.h"

#include <gtest/gtest.h>

#include "cairn/session/memory_source.h"
#include "cairn/session/recorded_fixture.h"
#include "cairn/session/session_init.h"

namespace cairn {
namespace {

Variable Floats(std::vector<int64_t> dims) {
  return {.name = "w", .dtype = DType::kFloat32, .dims = std::move(dims)};
}

TEST(ValueRuleTest, ExactlyTheSameIsAskedForWhereTheRuleIsNotRelaxed) {
  const std::vector<int64_t> dims = {2, 3};
  EXPECT_EQ(FitOf(Floats({2, 3}), DType::kFloat32, dims, false), Fit::kSame);
  EXPECT_EQ(FitOf(Floats({3, 2}), DType::kFloat32, dims, false), Fit::kWrongShape);
  EXPECT_EQ(FitOf(Floats({2, 3}), DType::kFloat64, dims, false), Fit::kWrongDType);
}

TEST(ValueRuleTest, TheNumberOfElementsIsLookedAtFirst) {
  const std::vector<int64_t> dims = {2, 3};
  EXPECT_EQ(FitOf(Floats({6}), DType::kFloat32, dims, true), Fit::kReshaped);
  EXPECT_EQ(FitOf(Floats({6}), DType::kFloat64, dims, true), Fit::kCast);
  EXPECT_EQ(FitOf(Floats({6}), DType::kInt32, dims, true), Fit::kWrongDType);
  EXPECT_EQ(FitOf(Floats({5}), DType::kInt32, dims, true), Fit::kWrongShape);
  EXPECT_EQ(FitOf(Floats({}), DType::kFloat32, {{0}}, true), Fit::kWrongShape);
}

TEST(ValueRuleTest, DimensionsThatAreNotKnownTakeAny) {
  const std::vector<int64_t> dims = {2, 3};
  EXPECT_EQ(FitOf(Floats({-1, 3}), DType::kFloat32, dims, false), Fit::kSame);
  EXPECT_EQ(FitOf(Floats({-1, 2}), DType::kFloat32, dims, true), Fit::kWrongShape);
  EXPECT_EQ(FitOf(Floats({-1}), DType::kFloat32, dims, true), Fit::kWrongShape);
  Variable any = Floats({});
  any.has_known_rank = false;
  EXPECT_EQ(FitOf(any, DType::kFloat32, dims, false), Fit::kSame);
  EXPECT_EQ(DimsInVariable(any, dims), dims);
  EXPECT_EQ(DimsInVariable(Floats({6}), dims), std::vector<int64_t>({6}));
}

TEST(ValueRuleTest, IntegersMayBeCastWhereTheirRangeIsKept) {
  EXPECT_TRUE(MayBeCast(DType::kInt4, DType::kInt8));
  EXPECT_TRUE(MayBeCast(DType::kUInt4, DType::kInt8));
  EXPECT_TRUE(MayBeCast(DType::kUInt2, DType::kInt4));
  EXPECT_FALSE(MayBeCast(DType::kUInt4, DType::kInt4));
  EXPECT_FALSE(MayBeCast(DType::kInt8, DType::kUInt64));
  EXPECT_FALSE(MayBeCast(DType::kQInt8, DType::kInt16));
  EXPECT_FALSE(MayBeCast(DType::kBool, DType::kInt8));
}

TEST(ValueRuleTest, FloatsMayBeCastWhereThereIsACast) {
  EXPECT_TRUE(MayBeCast(DType::kFloat8E4M3FN, DType::kFloat32));
  EXPECT_TRUE(MayBeCast(DType::kFloat32, DType::kFloat8E5M2));
  EXPECT_FALSE(MayBeCast(DType::kFloat32, DType::kFloat8E8M0FNU));
  EXPECT_FALSE(MayBeCast(DType::kComplex64, DType::kComplex128));
}

// Restores one array into a variable of another dtype, as each of the 225 pairs does.
class RecordedCastTest : public testing::Test {
 protected:
  static void Run(const Json& pair, const RecordedValue& from) {
    RecordedValue to = {*DTypeFromName(std::string(pair["to"])), from.dims, {}, {}};
    to.bytes.resize(from.dims[0] * ElementNbytes(to.dtype), std::byte{1});
    const RecordedValue before = to;
    MemorySession session;
    ASSERT_TRUE(session.Add("w", to.dtype, to.bytes, to.dims).ok());
    Array array(from.dtype, from.bytes, from.dims);
    const auto restored = DictRestore(*DictOf({{"w", array}})).Init(session);
    EXPECT_EQ(restored.ok(), pair["result"] != "error") << restored.status().message();
    if (!restored.ok()) {
      EXPECT_EQ(restored.status().reason(), Reason::kMismatch);
      EXPECT_EQ(to, before);
      return;
    }
    EXPECT_EQ(restored->items[0].match, pair["result"] == "cast" ? Match::kCast : Match::kMatched);
    EXPECT_EQ(to, ToValue(pair["value"]));
  }
};

TEST_F(RecordedCastTest, EveryPairOfDTypesAsTensorpackCasts) {
  const Json record = ReadRecord("casts.json");
  if (record.is_null()) GTEST_SKIP() << "CAIRN_CORPUS is not set";
  size_t num_pairs = 0;
  for (const Json& pair : record["pairs"]) {
    SCOPED_TRACE(pair["from"].get<std::string>() + " to " + pair["to"].get<std::string>());
    Run(pair, ToValue(record["source values"][pair["from"]]));
    ++num_pairs;
  }
  EXPECT_EQ(num_pairs, 225u);
}

}  // namespace
}  // namespace cairn
