#include "cairn/inspect/dict_diff.h"

#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <complex>
#include <limits>
#include <random>

#include "cairn/core/small_float.h"
#include "cairn/testing/growth.h"
#include "cairn/testing/sanitizer.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using SourcePtr = std::shared_ptr<const TensorSource>;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

DictDiff Diff(const TensorDict& a, const TensorDict& b, DiffOptions options = {}) {
  auto diff = DiffDicts(a, b, options);
  EXPECT_TRUE(diff.ok()) << diff.status().message();
  return *std::move(diff);
}
DictDiff DiffOf(const SourcePtr& a, const SourcePtr& b, DiffOptions options = {}) {
  return Diff(DictOf({{"t", a}}), DictOf({{"t", b}}), options);
}
ValueDiff ValuesOfPair(const SourcePtr& a, const SourcePtr& b, DiffOptions options = {}) {
  const DictDiff diff = DiffOf(a, b, options);
  EXPECT_THAT(diff.errors, IsEmpty());
  EXPECT_EQ(diff.changed.size(), 1u);
  return std::get<ValueDiff>(diff.changed.at(0).values);
}

template <typename T>
SourcePtr VectorSource(const std::vector<T>& values) {
  return SourceOf<T>({static_cast<int64_t>(values.size())}, values);
}

TEST(DictDiffTest, ListsWhatOneSideHasAndWhatChanged) {
  const TensorDict a = DictOf({{"dtype", VectorSource<float>({1, 2})},
                               {"gone", VectorSource<int32_t>({1})},
                               {"same", VectorSource<float>({1, 2})},
                               {"shape", VectorSource<float>({1, 2})},
                               {"value", VectorSource<float>({1, 2})}});
  const TensorDict b = DictOf({{"dtype", VectorSource<double>({1, 2})},
                               {"new", VectorSource<int16_t>({1})},
                               {"same", VectorSource<float>({1, 2})},
                               {"shape", SourceOf<float>({2, 1}, {1, 2})},
                               {"value", VectorSource<float>({1, 4})}});
  const DictDiff diff = Diff(a, b);
  EXPECT_FALSE(diff.is_equal());
  EXPECT_THAT(diff.only_in_a, ElementsAre(1));
  EXPECT_THAT(diff.only_in_b, ElementsAre(1));
  EXPECT_THAT(diff.renamed, IsEmpty());
  ASSERT_EQ(diff.changed.size(), 3u);
  EXPECT_EQ(a.name(diff.changed[0].a), "dtype");
  EXPECT_EQ(std::get<ValueDiff>(diff.changed[0].values).num_over, 0u);
  EXPECT_EQ(a.name(diff.changed[1].a), "shape");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(diff.changed[1].values));
  const auto& values = std::get<ValueDiff>(diff.changed[2].values);
  EXPECT_EQ(values.num_different, 1u);
  EXPECT_EQ(std::get<double>(values.max_abs), 2);
  EXPECT_EQ(values.max_rel, 0.5);
  EXPECT_EQ(values.rel_l2, 2 / std::sqrt(17));
  EXPECT_EQ(values.cosine, 9 / (std::sqrt(5) * std::sqrt(17)));
  EXPECT_EQ(diff.num_compared, 4u);
}

TEST(DictDiffTest, EqualDictsAreEqual) {
  const TensorDict a = DictOf({{"empty", SourceOf<float>({0, 3}, {})},
                               {"scalar", SourceOf<float>({}, {2.5F})},
                               {"v", VectorSource<int64_t>({1, 2})}});
  for (const bool read_all : {false, true}) {
    const DictDiff diff = Diff(a, a, {.read_all = read_all});
    EXPECT_TRUE(diff.is_equal());
    EXPECT_EQ(diff.num_equal_by_checksum, read_all ? 0u : 3u);
    EXPECT_EQ(diff.nbytes_read, read_all ? 2 * 20u : 0u);
  }
  EXPECT_TRUE(Diff({}, {}).is_equal());
}

