#include "cairn/session/memory_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "cairn/session/memory_source.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

// New values for variables of a session whose dims are known.
std::vector<NewValue> WholeValues(const Session& session, const std::vector<VariableId>& ids) {
  std::vector<NewValue> values;
  for (const VariableId id : ids) values.push_back({id, session.variables()[id].dims});
  return values;
}

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
  ASSERT_TRUE(session.Add("step", step).ok());
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

TEST(MemorySessionTest, ArraysHaveNoMetaGraph) {
  const auto meta_graph = MemorySession().MetaGraph();
  ASSERT_TRUE(meta_graph.ok());
  EXPECT_FALSE(*meta_graph);
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
        Refused{"a number with dims of two",
                [](MemorySession& s) { return s.Add("w", three_floats[0], {2}); },
                Reason::kArgument},
        Refused{"a string with dims of none",
                [](MemorySession& s) { return s.Add("s", two_strings[0], {0}); },
                Reason::kArgument},
        Refused{"dims of another size, known at run time",
                [](MemorySession& s) { return s.Add("w", three_floats, kOne); }, Reason::kArgument},
        Refused{"strings as bytes",
                [](MemorySession& s) { return s.Add("s", DType::kString, four_bytes, kOne); },
                Reason::kArgument}));

TEST(MemorySessionTest, DimsMayBeKnownAtRunTime) {
  std::vector<float> w(6);
  std::vector<std::string> labels(2);
  std::array<std::byte, 4> half = {};
  const std::vector<int64_t> two_by_three = {2, 3};
  const std::array<int64_t, 1> two = {2};
  MemorySession session;
  ASSERT_TRUE(session.Add("w", w, two_by_three, {.trainable = true}).ok());
  ASSERT_TRUE(session.Add("labels", labels, two).ok());
  ASSERT_TRUE(session.Add("half", DType::kFloat16, half, std::span(two)).ok());
  ASSERT_TRUE(session.Add("row", std::span(w).first(3), {int64_t(w.size()) / 2}).ok());
  EXPECT_THAT(session.variables()[0].dims, ElementsAre(2, 3));
  EXPECT_TRUE(session.variables()[0].collections.trainable);
  EXPECT_THAT(session.variables()[1].dims, ElementsAre(2));
  EXPECT_THAT(session.variables()[2].dims, ElementsAre(2));
  EXPECT_THAT(session.variables()[3].dims, ElementsAre(3));
}

TEST(MemorySessionTest, OneNumberOrStringIsAScalarUnlessDimsAreGiven) {
  double rate = 0.5;
  bool flag = true;
  float bias = 3;
  std::string name = "a";
  std::string word = "b";
  MemorySession session;
  ASSERT_TRUE(session.Add("rate", rate, {.local = true}).ok());
  ASSERT_TRUE(session.Add("flag", flag, {}).ok());
  ASSERT_TRUE(session.Add("bias", bias, {1}).ok());
  ASSERT_TRUE(session.Add("name", name).ok());
  ASSERT_TRUE(session.Add("word", word, {1, 1}).ok());
  const auto variables = session.variables();
  EXPECT_THAT(variables[0].dims, ElementsAre());
  EXPECT_TRUE(variables[0].collections.local);
  EXPECT_EQ(variables[1].dtype, DType::kBool);
  EXPECT_THAT(variables[1].dims, ElementsAre());
  EXPECT_THAT(variables[2].dims, ElementsAre(1)) << "not collections";
  EXPECT_FALSE(variables[2].collections.trainable);
  EXPECT_EQ(variables[3].dtype, DType::kString);
  EXPECT_THAT(variables[4].dims, ElementsAre(1, 1));

  auto assignment = session.Begin(WholeValues(session, {3, 2}));
  StringTensor value;
  value.Add("new");
  (*assignment)->SetStrings(0, value);
  StoreLittleEndian((*assignment)->buffer(1).data(), 4.0f);
  ASSERT_TRUE((*assignment)->Commit().ok());
  EXPECT_EQ(name, "new");
  EXPECT_EQ(bias, 4);
  const auto snapshot = session.Snapshot(std::vector<VariableId>{4});
  EXPECT_EQ((*(*snapshot->Get("word"))->ReadStrings())[0], "b");
}

