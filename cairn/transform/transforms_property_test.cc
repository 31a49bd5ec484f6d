// Properties that every change of a dict has, for any names, shapes and values.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "cairn/testing/values.h"
#include "cairn/transform/combine_dicts.h"
#include "cairn/transform/edit_tensors.h"
#include "cairn/transform/name_rules.h"
#include "cairn/transform/recipe.h"

namespace cairn {
namespace {

constexpr size_t kRank = 3;

// A tensor of random numbers, of three dimensions of up to five elements.
template <typename T>
std::shared_ptr<const TensorSource> AnySource(const rc::Gen<T>& number) {
  const auto dims = *rc::gen::container<std::vector<int64_t>>(kRank, rc::gen::inRange<int>(0, 6));
  const auto count = static_cast<size_t>(dims[0] * dims[1] * dims[2]);
  return SourceOf<T>({dims[0], dims[1], dims[2]},
                     *rc::gen::container<std::vector<T>>(count, number));
}
std::shared_ptr<const TensorSource> AnySource() {
  return AnySource<int32_t>(rc::gen::arbitrary<int32_t>());
}
// Sums of a few of these numbers have no rounding errors in float64.
std::shared_ptr<const TensorSource> AnyFloats() {
  return AnySource<float>(rc::gen::map(rc::gen::inRange(-(1 << 24), 1 << 24), [](int number) {
    return static_cast<float>(number) / 1024;
  }));
}

// Some of a few names, so that dicts have some in common.
TensorDict AnyDict() {
  TensorDict::Builder builder;
  for (const char* name : {"a", "b", "c", "s/a", "s/b", "t/a"})
    if (*rc::gen::arbitrary<bool>()) builder.Add(name, AnySource());
  return builder.Build().value();
}

// Asserts that both have the same names, dtypes, shapes and bytes; they are read in pieces that
// elements and rows do not fit into.
void AssertEqual(const TensorDict& a, const TensorDict& b) {
  const size_t piece_nbytes = *rc::gen::inRange<size_t>(1, 70);
  RC_ASSERT(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    RC_ASSERT(a.name(i) == b.name(i));
    RC_ASSERT(a.info(i).dtype == b.info(i).dtype);
    RC_ASSERT(std::ranges::equal(a.info(i).dims, b.info(i).dims));
    RC_ASSERT(ReadStream(**a.source(i), piece_nbytes).value() ==
              ReadStream(**b.source(i), piece_nbytes).value());
  }
}

TensorDict Edit(const TensorDict& dict, const Recipe& recipe) {
  return EditTensors(dict, recipe).value();
}

RC_GTEST_PROP(TransformsProperty, RenamedThereAndBack, ()) {
  const TensorDict dict = AnyDict();
  RC_PRE(dict.size() > 0);
  const std::string prefix = *rc::gen::element<std::string>("p/", "a/", "a/b/");
  const TensorDict there = Rename(dict, {.rename = {"=" + prefix}}).value();
  for (size_t i = 0; i < dict.size(); ++i)
    RC_ASSERT(there.Find(prefix + std::string(dict.name(i))).has_value());
  AssertEqual(dict, Rename(there, {.substitute = {"s!^" + prefix + "!!"}}).value());
}

RC_GTEST_PROP(TransformsProperty, SplitAndJoinedAgain, ()) {
  const TensorDict dict = DictOf({{"whole", AnySource()}, {"z", AnySource()}});
  const auto axis = *rc::gen::inRange<size_t>(0, kRank);
  const int64_t size = dict.info(0).dims[axis];
  const auto num_parts = *rc::gen::inRange<int64_t>(1, 6);
  RC_PRE(size % num_parts == 0);
  std::string parts;
  for (int64_t i = 0; i < num_parts; ++i) parts += (i > 0 ? ",p" : "p") + std::to_string(i);
  const std::string at = "@" + std::to_string(axis);
  const TensorDict split = Edit(dict, {.split = {"whole=" + parts + at}});
  RC_ASSERT(split.size() == static_cast<size_t>(num_parts) + 1);
  AssertEqual(dict, Edit(split, {.concat = {"whole=" + parts + at}}));
}

RC_GTEST_PROP(TransformsProperty, TransposedThereAndBack, ()) {
  const TensorDict dict = DictOf({{"w", AnySource()}});
  std::vector<size_t> axes{0, 1, 2};
  for (size_t i = kRank; i > 1; --i) std::swap(axes[i - 1], axes[*rc::gen::inRange<size_t>(0, i)]);
  std::vector<size_t> back(kRank);
  for (size_t i = 0; i < kRank; ++i) back[axes[i]] = i;
  const auto all = NamePattern::Make("**", PatternSyntax::kGlob).value();
  const TensorDict there = TransposeTensors(dict, all, axes).value();
  AssertEqual(dict, TransposeTensors(there, all, back).value());
}

RC_GTEST_PROP(TransformsProperty, PaddedAndSlicedToWhatItWas, ()) {
  const TensorDict dict = DictOf({{"w", AnySource()}});
  std::string pad;
  std::string slice;
  for (const int64_t size : dict.info(0).dims) {
    const int before = *rc::gen::inRange(0, 4);
    const int after = *rc::gen::inRange(0, 4);
    const std::string comma = pad.empty() ? "" : ",";
    pad += comma + std::to_string(before) + ":" + std::to_string(after);
    slice += comma + std::to_string(before) + ":" + std::to_string(before + size);
  }
  AssertEqual(dict, Edit(Edit(dict, {.pad = {"w=" + pad}}), {.slice = {"w=" + slice}}));
}

RC_GTEST_PROP(TransformsProperty, FlattenedThereAndBack, ()) {
  const TensorDict dict = DictOf({{"w", AnySource()}});
  const auto dims = dict.info(0).dims;
  RC_PRE(dict.info(0).nbytes > 0);
  const TensorDict flat = Edit(dict, {.reshape = {"w=-1"}});
  RC_ASSERT(flat.info(0).dims.size() == 1u);
  AssertEqual(dict, Edit(flat, {.reshape = {"w=" + std::to_string(dims[0]) + "," +
                                            std::to_string(dims[1]) + ",-1"}}));
}

// Every value of 16 bits but NaN, of which only that it is one is kept.
TEST(TransformsTest, WideningAndNarrowingLosesNothing) {
  for (const DType dtype : {DType::kFloat16, DType::kBFloat16}) {
    const uint16_t infinity = dtype == DType::kFloat16 ? 0x7c00 : 0x7f80;
    std::vector<uint16_t> bits;
    for (uint32_t i = 0; i <= 0xffff; ++i)
      if ((i & 0x7fff) <= infinity) bits.push_back(static_cast<uint16_t>(i));
    const TensorDict dict = DictOf({{"w", SourceOfBytes(dtype, {static_cast<int64_t>(bits.size())},
                                                        std::as_bytes(std::span(bits)))}});
    for (const char* wide : {"float32", "float64"}) {
      CastReport report;
      const TensorDict there = EditTensors(dict, {.dtype = {wide}}, nullptr, &report).value();
      const TensorDict back =
          EditTensors(there, {.dtype = {std::string(Name(dtype))}}, nullptr, &report).value();
      EXPECT_EQ(*ReadStream(**dict.source(0), 4096), *ReadStream(**back.source(0), 4096)) << wide;
      EXPECT_TRUE(report.Losses().empty());
    }
  }
}

RC_GTEST_PROP(TransformsProperty, AnAverageOfEqualDictsIsEachOfThem, ()) {
  const TensorDict dict = DictOf({{"step", AnySource()}, {"w", AnyFloats()}});
  const auto weights =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<double>>(rc::gen::inRange(1, 100)));
  AssertEqual(dict, AverageDicts(std::vector(weights.size(), dict), {.weights = weights}).value());
}

RC_GTEST_PROP(TransformsProperty, ATaskVectorAddedToItsBaseIsTheTunedModel, ()) {
  const auto w = AnyFloats();
  const auto& dims = w->shape().dims();
  const auto count = w->shape().num_elements();
  const auto tuned = SourceOf<float>(
      {dims[0], dims[1], dims[2]},
      *rc::gen::container<std::vector<float>>(count, rc::gen::inRange(-1000, 1000)));
  const TensorDict base_dict = DictOf({{"w", w}});
  const TensorDict tuned_dict = DictOf({{"w", tuned}});
  // In float32 the difference is rounded, so only numbers of few bits come back.
  const TensorDict wide_base = Edit(base_dict, {.dtype = {"float64"}});
  const TensorDict wide_tuned = Edit(tuned_dict, {.dtype = {"float64"}});
  const TensorDict change = SubtractDicts(wide_tuned, wide_base).value();
  AssertEqual(wide_tuned, AddDicts(wide_base, change).value());
}

RC_GTEST_PROP(TransformsProperty, MergingIsAssociative, ()) {
  const TensorDict a = AnyDict();
  const TensorDict b = AnyDict();
  const TensorDict c = AnyDict();
  const TensorDict all = MergeDicts({a, b, c});
  AssertEqual(all, MergeDicts({MergeDicts({a, b}), c}));
  AssertEqual(all, MergeDicts({a, MergeDicts({b, c})}));
}

TEST(TransformsTest, ARecipeOfSeveralSourcesIsRefused) {
  const TensorDict dict = DictOf({{"w", SourceOf<float>({}, {1})}});
  EXPECT_EQ(EditTensors(dict, {.verb = "prune"}).status().reason(), Reason::kUnsupported);
  EXPECT_EQ(EditTensors(dict, {.sources = {"b"}}).status().reason(), Reason::kUnsupported);
}

// The value of a damaged tensor is never given out by a change of it.
TEST(TransformsTest, DamageIsFoundThroughEveryChange) {
  const std::vector<float> values{1, 2, 3, 4};
  const TensorDict dict = DictOf(
      {{"v", SourceOf<float>({2, 2}, values)}, {"w", DamagedSourceOf<float>({2, 2}, values)}});
  const RowsText rows{"w", {"a", "b"}, {"b", "c", "a"}};
  for (const Recipe& recipe : std::vector<Recipe>{
           {.names = {.rename = {"w=x"}}},
           {.concat = {"x=v,w@1"}},
           {.split = {"w=x,y"}},
           {.slice = {"w=0:1"}},
           {.pad = {"w=1:1,1:1"}},
           {.rows = {rows}},
           {.transpose = {"w=1,0"}},
           {.reshape = {"w=-1"}},
           {.dtype = {"bfloat16"}},
           {.slice = {"w=:,1:"}, .transpose = {"w=1,0"}, .reshape = {"w=-1"}, .dtype = {"int32:w"}},
       }) {
    const TensorDict renamed = Rename(dict, recipe.names).value();
    const TensorDict changed = Edit(renamed, recipe);
    bool is_found = false;
    for (size_t i = 0; i < changed.size(); ++i)
      is_found |= ReadStream(**changed.source(i)).status().reason() == Reason::kCrc;
    EXPECT_TRUE(is_found) << changed.name(0);
  }
  for (const auto& combined :
       {AverageDicts({dict, dict}), AddDicts(dict, dict), SubtractDicts(dict, dict),
        Result<TensorDict>(MergeDicts({dict, dict})),
        AverageDicts({dict, dict}, {.method = AverageMethod::kGeometric}),
        AverageDicts({dict, dict}, {.method = AverageMethod::kSpherical})}) {
    EXPECT_EQ(ReadStream(**combined->Get("w")).status().reason(), Reason::kCrc);
    EXPECT_TRUE(ReadStream(**combined->Get("v")).ok());
  }
}

}  // namespace
}  // namespace cairn