// A tolerance judges two numbers as numpy.isclose does.
struct ClosenessRow {
  double a;
  double b;
  bool is_bit_equal;
  bool is_close;            // with rtol 0.1 and atol 1
  bool is_close_equal_nan;  // and with equal_nan
};
class ClosenessTest : public testing::TestWithParam<ClosenessRow> {
 protected:
  // Among so many equal elements that vectors are used, and after them.
  template <typename T>
  static void Check(size_t count, size_t at) {
    const ClosenessRow& row = GetParam();
    std::vector<T> a(count, T{1});
    std::vector<T> b = a;
    a[at] = static_cast<T>(static_cast<float>(row.a));
    b[at] = static_cast<T>(static_cast<float>(row.b));
    const auto is_equal = [&](DiffOptions options) {
      return DiffOf(VectorSource<T>(a), VectorSource<T>(b), options).is_equal();
    };
    EXPECT_EQ(is_equal({}), row.is_bit_equal);
    EXPECT_EQ(is_equal({.tolerance = Tolerance{0.1, 1}}), row.is_close);
    EXPECT_EQ(is_equal({.tolerance = Tolerance{0.1, 1, true}}), row.is_close_equal_nan);
  }
};
TEST_P(ClosenessTest, OfFloatsAndDoubles) {
  for (const size_t count : {1, 100}) {
    for (const size_t at : {size_t{0}, count / 2, count - 1}) {
      Check<float>(count, at);
      Check<double>(count, at);
      Check<std::complex<float>>(count, at);
    }
  }
}
INSTANTIATE_TEST_SUITE_P(, ClosenessTest,
                         testing::Values(ClosenessRow{1, 1, true, true, true},        //
                                         ClosenessRow{0.0, -0.0, false, true, true},  //
                                         ClosenessRow{1, 2, false, true, true},       //
                                         ClosenessRow{10, 12.125, false, true, true},
                                         ClosenessRow{12.25, 10, false, false, false},
                                         ClosenessRow{kInf, kInf, true, true, true},
                                         ClosenessRow{kInf, -kInf, false, false, false},
                                         ClosenessRow{kInf, 1, false, false, false},
                                         ClosenessRow{1, kInf, false, false, false},
                                         ClosenessRow{kNan, kNan, true, false, true},
                                         ClosenessRow{kNan, 1, false, false, false},
                                         ClosenessRow{1, kNan, false, false, false},
                                         ClosenessRow{kInf, kNan, false, false, false}));

TEST(DictDiffTest, NumbersBesideNanAndInfinity) {
  const auto values = ValuesOfPair(VectorSource<float>({3, NAN, 1, INFINITY, 7, NAN}),
                                   VectorSource<float>({4, 1, NAN, INFINITY, 7, NAN}));
  EXPECT_EQ(values.num_different, 3u);
  EXPECT_EQ(values.num_nan_in_a, 1u);
  EXPECT_EQ(values.num_nan_in_b, 1u);
  EXPECT_EQ(std::get<double>(values.max_abs), 1);
  EXPECT_EQ(values.max_rel, 0.25);
  EXPECT_EQ(values.rel_l2, 1 / std::sqrt(65));
  const auto infinite =
      ValuesOfPair(VectorSource<float>({1, 2}), VectorSource<float>({-INFINITY, 2}));
  EXPECT_EQ(std::get<double>(infinite.max_abs), kInf);
  EXPECT_EQ(infinite.rel_l2, 0);
}

TEST(DictDiffTest, WithoutADivisorThereIsNoQuotient) {
  const auto values = ValuesOfPair(VectorSource<float>({1, 2}), VectorSource<float>({0, 0}));
  EXPECT_EQ(values.max_rel, std::nullopt);
  EXPECT_EQ(values.rel_l2, std::nullopt);
  EXPECT_EQ(values.cosine, std::nullopt);
}