TEST(MemorySessionTest, AVectorOfStringsMayMoveItsElements) {
  std::vector<std::string> labels = {"a"};
  MemorySession session;
  ASSERT_TRUE(session.Add("labels", labels, {1}).ok());
  labels = std::vector<std::string>{"b"};  // other memory
  const auto snapshot = session.Snapshot(std::vector<VariableId>{0});
  EXPECT_EQ((*(*snapshot->Get("labels"))->ReadStrings())[0], "b");
}

// Arguments that may be added compile; those that would be freed or cannot be assigned do not.
template <typename Values, typename... Rest>
concept CanAdd = requires(MemorySession session, Values&& values, Rest&&... rest) {
  session.Add("w", std::forward<Values>(values), std::forward<Rest>(rest)...);
};
static_assert(CanAdd<std::vector<float>&, Dims>);
static_assert(CanAdd<std::vector<float>&, std::vector<int64_t>>);
static_assert(CanAdd<std::span<float>, Dims>, "a span does not own its elements");
static_assert(CanAdd<float (&)[2], Dims>);
static_assert(CanAdd<float&> && CanAdd<std::string&> && CanAdd<std::vector<std::string>&, Dims>);
static_assert(!CanAdd<std::vector<float>, Dims>, "a temporary");
static_assert(!CanAdd<std::array<float, 2>, Dims>, "a temporary");
static_assert(!CanAdd<std::vector<std::string>, Dims>, "a temporary");
static_assert(!CanAdd<float> && !CanAdd<std::string>, "temporaries");
static_assert(!CanAdd<DType, std::vector<std::byte>, Dims>, "a temporary");
static_assert(CanAdd<DType, MutableBytes, Dims>);
static_assert(!CanAdd<const std::vector<float>&, Dims>, "cannot be assigned");
static_assert(!CanAdd<std::span<const float>, Dims>, "cannot be assigned");
static_assert(!CanAdd<const float&> && !CanAdd<const std::string&>, "cannot be assigned");
static_assert(!CanAdd<const std::vector<std::string>&, Dims>, "cannot be assigned");
static_assert(!CanAdd<std::vector<char>&, Dims>, "no dtype");
static_assert(!CanAdd<std::vector<float>&>, "dims of a vector are asked for");

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
  auto assignment = session_.Begin(WholeValues(session_, {2, 1, 0}));
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
    auto assignment = session_.Begin(WholeValues(session_, {1}));
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
  auto assignment = session_.Begin(WholeValues(session_, {4, 1}));
  StringTensor one;
  one.Add("n");
  (*assignment)->SetStrings(0, one);
  (*assignment)->SetStrings(1, one);
  EXPECT_EQ((*assignment)->Commit().reason(), Reason::kArgument);
  EXPECT_THAT(more, ElementsAre("m"));
  EXPECT_THAT(labels_, ElementsAre("a", "bc"));
}

TEST_F(FilledSessionTest, StringsForNumbersAreRefused) {
  auto assignment = session_.Begin(WholeValues(session_, {0}));
  (*assignment)->SetStrings(0, StringTensor());
  EXPECT_EQ((*assignment)->Commit().reason(), Reason::kArgument);
}

TEST_F(FilledSessionTest, IdsAreChecked) {
  const std::vector<VariableId> unknown = {0, 4};
  const std::vector<VariableId> twice = {1, 0, 1};
  EXPECT_EQ(session_.Begin({{NewValue{4, {}}}}).status().reason(), Reason::kArgument);
  EXPECT_EQ(session_.Snapshot(unknown).status().reason(), Reason::kArgument);
  EXPECT_EQ(session_.Begin(WholeValues(session_, twice)).status().reason(), Reason::kArgument);
  EXPECT_EQ(session_.Snapshot(twice).status().reason(), Reason::kArgument);
}

TEST_F(FilledSessionTest, DimsAreChecked) {
  const std::vector<NewValue> transposed = {{0, {1, 3}}};
  EXPECT_EQ(session_.Begin(transposed).status().reason(), Reason::kArgument);
}

