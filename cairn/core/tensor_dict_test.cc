#include "cairn/core/tensor_dict.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "cairn/testing/values.h"

namespace cairn {
namespace {

TensorDict Build(const std::vector<std::string>& names) {
  TensorDict::Builder builder;
  for (size_t i = 0; i < names.size(); ++i)
    builder.Add(names[i], SourceOf<int32_t>({1}, {static_cast<int32_t>(i)}));
  return builder.Build().value();
}

std::vector<std::string> Names(const TensorDict& dict) {
  std::vector<std::string> names;
  for (const TensorInfo& tensor : dict) names.emplace_back(tensor.name);
  return names;
}

TEST(TensorDictTest, IsEmptyAtFirst) {
  const TensorDict dict;
  EXPECT_EQ(dict.size(), 0u);
  EXPECT_EQ(dict.Find(""), std::nullopt);
  EXPECT_TRUE(dict.metadata().empty());
  EXPECT_EQ(dict.Get("x").status().reason(), Reason::kMissing);
}

TEST(TensorDictTest, TellsOfATensorWithoutReadingIt) {
  TensorDict::Builder builder;
  builder.Add("w", DamagedSourceOf<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
  const TensorDict dict = builder.Build().value();
  const TensorInfo info = dict.info(0);
  EXPECT_EQ(info.name, "w");
  EXPECT_EQ(info.dtype, DType::kFloat32);
  EXPECT_EQ(ToString(info.dims), "[2,3]");
  EXPECT_EQ(info.nbytes, 24u);
  EXPECT_EQ(dict.stored_at(0), std::nullopt);
  EXPECT_EQ(ReadStream(**dict.source(0)).status().reason(), Reason::kCrc);
}

TEST(TensorDictTest, OrdersByTheBytesOfTheNames) {
  const TensorDict dict = Build({"b", "a/b", "a", "\xff", "", "B", "a.b", "a0"});
  EXPECT_EQ(Names(dict), (std::vector<std::string>{"", "B", "a", "a.b", "a/b", "a0", "b", "\xff"}));
  EXPECT_EQ(ValuesOf<int32_t>(**dict.Get("a/b")).value(), std::vector<int32_t>{1});
  EXPECT_EQ(ValuesOf<int32_t>(**dict.Get("")).value(), std::vector<int32_t>{4});
}

TEST(TensorDictTest, ANameTwiceIsRefused) {
  TensorDict::Builder builder;
  for (const char* name : {"x", "w\n", "a", "w\n"}) builder.Add(name, SourceOf<int8_t>({0}, {}));
  const Status status = builder.Build().status();
  EXPECT_EQ(status.reason(), Reason::kArgument);
  EXPECT_EQ(status.message(), "two tensors are named 'w\\n'");
  EXPECT_EQ(builder.Build()->size(), 0u);  // it was left empty
}

TEST(TensorDictTest, AMissingNameIsToldWithTheNearest) {
  const TensorDict dict = Build({"model/conv1/kernel", "dense/bias", "dense/kernel"});
  const Status near = dict.Get("conv1/kernel").status();
  EXPECT_EQ(near.reason(), Reason::kMissing);
  EXPECT_EQ(near.message(), "no tensor 'conv1/kernel' in the checkpoint");
  EXPECT_EQ(near.hint(), "did you mean 'model/conv1/kernel' or 'dense/kernel'?");
  EXPECT_EQ(dict.Get("entirely else").status().hint(), "");
}

TEST(TensorDictTest, AMissingNameHasNoInfoEither) {
  const TensorDict dict = Build({"dense/bias", "dense/kernel"});
  ASSERT_TRUE(dict.Info("dense/bias").ok());
  EXPECT_EQ(dict.Info("dense/bias")->dtype, DType::kInt32);
  EXPECT_EQ(ToString(dict.Info("dense/bias")->dims), "[1]");
  const Status missing = dict.Info("dense/bios").status();
  EXPECT_EQ(missing.reason(), Reason::kMissing);
  EXPECT_EQ(missing.message(), dict.Get("dense/bios").status().message());
  EXPECT_EQ(missing.hint(), "did you mean 'dense/bias'?");
}

static_assert(std::ranges::random_access_range<const TensorDict>);
static_assert(std::ranges::common_range<const TensorDict>);
static_assert(std::ranges::sized_range<const TensorDict>);
static_assert(std::same_as<std::iter_value_t<TensorDict::Iterator>, TensorInfo>);

TEST(TensorDictTest, IteratesInOrderAndByDistance) {
  const TensorDict dict = Build({"c", "a", "b"});
  EXPECT_EQ(Names(dict), (std::vector<std::string>{"a", "b", "c"}));
  TensorDict::Iterator it = dict.begin();
  EXPECT_EQ(it->name, "a");
  EXPECT_EQ((*it++).name, "a");
  EXPECT_EQ((++it)->name, "c");
  EXPECT_EQ((--it)->name, "b");
  EXPECT_EQ((it--)->name, "b");
  EXPECT_EQ(it[2].name, "c");
  EXPECT_EQ((1 + it)->name, "b");
  EXPECT_EQ(dict.end() - it, 3);
  EXPECT_LT(it, dict.end());
  EXPECT_EQ(it + 3, dict.end());
  EXPECT_EQ((dict.end() - 1)->name, "c");
  const auto is_b = [](const TensorInfo& tensor) { return tensor.name == "b"; };
  EXPECT_EQ(std::ranges::find_if(dict, is_b) - dict.begin(), 1);
  EXPECT_EQ(TensorDict().begin(), TensorDict().end());
}

// A table whose sources cannot be made.
class InfoTable final : public TensorTable {
 public:
  size_t size() const override { return 1'000'000; }
  TensorInfo info(size_t) const override { return {"w", DType::kInt8, {}, 1}; }
  Result<std::shared_ptr<const TensorSource>> source(size_t) const override {
    ADD_FAILURE() << "a source was made";
    return Status(Reason::kIo, "");
  }
};

TEST(TensorDictTest, IterationMakesNoSource) {
  uint64_t nbytes = 0;
  for (const auto& tensor : TensorDict(std::make_shared<InfoTable>())) nbytes += tensor.nbytes;
  EXPECT_EQ(nbytes, 1'000'000u);
}

TEST(TensorDictTest, ASourceThatIsNullIsRefused) {
  TensorDict::Builder builder;
  builder.SetMetadata({{"format", "pt"}});
  builder.Add("a", SourceOf<int8_t>({1}, {1}));
  builder.Add("w\n", nullptr);
  const Status status = builder.Build().status();
  EXPECT_EQ(status.reason(), Reason::kArgument);
  EXPECT_EQ(status.message(), "tensor 'w\\n': was added without a source");
  const TensorDict next = builder.Build().value();  // it was left empty
  EXPECT_EQ(next.size(), 0u);
  EXPECT_TRUE(next.metadata().empty());
}

TEST(TensorDictTest, ATableThatIsNullIsEmpty) {
  const TensorDict dict(nullptr, {{"format", "pt"}});
  EXPECT_EQ(dict.size(), 0u);
  EXPECT_EQ(dict.Get("w").status().reason(), Reason::kMissing);
  EXPECT_EQ(dict.metadata().at("format"), "pt");
}

TEST(TensorDictTest, KeepsMetadata) {
  TensorDict::Builder builder;
  builder.SetMetadata({{"format", "pt"}});
  builder.Add("w", SourceOf<int8_t>({1}, {1}));
  const TensorDict dict = builder.Build().value();
  EXPECT_EQ(dict.metadata().at("format"), "pt");
  EXPECT_TRUE(builder.Build()->metadata().empty());  // nothing stays for the next
}

// A table that makes its sources when asked, and cannot always.
class PartlyMissingTable final : public TensorTable {
 public:
  size_t size() const override { return 2; }
  TensorInfo info(size_t i) const override { return {i == 0 ? "a" : "b", DType::kInt8, {}, 1}; }
  Result<std::shared_ptr<const TensorSource>> source(size_t i) const override {
    if (i == 1) return Status(Reason::kMissing, "data-00001-of-00002: not found");
    return SourceOf<int8_t>({}, {7});
  }
  std::optional<StoredAt> stored_at(size_t i) const override {
    return StoredAt{"data", 0, i, 1, std::nullopt};
  }
};

TEST(TensorDictTest, ShowsATableOfAnyKind) {
  const TensorDict dict(std::make_shared<PartlyMissingTable>(), {{"format", "pt"}});
  EXPECT_EQ(Names(dict), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(ValuesOf<int8_t>(**dict.Get("a")).value(), std::vector<int8_t>{7});
  EXPECT_EQ(dict.Get("b").status().message(), "data-00001-of-00002: not found");
  EXPECT_EQ(dict.Get("b").status().hint(), "");  // the name is there
  EXPECT_EQ(dict.stored_at(1)->offset, 1u);
  EXPECT_EQ(dict.metadata().at("format"), "pt");
}

RC_GTEST_PROP(TensorDictProperty, FindsExactlyWhatWasAdded, ()) {
  const auto name = rc::gen::container<std::string>(rc::gen::element('a', 'b', '/', '\xff'));
  const auto names = *rc::gen::unique<std::vector<std::string>>(name);
  const auto others = *rc::gen::container<std::vector<std::string>>(name);
  const TensorDict dict = Build(names);
  RC_ASSERT(dict.size() == names.size());
  const std::vector<std::string> sorted = Names(dict);
  RC_ASSERT(std::ranges::is_sorted(sorted));
  for (const std::string& n : names) RC_ASSERT(sorted[dict.Find(n).value()] == n);
  const std::set<std::string> added(names.begin(), names.end());
  for (const std::string& n : others) RC_ASSERT(dict.Find(n).has_value() == added.contains(n));
}

}  // namespace
}  // namespace cairn
