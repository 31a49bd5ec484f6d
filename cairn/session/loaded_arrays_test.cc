#include "cairn/session/loaded_arrays.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/core/bookkeeping.h"
#include "cairn/session/session_init.h"
#include "cairn/source/string_source.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Sources = std::vector<std::pair<std::string, std::shared_ptr<const TensorSource>>>;

StringTensor StringsOf(std::initializer_list<std::string_view> elements) {
  StringTensor strings;
  for (const std::string_view element : elements) strings.Add(element);
  return strings;
}

// A model with a slot of its optimizer, under the names of tensorpack.
TensorDict ModelDict() {
  return DictOf(
      {{"fc/W", SourceOf<float>({2, 3}, {1, 2, 3, 4, 5, 6})},
       {"fc/W/Adam", SourceOf<float>({2, 3}, {0, 0, 0, 0, 0, 0})},
       {"fc/b:0", SourceOf<double>({3}, {7, 8, 9})},
       {"flag", SourceOfBytes(DType::kBool, {}, AsBytes("\1"))},
       {"global_step", SourceOf<int64_t>({}, {100})},
       {"half", SourceOfBytes(DType::kBFloat16, {2}, AsBytes("abcd"))},
       {"labels", MakeStringSource(DType::kString, *Shape::Make({2}), StringsOf({"cat", ""}))},
       {"none", SourceOf<float>({0, 4}, {})},
       {std::string(kObjectGraphKey), MakeTextSource("")}});
}

std::vector<std::string> Names(const Session& session) {
  std::vector<std::string> names;
  for (const Variable& variable : session.variables()) names.push_back(variable.name);
  return names;
}

class LoadedArraysTest : public testing::Test {
 protected:
  void SetUp() override {
    auto loaded = LoadArrays(ModelDict());
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    arrays_ = *std::move(loaded);
  }

  std::unique_ptr<LoadedArrays> arrays_;
};

TEST_F(LoadedArraysTest, EveryTensorButBookkeepingIsAVariable) {
  EXPECT_THAT(Names(*arrays_), ElementsAre("fc/W", "fc/W/Adam", "fc/b", "flag", "global_step",
                                           "half", "labels", "none"));
  EXPECT_THAT(arrays_->variables()[0].dims, ElementsAre(2, 3));
  EXPECT_EQ(arrays_->variables()[5].dtype, DType::kBFloat16);
}

TEST_F(LoadedArraysTest, FloatsThatAreNotTrainingStateAreTrainable) {
  std::vector<std::string> trainable;
  for (const Variable& variable : arrays_->variables()) {
    EXPECT_FALSE(variable.collections.local) << variable.name << " would not be saved";
    if (variable.collections.trainable) trainable.push_back(variable.name);
  }
  EXPECT_THAT(trainable, ElementsAre("fc/W", "fc/b", "half", "none"));
}