TEST(DictOfTest, ArraysOfEveryKind) {
  const std::vector<float> w = {1, 2, 3, 4, 5, 6};
  const std::array<int32_t, 2> pair = {7, 8};
  const double scalar = 0.5;
  const std::vector<std::string> labels = {"a"};
  const std::string label = "b";
  const std::vector<int64_t> dims = {2};
  const Result<TensorDict> dict =
      DictOf({{"w", {w, {2, 3}}},
              {"pair", {pair, dims}},
              {"scalar", scalar},
              {"one", {scalar, {1}}},
              {"labels", {labels, {1}}},
              {"label", label},
              {"raw", {DType::kBFloat16, std::as_bytes(std::span(pair)).first(4), dims}}});
  ASSERT_TRUE(dict.ok()) << dict.status().message();
  ASSERT_EQ(dict->size(), 7u);
  EXPECT_EQ((*dict->Get("w"))->shape().num_elements(), 6u);
  EXPECT_EQ((*dict->Get("pair"))->dtype(), DType::kInt32);
  EXPECT_EQ((*dict->Get("pair"))->shape(), *Shape::Make({2}));
  EXPECT_EQ(*ValuesOf<double>(**dict->Get("scalar")), std::vector<double>{0.5});
  EXPECT_EQ((*dict->Get("one"))->shape(), *Shape::Make({1}));
  EXPECT_EQ((*dict->Get("label"))->shape().rank(), 0u);
  EXPECT_EQ((*(*dict->Get("label"))->ReadStrings())[0], "b");
  EXPECT_EQ((*dict->Get("scalar"))->shape().rank(), 0u);
  EXPECT_EQ((*(*dict->Get("labels"))->ReadStrings())[0], "a");
  EXPECT_EQ((*dict->Get("raw"))->nbytes(), 4u);
}

// An Array of what lives on compiles, and one of a temporary, whose memory would be freed, does
// not.
template <typename... Arguments>
concept CanBeArray = std::is_constructible_v<Array, Arguments...>;
static_assert(CanBeArray<const std::vector<float>&, Dims> && CanBeArray<std::vector<float>&, Dims>);
static_assert(CanBeArray<const std::vector<float>&, std::vector<int64_t>>);
static_assert(CanBeArray<std::span<const float>, Dims>, "a span does not own its elements");
static_assert(CanBeArray<const std::vector<std::string>&, Dims>);
static_assert(CanBeArray<std::span<const std::string>, Dims>);
static_assert(CanBeArray<const float&> && CanBeArray<float&, Dims>);
static_assert(CanBeArray<const std::string&> && CanBeArray<std::string&, Dims>);
static_assert(CanBeArray<DType, Bytes, Dims> && CanBeArray<DType, std::vector<std::byte>&, Dims>);
static_assert(!CanBeArray<std::vector<float>, Dims>, "a temporary");
static_assert(!CanBeArray<const std::vector<float>, Dims>, "a temporary");
static_assert(!CanBeArray<std::array<float, 2>, Dims>, "a temporary");
static_assert(!CanBeArray<std::vector<std::string>, Dims>, "a temporary");
static_assert(!CanBeArray<DType, std::vector<std::byte>, Dims>, "a temporary");
static_assert(!CanBeArray<float> && !CanBeArray<float, Dims>, "a temporary");
static_assert(!CanBeArray<std::string> && !CanBeArray<std::string, Dims>, "a temporary");
static_assert(!CanBeArray<std::vector<char>&, Dims> && !CanBeArray<char&>, "no dtype");

TEST(DictOfTest, TheErrorNamesTheArray) {
  const std::vector<float> w(5);
  const std::vector<std::string> labels(2);
  const Result<TensorDict> numbers = DictOf({{"fc/W", {w, {2, 3}}}});
  EXPECT_EQ(numbers.status().reason(), Reason::kArgument);
  EXPECT_THAT(std::string(numbers.status().message()), HasSubstr("'fc/W'"));
  EXPECT_EQ(DictOf({{"s", {labels, {3}}}}).status().reason(), Reason::kArgument);
  EXPECT_EQ(DictOf({{"s", {w[0], {2}}}}).status().reason(), Reason::kArgument);
}

}  // namespace
}  // namespace cairn
