#include "cairn/session/memory_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "cairn/session/memory_source.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::byte> ReadAllOf(const TensorSource& source) {
  std::vector<std::byte> value;
  std::vector<std::byte> scratch(7);
  auto stream = source.OpenStream();
  if (!stream.ok()) return value;
  while (true) {
    const Result<Bytes> piece = (*stream)->Next(scratch);
    if (!piece.ok() || piece->empty()) return value;
    value.insert(value.end(), piece->begin(), piece->end());
  }
}

TEST(MemorySessionTest, VariablesAreInOrderOfCreation) {
  std::vector<float> w(6);
  int64_t step = 0;
  std::vector<std::string> labels(2);
  MemorySession session;
  ASSERT_TRUE(session.Add("w", w, {2, 3}, {.trainable = true}).ok());
  ASSERT_TRUE(session.Add("step", std::span(&step, 1), {}).ok());
  ASSERT_TRUE(session.Add("labels", labels, {2}, {.local = true}).ok());
  ASSERT_EQ(session.variables().size(), 3u);
  const Variable& first = session.variables()[0];
  EXPECT_EQ(first.name, "w");
  EXPECT_EQ(first.dtype, DType::kFloat32);
  EXPECT_THAT(first.dims, ElementsAre(2, 3));
  EXPECT_TRUE(first.collections.trainable);
  EXPECT_TRUE(session.variables()[1].dims.empty());
  EXPECT_EQ(session.variables()[2].dtype, DType::kString);
  EXPECT_THAT(SavedVariables(session), ElementsAre(0, 1)) << "local ones are not saved";
}

struct Refused {
  const char* what;
  std::function<Status(MemorySession&)> add;
  Reason reason;
};

float three_floats[3];
std::vector<std::string> two_strings(2);
std::byte four_bytes[4];
const std::vector<int64_t> kOne = {1};

class RefusedVariableTest : public testing::TestWithParam<Refused> {};

TEST_P(RefusedVariableTest, LeavesTheSessionAsItWas) {
  MemorySession session;
  ASSERT_TRUE(session.Add("taken", std::span(three_floats), {3}).ok());
  EXPECT_EQ(GetParam().add(session).reason(), GetParam().reason) << GetParam().what;
  EXPECT_EQ(session.variables().size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    , RefusedVariableTest,
    testing::Values(
        Refused{"more elements than the array has",
                [](MemorySession& s) { return s.Add("w", std::span<float>(three_floats), {4}); },
                Reason::kArgument},
        Refused{"fewer elements",
                [](MemorySession& s) { return s.Add("w", std::span<float>(three_floats), {2}); },
                Reason::kArgument},
        Refused{"a negative dimension",
                [](MemorySession& s) { return s.Add("w", std::span<float>(three_floats), {-3}); },
                Reason::kArgument},
        Refused{"dimensions whose product does not fit",
                [](MemorySession& s) {
                  return s.Add("w", std::span<float>(three_floats), {int64_t{1} << 40, 1 << 30});
                },
                Reason::kArgument},
        Refused{"another number of strings",
                [](MemorySession& s) { return s.Add("s", two_strings, {3}); }, Reason::kArgument},
        Refused{"no name",
                [](MemorySession& s) { return s.Add("", std::span<float>(three_floats), {3}); },
                Reason::kArgument},
        Refused{"a tensor's name",
                [](MemorySession& s) { return s.Add("w:0", std::span<float>(three_floats), {3}); },
                Reason::kArgument},
        Refused{
            "a name that is taken",
            [](MemorySession& s) { return s.Add("taken", std::span<float>(three_floats), {3}); },
            Reason::kArgument},
        Refused{"a taken name with strings",
                [](MemorySession& s) { return s.Add("taken", two_strings, {2}); },
                Reason::kArgument},
        Refused{"a dtype without a size",
                [](MemorySession& s) { return s.Add("v", DType::kVariant, four_bytes, kOne); },
                Reason::kArgument},
        Refused{"strings as bytes",
                [](MemorySession& s) { return s.Add("s", DType::kString, four_bytes, kOne); },
                Reason::kArgument}));

class FilledSessionTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(session_.Add("w", w_, {3}).ok());
    ASSERT_TRUE(session_.Add("labels", labels_, {2}).ok());
    ASSERT_TRUE(session_.Add("half", DType::kFloat16, half_, kOne).ok());
    ASSERT_TRUE(session_.Add("empty", empty_, {0, 4}).ok());
  }

  std::vector<float> w_ = {1, 2, 3};
  std::vector<std::string> labels_ = {"a", "bc"};
  std::byte half_[2] = {std::byte{0x00}, std::byte{0x3c}};
  std::vector<float> empty_;
  MemorySession session_;
};

TEST_F(FilledSessionTest, ASnapshotSeesTheProgramsMemory) {
  const std::vector<VariableId> ids = SavedVariables(session_);
  const Result<TensorDict> snapshot = session_.Snapshot(ids);
  ASSERT_TRUE(snapshot.ok()) << snapshot.status().message();
  ASSERT_EQ(snapshot->size(), 4u);
  w_[1] = 20;
  const auto w = *snapshot->Get("w");
  EXPECT_EQ(ReadAllOf(*w), std::vector<std::byte>(std::as_bytes(std::span(w_)).begin(),
                                                  std::as_bytes(std::span(w_)).end()));
  ASSERT_TRUE(w->extent());
  EXPECT_FALSE(w->extent()->checksum) << "nobody vouches for memory";
  EXPECT_EQ(static_cast<const void*>(w->extent()->file->mapped().data()), w_.data());
  const auto labels = (*snapshot->Get("labels"))->ReadStrings();
  ASSERT_TRUE(labels.ok());
  EXPECT_EQ((*labels)[1], "bc");
  EXPECT_EQ((*snapshot->Get("half"))->nbytes(), 2u);
  EXPECT_EQ((*snapshot->Get("empty"))->nbytes(), 0u);
}