TEST(DictDiffTest, WideIntegersAreComparedExactly) {
  constexpr int64_t kLow = std::numeric_limits<int64_t>::min();
  constexpr int64_t kHigh = std::numeric_limits<int64_t>::max();
  const auto signed_values =
      ValuesOfPair(VectorSource<int64_t>({kLow, 1}), VectorSource<int64_t>({kHigh, 1}));
  EXPECT_EQ(std::get<uint64_t>(signed_values.max_abs), UINT64_MAX);
  const auto neighbours =
      ValuesOfPair(VectorSource<uint64_t>({UINT64_MAX}), VectorSource<uint64_t>({UINT64_MAX - 1}));
  EXPECT_EQ(std::get<uint64_t>(neighbours.max_abs), 1u);
  EXPECT_EQ(neighbours.num_different, 1u);
  const DiffOptions exact = {.tolerance = Tolerance{}};
  EXPECT_FALSE(
      DiffOf(VectorSource<int64_t>({kHigh}), VectorSource<int64_t>({kHigh - 1}), exact).is_equal());
}

TEST(DictDiffTest, EveryDtypeIsComparedWithItself) {
  for (const DTypeInfo& info : kDTypes) {
    if (info.nbytes == 0) continue;
    std::vector<std::byte> a(3 * info.nbytes);
    std::vector<std::byte> b = a;
    b[info.nbytes] = std::byte{1};
    const auto dims = {int64_t{3}};
    const DictDiff diff =
        DiffOf(SourceOfBytes(info.dtype, dims, a), SourceOfBytes(info.dtype, dims, b));
    ASSERT_EQ(diff.changed.size(), 1u) << info.name;
    EXPECT_EQ(std::get<ValueDiff>(diff.changed[0].values).num_different, 1u) << info.name;
    EXPECT_EQ(std::get<ValueDiff>(diff.changed[0].values).num_over, 1u) << info.name;
  }
}

// Only the lower bits of such an element mean something.
TEST(DictDiffTest, SpareBitsDoNotCount) {
  const std::byte a[] = {std::byte{0xff}, std::byte{0x03}};
  const std::byte b[] = {std::byte{0x0f}, std::byte{0x03}};
  EXPECT_TRUE(
      DiffOf(SourceOfBytes(DType::kInt4, {2}, a), SourceOfBytes(DType::kInt4, {2}, b)).is_equal());
}

TEST(DictDiffTest, OtherDtypesAreComparedInFloat64) {
  const auto half = static_cast<uint16_t>(BFloat16::Encode(1.5));
  const std::byte bytes[] = {static_cast<std::byte>(half & 0xff),
                             static_cast<std::byte>(half >> 8)};
  const SourcePtr bfloat = SourceOfBytes(DType::kBFloat16, {1}, bytes);
  for (const auto& [other, expected] :
       {std::pair<SourcePtr, double>(VectorSource<float>({1.25F}), 0.25),
        {VectorSource<double>({1.5}), 0},
        {VectorSource<int64_t>({3}), 1.5},
        {VectorSource<uint8_t>({3}), 1.5},
        {VectorSource<std::complex<float>>({{1.5F, 2}}), 2}}) {
    EXPECT_EQ(std::get<double>(ValuesOfPair(bfloat, other).max_abs), expected);
    EXPECT_EQ(std::get<double>(ValuesOfPair(other, bfloat).max_abs), expected);
    EXPECT_EQ(ValuesOfPair(other, bfloat).num_different, expected == 0 ? 0u : 1u);
  }
}

TEST(DictDiffTest, OtherDtypesHaveEqualZerosAndNans) {
  const auto values =
      ValuesOfPair(VectorSource<float>({-0.0F, NAN, 1}), VectorSource<double>({0.0, -kNan, 1}));
  EXPECT_EQ(values.num_different, 0u);
}