TEST_F(LoadedArraysTest, ValuesAreFoundByName) {
  EXPECT_THAT(*arrays_->values<float>("fc/W"), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(*arrays_->values<double>("fc/b"), ElementsAre(7, 8, 9));
  EXPECT_THAT(*arrays_->values<double>("fc/b:0"), ElementsAre(7, 8, 9)) << "the tensor's name";
  EXPECT_THAT(*arrays_->values<uint8_t>("flag"), ElementsAre(1));
  EXPECT_THAT(*arrays_->values<int64_t>("global_step"), ElementsAre(100));
  EXPECT_EQ(AsText(*arrays_->values<std::byte>("half")), "abcd");
  EXPECT_THAT(*arrays_->values<float>("none"), IsEmpty());
  EXPECT_THAT(*arrays_->strings("labels"), ElementsAre("cat", ""));
  EXPECT_THAT(*arrays_->dims("none"), ElementsAre(0, 4));
  EXPECT_THAT(*arrays_->dims("global_step"), IsEmpty());
  for (const char* name : {"fc/W", "fc/W/Adam", "fc/b", "half"}) {
    const auto address = reinterpret_cast<uintptr_t>(arrays_->values<std::byte>(name)->data());
    EXPECT_EQ(address % 64, 0u) << name;
  }
}

TEST_F(LoadedArraysTest, WhatIsAskedForWronglyIsAnError) {
  const Status missing = arrays_->values<float>("fc/w").status();
  EXPECT_EQ(missing.reason(), Reason::kMissing);
  EXPECT_THAT(std::string(missing.hint()), HasSubstr("'fc/W'"));
  EXPECT_EQ(arrays_->dims("fc").status().reason(), Reason::kMissing);
  const Status another = arrays_->values<int64_t>("fc/W").status();
  EXPECT_EQ(another.reason(), Reason::kMismatch);
  EXPECT_EQ(another.message(), "tensor 'fc/W': is float32, not int64");
  const Status no_numbers = arrays_->values<std::byte>("labels").status();
  EXPECT_EQ(no_numbers.message(), "tensor 'labels': is string, not numbers");
  EXPECT_EQ(no_numbers.hint(), "ask for its strings");
  EXPECT_EQ(arrays_->strings("fc/W").status().message(), "tensor 'fc/W': is float32, not string");
}

TEST_F(LoadedArraysTest, ValuesCanBeChangedAndAreSaved) {
  (*arrays_->values<float>("fc/W"))[0] = -1;
  (*arrays_->strings("labels"))[1] = "dog";
  const Result<TensorDict> saved = arrays_->Snapshot(SavedVariables(*arrays_));
  ASSERT_TRUE(saved.ok()) << saved.status();
  EXPECT_EQ(saved->size(), 8u);
  EXPECT_THAT(*ValuesOf<float>(**saved->Get("fc/W")), ElementsAre(-1, 2, 3, 4, 5, 6));
  EXPECT_EQ(*ReadAsText(*saved, "labels"), "cat|dog|");
  EXPECT_EQ(*ReadAsText(*saved, "half"), "abcd");
  const LoadedArrays& constant = *arrays_;
  EXPECT_EQ(constant.values<float>("fc/W")->front(), -1);
  EXPECT_EQ(constant.strings("labels")->back(), "dog");
}

TEST_F(LoadedArraysTest, AnotherCheckpointIsRestoredIntoThem) {
  const std::span<const double> bias = *arrays_->values<double>("fc/b");
  const TensorDict other = DictOf(
      {{"fc/b", SourceOf<double>({3}, {1, 1, 1})},
       {"labels", MakeStringSource(DType::kString, *Shape::Make({2}), StringsOf({"a", "b"}))}});
  const Result<RestorePlan> plan = DictRestore(other).Init(*arrays_);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(bias, ElementsAre(1, 1, 1)) << "in place";
  EXPECT_THAT(*arrays_->strings("labels"), ElementsAre("a", "b"));
}

TEST(LoadArraysTest, OfTwoFormsOfANameTheTensorsIsTaken) {
  const auto arrays = LoadArrays(DictOf({{"w", SourceOf<float>({1}, {1})},
                                         {"w:0", SourceOf<float>({1}, {2})},
                                         {"w:1", SourceOf<float>({1}, {3})}}));
  ASSERT_TRUE(arrays.ok()) << arrays.status();
  EXPECT_THAT(Names(**arrays), ElementsAre("w", "w:1"));
  EXPECT_THAT(*(*arrays)->values<float>("w"), ElementsAre(2));
  EXPECT_THAT(*(*arrays)->values<float>("w:1"), ElementsAre(3));
}

TEST(LoadArraysTest, AnEmptyDictHasNoVariables) {
  EXPECT_THAT((*LoadArrays(TensorDict()))->variables(), IsEmpty());
}

struct RefusedDict {
  const char* what;
  Sources sources;
  Reason reason;
  const char* message_part;
};

class RefusedDictTest : public testing::TestWithParam<RefusedDict> {};

TEST_P(RefusedDictTest, NamesTheTensor) {
  const Status status = LoadArrays(DictOf(GetParam().sources)).status();
  EXPECT_EQ(status.reason(), GetParam().reason) << GetParam().what;
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message_part));
}

// Its value would need more memory than there is.
class HugeSource final : public TensorSource {
 public:
  DType dtype() const override { return DType::kFloat32; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    return Status(Reason::kInternal, "read without memory");
  }

 private:
  Shape shape_ = *Shape::Make({int64_t{1} << 58});
};

INSTANTIATE_TEST_SUITE_P(
    , RefusedDictTest,
    testing::Values(
        RefusedDict{"variants",
                    {{"a", SourceOf<float>({1}, {1})},
                     {"it", MakeStringSource(DType::kVariant, Shape(), StringsOf({"x"}))}},
                    Reason::kUnsupported,
                    "tensor 'it': is variant, which an array cannot hold"},
        RefusedDict{"no name", {{"", SourceOf<float>({1}, {1})}}, Reason::kUnsupported, "its name"},
        RefusedDict{"damage",
                    {{"a", SourceOf<float>({1}, {1})}, {"b", DamagedSourceOf<float>({1}, {1})}},
                    Reason::kCrc,
                    "tensor 'b'"},
        RefusedDict{"more memory than there is",
                    {{"w", std::make_shared<HugeSource>()}},
                    Reason::kNoMemory,
                    "bytes of memory"},
        RefusedDict{"an object graph that is none",
                    {{std::string(kObjectGraphKey), MakeTextSource("\xff")}},
                    Reason::kProto,
                    "TrackableObjectGraph"}));

}  // namespace
}  // namespace cairn