TEST_F(FilledSessionTest, ASnapshotHoldsWhatWasAskedFor) {
  const Result<TensorDict> snapshot = session_.Snapshot(std::vector<VariableId>{2, 0});
  ASSERT_TRUE(snapshot.ok());
  ASSERT_EQ(snapshot->size(), 2u);
  EXPECT_EQ(snapshot->name(0), "half");
  EXPECT_EQ(snapshot->name(1), "w");
}

TEST_F(FilledSessionTest, AnAssignmentIsTheProgramsMemory) {
  auto assignment = session_.Begin(std::vector<VariableId>{2, 1, 0});
  ASSERT_TRUE(assignment.ok());
  EXPECT_EQ((*assignment)->buffer(0).data(), half_);
  EXPECT_TRUE((*assignment)->buffer(1).empty());
  const float nine = 9;
  StoreLittleEndian((*assignment)->buffer(2).data() + 8, nine);
  StringTensor value;
  value.Add("x");
  value.Add("");
  (*assignment)->SetStrings(1, value);
  EXPECT_THAT(labels_, ElementsAre("a", "bc")) << "strings change at Commit";
  ASSERT_TRUE((*assignment)->Commit().ok());
  EXPECT_THAT(labels_, ElementsAre("x", ""));
  EXPECT_THAT(w_, ElementsAre(1, 2, 9));
}

TEST_F(FilledSessionTest, AnAssignmentThatIsGivenUpLeavesStrings) {
  {
    auto assignment = session_.Begin(std::vector<VariableId>{1});
    StringTensor value;
    value.Add("x");
    value.Add("y");
    (*assignment)->SetStrings(0, value);
  }
  EXPECT_THAT(labels_, ElementsAre("a", "bc"));
}

TEST_F(FilledSessionTest, StringsThatDoNotFitChangeNothing) {
  std::vector<std::string> more = {"m"};
  ASSERT_TRUE(session_.Add("more", more, {1}).ok());
  auto assignment = session_.Begin(std::vector<VariableId>{4, 1});
  StringTensor one;
  one.Add("n");
  (*assignment)->SetStrings(0, one);
  (*assignment)->SetStrings(1, one);
  EXPECT_EQ((*assignment)->Commit().reason(), Reason::kArgument);
  EXPECT_THAT(more, ElementsAre("m"));
  EXPECT_THAT(labels_, ElementsAre("a", "bc"));
}

TEST_F(FilledSessionTest, StringsForNumbersAreRefused) {
  auto assignment = session_.Begin(std::vector<VariableId>{0});
  (*assignment)->SetStrings(0, StringTensor());
  EXPECT_EQ((*assignment)->Commit().reason(), Reason::kArgument);
}

TEST_F(FilledSessionTest, IdsAreChecked) {
  const std::vector<VariableId> unknown = {0, 4};
  const std::vector<VariableId> twice = {1, 0, 1};
  EXPECT_EQ(session_.Begin(unknown).status().reason(), Reason::kArgument);
  EXPECT_EQ(session_.Snapshot(unknown).status().reason(), Reason::kArgument);
  EXPECT_EQ(session_.Begin(twice).status().reason(), Reason::kArgument);
  EXPECT_EQ(session_.Snapshot(twice).status().reason(), Reason::kArgument);
}

TEST(DictOfTest, ArraysOfEveryKind) {
  const std::vector<float> w = {1, 2, 3, 4, 5, 6};
  const std::array<int32_t, 2> pair = {7, 8};
  const double scalar = 0.5;
  const std::vector<std::string> labels = {"a"};
  const std::vector<int64_t> dims = {2};
  const Result<TensorDict> dict =
      DictOf({{"w", {w, {2, 3}}},
              {"pair", {pair, {2}}},
              {"scalar", {std::span(&scalar, 1), {}}},
              {"labels", {labels, {1}}},
              {"raw", {DType::kBFloat16, std::as_bytes(std::span(pair)).first(4), dims}}});
  ASSERT_TRUE(dict.ok()) << dict.status().message();
  ASSERT_EQ(dict->size(), 5u);
  EXPECT_EQ((*dict->Get("w"))->shape().num_elements(), 6u);
  EXPECT_EQ((*dict->Get("pair"))->dtype(), DType::kInt32);
  EXPECT_EQ((*dict->Get("scalar"))->shape().rank(), 0u);
  EXPECT_EQ((*(*dict->Get("labels"))->ReadStrings())[0], "a");
  EXPECT_EQ((*dict->Get("raw"))->nbytes(), 4u);
}

TEST(DictOfTest, TheErrorNamesTheArray) {
  const std::vector<float> w(5);
  const std::vector<std::string> labels(2);
  const Result<TensorDict> numbers = DictOf({{"fc/W", {w, {2, 3}}}});
  EXPECT_EQ(numbers.status().reason(), Reason::kArgument);
  EXPECT_THAT(std::string(numbers.status().message()), HasSubstr("'fc/W'"));
  EXPECT_EQ(DictOf({{"s", {labels, {3}}}}).status().reason(), Reason::kArgument);
}

}  // namespace
}  // namespace cairn