TEST(DictDiffTest, AccurateSumsWhateverTheThreads) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> a(3'000'000), b(a.size());
  double squares = 0, squares_b = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    b[i] = normal(random);
    a[i] = i % 3 == 0 ? b[i] : b[i] + normal(random) / 64;
    squares += (double(a[i]) - b[i]) * (double(a[i]) - b[i]);
    squares_b += double(b[i]) * b[i];
  }
  std::optional<ValueDiff> first;
  for (const int threads : {1, 2, 5}) {
    const ValueDiff values = ValuesOfPair(VectorSource<float>(a), VectorSource<float>(b),
                                          {.transfer = {.threads = threads}});
    EXPECT_NEAR(*values.rel_l2 / std::sqrt(squares / squares_b), 1, 1e-8);
    if (!first) first = values;
    EXPECT_EQ(values.rel_l2, first->rel_l2);
    EXPECT_EQ(values.cosine, first->cosine);
    EXPECT_EQ(values.max_rel, first->max_rel);
    EXPECT_EQ(values.num_different, first->num_different);
  }
}

TEST(DictDiffTest, DamageIsAnErrorAndNeverADifference) {
  const SourcePtr good = VectorSource<float>({1, 2});
  const SourcePtr other = VectorSource<float>({1, 3});
  const SourcePtr bad = DamagedSourceOf<float>({2}, {1, 2});
  for (const auto& [a, b] : {std::pair(bad, other), std::pair(other, bad)}) {
    const DictDiff diff = DiffOf(a, b);
    EXPECT_FALSE(diff.is_equal());
    EXPECT_THAT(diff.changed, IsEmpty());
    ASSERT_EQ(diff.errors.size(), 1u);
    EXPECT_EQ(diff.errors[0].code(), StatusCode::kDataLoss);
    EXPECT_THAT(std::string(diff.errors[0].ToString()), HasSubstr("'t'"));
    EXPECT_EQ(diff.num_compared, 0u);
  }
  EXPECT_EQ(DiffOf(bad, bad, {.read_all = true}).errors.size(), 2u);
}

TEST(DictDiffTest, ATensorThatIsNotCloseToItselfIsReadInSpiteOfItsChecksum) {
  const SourcePtr floats = VectorSource<float>({1, NAN});
  const SourcePtr integers = VectorSource<int32_t>({1, 2});
  const DiffOptions tolerant = {.tolerance = Tolerance{0.1, 0.1}};
  EXPECT_TRUE(DiffOf(floats, floats).is_equal());
  EXPECT_EQ(ValuesOfPair(floats, floats, tolerant).num_over, 1u);
  EXPECT_EQ(DiffOf(integers, integers, tolerant).num_equal_by_checksum, 1u);
  EXPECT_EQ(DiffOf(floats, floats, {.tolerance = Tolerance{0, 0, true}}).num_equal_by_checksum, 1u);
}

TEST(DictDiffTest, IsCancelled) {
  const std::atomic<bool> cancel = true;
  const SourcePtr source = VectorSource<float>({1});
  const TensorDict dict = DictOf({{"t", source}});
  const auto diff = DiffDicts(dict, dict, {.read_all = true, .transfer = {.cancel = &cancel}});
  EXPECT_EQ(diff.status().reason(), Reason::kCancelled);
}

struct GuessRow {
  const char* name;
  std::vector<std::string> a;
  std::vector<std::string> b;
  std::vector<std::pair<std::string, std::string>> expected;
};
class RenameGuessesTest : public testing::TestWithParam<GuessRow> {
 protected:
  static TensorDict Named(const std::vector<std::string>& names) {
    std::vector<std::pair<std::string, SourcePtr>> tensors;
    for (const std::string& name : names)
      tensors.emplace_back(name, VectorSource<float>({1, static_cast<float>(tensors.size())}));
    return DictOf(std::move(tensors));
  }
};
TEST_P(RenameGuessesTest, ByName) {
  const TensorDict a = Named(GetParam().a);
  const TensorDict b = Named(GetParam().b);
  std::vector<std::pair<std::string, std::string>> found;
  for (const RenameGuess& guess : Diff(a, b).renamed)
    found.emplace_back(a.name(guess.a), b.name(guess.b));
  EXPECT_EQ(found, GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(
    , RenameGuessesTest,
    testing::Values(
        GuessRow{"a scope that was added",
                 {"fc/W", "fc/b"},
                 {"net/fc/W", "net/fc/b"},
                 {{"fc/W", "net/fc/W"}, {"fc/b", "net/fc/b"}}},
        GuessRow{"a scope that was left out",
                 {"net/fc/W", "net/fc2/W"},
                 {"fc/W", "fc2/W"},
                 {{"net/fc/W", "fc/W"}, {"net/fc2/W", "fc2/W"}}},
        GuessRow{"a scope of names with dots",
                 {"model.fc.weight"},
                 {"fc.weight"},
                 {{"model.fc.weight", "fc.weight"}}},
        GuessRow{"the nearest of several names",
                 {"layer_1/kernel", "layer_2/kernel"},
                 {"layer_1/kernels", "layer_2/kernels"},
                 {{"layer_1/kernel", "layer_1/kernels"}, {"layer_2/kernel", "layer_2/kernels"}}},
        GuessRow{"names that are not near", {"alpha"}, {"omega/delta"}, {}},
        GuessRow{"a name that both have is not renamed", {"fc/W", "x"}, {"fc/W", "net/fc/W"}, {}}),
    [](const auto& row) {
      std::string name = row.param.name;
      std::ranges::replace(name, ' ', '_');
      return name;
    });

TEST(RenameTypesTest, DtypeAndShapeMustBeTheSame) {
  const auto num_guesses = [](const SourcePtr& a, const SourcePtr& b) {
    return Diff(DictOf({{"fc/W", a}}), DictOf({{"net/fc/W", b}})).renamed.size();
  };
  EXPECT_EQ(num_guesses(VectorSource<float>({1, 2}), VectorSource<float>({3, 4})), 1u);
  EXPECT_EQ(num_guesses(VectorSource<float>({1, 2}), VectorSource<double>({3, 4})), 0u);
  EXPECT_EQ(num_guesses(VectorSource<float>({1, 2}), VectorSource<float>({3})), 0u);
}

TensorDict ManyNames(int count, const std::string& scope) {
  std::vector<std::pair<std::string, SourcePtr>> tensors;
  for (int32_t i = 0; i < count; ++i)
    tensors.emplace_back(scope + "layer_" + std::to_string(i), SourceOf<int32_t>({}, {i}));
  return DictOf(std::move(tensors));
}

TEST(DictDiffGrowthTest, OfNames) {
  constexpr int kMany = kHasSlowSanitizer ? 20'000 : 100'000;
  const TensorDict few[] = {ManyNames(kMany / 10, ""), ManyNames(kMany / 10, "x/"),
                            ManyNames(kMany / 10, "another/")};
  const TensorDict many[] = {ManyNames(kMany, ""), ManyNames(kMany, "x/"),
                             ManyNames(kMany, "another/")};
  const auto read = [](const TensorDict* dicts) {
    EXPECT_TRUE(Diff(dicts[0], dicts[0], {.read_all = true}).is_equal());
  };
  EXPECT_LT(TimesAsLong([&] { read(many); }, [&] { read(few); }), kGrowthOfTen);
  const auto guess = [](const TensorDict* dicts) {
    EXPECT_EQ(Diff(dicts[0], dicts[1]).renamed.size(), dicts[0].size());
  };
  EXPECT_LT(TimesAsLong([&] { guess(many); }, [&] { guess(few); }), kGrowthOfTen);
  // Names that are near and too many to compare each with each.
  EXPECT_LT(TimesAsLong([&] { Diff(many[1], many[2]); }, [&] { Diff(few[1], few[2]); }),
            kGrowthOfTen);
}

}  // namespace
}  // namespace cairn
