// Arrays of a MemorySession whose dims are not known before they have a value.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>

#include "cairn/session/memory_session.h"
#include "cairn/session/memory_source.h"
#include "cairn/session/restore_plan.h"
#include "cairn/session/session_init.h"
#include "cairn/testing/sanitizer.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

StringTensor Strings(std::initializer_list<std::string_view> elements) {
  StringTensor strings;
  for (const std::string_view element : elements) strings.Add(element);
  return strings;
}

std::vector<int64_t> SnapshotDims(MemorySession& session, VariableId id) {
  const Result<TensorDict> snapshot = session.Snapshot({{id}});
  EXPECT_TRUE(snapshot.ok()) << snapshot.status();
  if (!snapshot.ok()) return {-9};
  const auto dims = snapshot->info(0).dims;
  return {dims.begin(), dims.end()};
}

class GrowingArraysTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(session_.Add("emb", emb_, {-1, 2}, {.trainable = true}).ok());
    ASSERT_TRUE(session_.Add("words", words_, {-1}).ok());
    ASSERT_TRUE(session_.Add("bias", bias_, {2}).ok());
  }

  std::unique_ptr<Assignment> Begin(std::vector<NewValue> values) {
    auto assignment = session_.Begin(values);
    EXPECT_TRUE(assignment.ok()) << assignment.status();
    return *std::move(assignment);
  }

  std::vector<float> emb_ = {1, 2};
  std::vector<std::string> words_;
  std::array<float, 2> bias_ = {7, 8};
  MemorySession session_;
};

TEST_F(GrowingArraysTest, TheVariableKeepsItsDimsAndTheValueHasItsOwn) {
  EXPECT_THAT(session_.variables()[0].dims, ElementsAre(-1, 2));
  EXPECT_TRUE(session_.variables()[0].collections.trainable);
  EXPECT_THAT(*session_.DimsOf("emb"), ElementsAre(1, 2));
  EXPECT_THAT(*session_.DimsOf("words"), ElementsAre(0));
  EXPECT_THAT(*session_.DimsOf("bias"), ElementsAre(2));
  EXPECT_THAT(SnapshotDims(session_, 0), ElementsAre(1, 2));
  EXPECT_THAT(SnapshotDims(session_, 1), ElementsAre(0));
  const Result<std::vector<int64_t>> unknown = session_.DimsOf("embb");
  EXPECT_EQ(unknown.status().reason(), Reason::kMissing);
  EXPECT_THAT(std::string(unknown.status().hint()), HasSubstr("'emb'"));
}

TEST_F(GrowingArraysTest, ANewValueIsCommittedAsAWhole) {
  const auto assignment = Begin({{0, {3, 2}}, {1, {2}}});
  EXPECT_FALSE(assignment->fills_in_place());
  ASSERT_EQ(assignment->buffer(0).size(), 24u);
  EXPECT_TRUE(assignment->buffer(1).empty());
  const std::vector<float> value = {1, 2, 3, 4, 5, 6};
  std::ranges::copy(std::as_bytes(std::span(value)), assignment->buffer(0).begin());
  assignment->SetStrings(1, Strings({"a", "bc"}));
  EXPECT_THAT(emb_, ElementsAre(1, 2)) << "arrays that grow change at Commit";
  EXPECT_THAT(words_, IsEmpty());

  ASSERT_TRUE(assignment->Commit().ok());
  EXPECT_EQ(emb_, value);
  EXPECT_THAT(words_, ElementsAre("a", "bc"));
  EXPECT_THAT(*session_.DimsOf("emb"), ElementsAre(3, 2));
  EXPECT_THAT(SnapshotDims(session_, 1), ElementsAre(2));
  EXPECT_THAT(session_.variables()[0].dims, ElementsAre(-1, 2)) << "the next value may be larger";
}

TEST_F(GrowingArraysTest, AnAssignmentThatIsGivenUpLeavesThem) {
  {
    const auto assignment = Begin({{0, {3, 2}}, {1, {1}}});
    std::ranges::fill(assignment->buffer(0), std::byte{1});
    assignment->SetStrings(1, Strings({"a"}));
  }
  EXPECT_THAT(emb_, ElementsAre(1, 2));
  EXPECT_THAT(words_, IsEmpty());
}

TEST_F(GrowingArraysTest, BesideThemOtherArraysAreFilledInPlace) {
  const auto assignment = Begin({{2, {2}}, {0, {0, 2}}});
  EXPECT_TRUE(assignment->fills_in_place());
  EXPECT_EQ(static_cast<void*>(assignment->buffer(0).data()), bias_.data());
  ASSERT_TRUE(assignment->Commit().ok());
  EXPECT_THAT(emb_, IsEmpty());
  EXPECT_THAT(*session_.DimsOf("emb"), ElementsAre(0, 2));
}

TEST_F(GrowingArraysTest, AnotherNumberOfStringsThanTheDimsSayChangesNothing) {
  const auto assignment = Begin({{1, {3}}, {0, {0, 2}}});
  assignment->SetStrings(0, Strings({"a"}));
  const Status status = assignment->Commit();
  EXPECT_EQ(status.reason(), Reason::kArgument);
  EXPECT_EQ(status.message(), "1 strings for a variable of 3");
  EXPECT_THAT(words_, IsEmpty());
  EXPECT_THAT(emb_, ElementsAre(1, 2));
}

TEST_F(GrowingArraysTest, StringsThatAreNotSetStayAsTheyAre) {
  words_ = {"a"};
  ASSERT_TRUE(Begin({{1, {3}}})->Commit().ok());
  EXPECT_THAT(words_, ElementsAre("a"));
  EXPECT_THAT(*session_.DimsOf("words"), ElementsAre(1));
}

TEST_F(GrowingArraysTest, TheProgramMayGiveThemAnotherSize) {
  emb_.resize(8);
  EXPECT_THAT(*session_.DimsOf("emb"), ElementsAre(4, 2));
  EXPECT_THAT(SnapshotDims(session_, 0), ElementsAre(4, 2));
  emb_.resize(7);
  const Status status = session_.Snapshot({{VariableId{0}}}).status();
  EXPECT_EQ(status.reason(), Reason::kArgument);
  EXPECT_EQ(status.message(),
            "variable 'emb': float32[-1,2] cannot have 7 elements, which its array has");
}

TEST_F(GrowingArraysTest, AnAssignmentMayOutliveItsSession) {
  std::unique_ptr<Assignment> assignment;
  {
    MemorySession session;
    ASSERT_TRUE(session.Add("emb", emb_, {-1}).ok());
    assignment = *session.Begin(std::vector<NewValue>{{0, {1}}});
  }
  StoreLittleEndian(assignment->buffer(0).data(), 5.0f);
  ASSERT_TRUE(assignment->Commit().ok());
  EXPECT_THAT(emb_, ElementsAre(5));
}

struct RefusedValue {
  const char* what;
  NewValue value;
  Reason reason;
};

class RefusedValueTest : public testing::TestWithParam<RefusedValue> {};

TEST_P(RefusedValueTest, IsAnErrorAndNoException) {
  if ((kHasAddressSanitizer || kHasThreadSanitizer) && GetParam().reason == Reason::kNoMemory)
    GTEST_SKIP() << "the sanitizer ends the program";
  std::vector<float> emb = {1, 2};
  std::vector<std::complex<double>> wide;
  std::vector<std::string> words;
  MemorySession session;
  ASSERT_TRUE(session.Add("emb", emb, {-1, 2}).ok());
  ASSERT_TRUE(session.Add("wide", wide, {-1}).ok());
  ASSERT_TRUE(session.Add("words", words, {-1, -1}).ok());
  const Status status = session.Begin({{GetParam().value}}).status();
  EXPECT_EQ(status.reason(), GetParam().reason) << GetParam().what << ": " << status;
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("variable '" + session.variables()[GetParam().value.variable].name + "'"));
  EXPECT_THAT(emb, ElementsAre(1, 2));
}

INSTANTIATE_TEST_SUITE_P(
    , RefusedValueTest,
    testing::Values(
        RefusedValue{"another known dimension", {0, {3, 3}}, Reason::kArgument},
        RefusedValue{"another rank", {0, {6}}, Reason::kArgument},
        RefusedValue{"a dimension that is not known", {0, {-1, 2}}, Reason::kArgument},
        RefusedValue{"a negative dimension", {0, {-5, 2}}, Reason::kArgument},
        RefusedValue{"more elements than 2^63", {0, {INT64_MAX, 2}}, Reason::kArgument},
        RefusedValue{"more bytes than 2^64", {1, {INT64_MAX / 2}}, Reason::kArgument},
        RefusedValue{
            "more bytes than a program can have", {0, {int64_t{1} << 59, 2}}, Reason::kNoMemory},
        RefusedValue{"more bytes than the machine has", {1, {int64_t{1} << 55}}, Reason::kNoMemory},
        RefusedValue{"more strings than 2^63", {2, {INT64_MAX, INT64_MAX}}, Reason::kArgument}));

std::vector<float> six_floats(6);
std::vector<float> no_floats;
std::vector<std::string> three_words(3);
std::string one_word;
float one_float;

struct Added {
  const char* what;
  std::function<Status(MemorySession&)> add;
  std::vector<int64_t> dims;  // of the value; empty: it is refused
};

class AddedArrayTest : public testing::TestWithParam<Added> {};

TEST_P(AddedArrayTest, FindsTheDimsOrIsRefused) {
  MemorySession session;
  const Status status = GetParam().add(session);
  if (GetParam().dims.empty()) {
    EXPECT_EQ(status.reason(), Reason::kArgument) << GetParam().what;
    EXPECT_THAT(std::string(status.message()), HasSubstr("variable 'v'")) << GetParam().what;
    EXPECT_THAT(session.variables(), IsEmpty());
    return;
  }
  ASSERT_TRUE(status.ok()) << GetParam().what << ": " << status;
  EXPECT_EQ(*session.DimsOf("v"), GetParam().dims) << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(
    , AddedArrayTest,
    testing::Values(
        Added{
            "the first", [](MemorySession& s) { return s.Add("v", six_floats, {-1, 2}); }, {3, 2}},
        Added{"the last", [](MemorySession& s) { return s.Add("v", six_floats, {2, -1}); }, {2, 3}},
        Added{"one that is 1",
              [](MemorySession& s) { return s.Add("v", six_floats, {6, -1}); },
              {6, 1}},
        Added{"two, without elements",
              [](MemorySession& s) { return s.Add("v", no_floats, {-1, 4, -1}); },
              {0, 4, 0}},
        Added{"one beside a zero",
              [](MemorySession& s) { return s.Add("v", no_floats, {-1, 0}); },
              {0, 0}},
        Added{"of strings",
              [](MemorySession& s) { return s.Add("v", three_words, {-1, 1}); },
              {3, 1}},
        Added{"two, with elements",
              [](MemorySession& s) { return s.Add("v", six_floats, {-1, -1}); },
              {}},
        Added{"one beside a zero, with elements",
              [](MemorySession& s) { return s.Add("v", six_floats, {-1, 0}); },
              {}},
        Added{"a known dimension that does not divide",
              [](MemorySession& s) { return s.Add("v", six_floats, {-1, 4}); },
              {}},
        Added{"a known dimension that is negative",
              [](MemorySession& s) { return s.Add("v", no_floats, {-1, -2}); },
              {}},
        Added{"known dims whose product does not fit",
              [](MemorySession& s) { return s.Add("v", no_floats, {-1, INT64_MAX, 2}); },
              {}},
        Added{"a span cannot grow",
              [](MemorySession& s) { return s.Add("v", std::span(six_floats), {-1, 2}); },
              {}},
        Added{"a number cannot grow",
              [](MemorySession& s) { return s.Add("v", one_float, {-1}); },
              {}},
        Added{"a string cannot grow",
              [](MemorySession& s) { return s.Add("v", one_word, {-1}); },
              {}}));

TEST(GrowingArrayMessageTest, SaysWhatToDo) {
  MemorySession session;
  const Status status = session.Add("v", std::span(six_floats), {-1, 2});
  EXPECT_EQ(status.message(),
            "variable 'v': the array of float32[-1,2] cannot grow, so it cannot have a dimension "
            "of -1");
  EXPECT_EQ(status.hint(), "give all dims, or add a std::vector itself");
}

TEST(GrowingArrayRestoreTest, TakesTheSizeThatTheCheckpointHas) {
  std::vector<float> emb;
  std::vector<std::string> words;
  float bias = 0;
  MemorySession session;
  ASSERT_TRUE(session.Add("emb", emb, {-1, 2}).ok());
  ASSERT_TRUE(session.Add("words", words, {-1}).ok());
  ASSERT_TRUE(session.Add("bias", bias).ok());
  const std::vector<float> saved_emb = {1, 2, 3, 4};
  const std::vector<std::string> saved_words = {"a", "b", "c"};
  const float saved_bias = 5;
  const TensorDict dict =
      *DictOf({{"emb", {saved_emb, {2, 2}}}, {"words", {saved_words, {3}}}, {"bias", saved_bias}});
  const Result<RestorePlan> plan = DictRestore(dict).Init(session);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(emb, saved_emb);
  EXPECT_EQ(words, saved_words);
  EXPECT_EQ(bias, 5);
}

// A value that is far larger than its stored bytes.
class PackedSource final : public TensorSource {
 public:
  DType dtype() const override { return DType::kFloat32; }
  const Shape& shape() const override { return value_->shape(); }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override { return value_->OpenStream(); }
  Status CheckCanBeHeld() const override {
    return Status(Reason::kLimit, "too much for its bytes");
  }

 private:
  const std::vector<float> zeros_ = {0, 0};
  std::shared_ptr<const TensorSource> value_ =
      *MemorySource("", DType::kFloat32, std::as_bytes(std::span(zeros_)), std::array{int64_t{2}});
};

TEST(GrowingArrayRestoreTest, MemoryIsMadeOnlyForWhatTheStoredBytesJustify) {
  TensorDict::Builder builder;
  builder.Add("v", std::make_shared<PackedSource>());
  const TensorDict dict = *builder.Build();
  std::vector<float> grows = {1};
  MemorySession growing;
  ASSERT_TRUE(growing.Add("v", grows, {-1}).ok());
  const Status status = DictRestore(dict).Init(growing).status();
  EXPECT_EQ(status.reason(), Reason::kLimit);
  EXPECT_EQ(status.message(), "tensor 'v': too much for its bytes");
  EXPECT_THAT(grows, ElementsAre(1));

  std::vector<float> has_room = {1, 1};
  MemorySession fixed;
  ASSERT_TRUE(fixed.Add("v", has_room, {2}).ok());
  EXPECT_TRUE(DictRestore(dict).Init(fixed).ok());
  EXPECT_THAT(has_room, ElementsAre(0, 0));
}

// Damage leaves arrays of both kinds as they were.
TEST(GrowingArrayRestoreTest, ADamagedCheckpointChangesNothing) {
  std::vector<float> grows = {1};
  std::vector<float> fixed = {2};
  MemorySession session;
  ASSERT_TRUE(session.Add("fixed", fixed, {1}).ok());
  ASSERT_TRUE(session.Add("grows", grows, {-1}).ok());
  TensorDict::Builder builder;
  builder.Add("fixed", SourceOf<float>({1}, {5}));
  builder.Add("grows", DamagedSourceOf<float>({2}, {6, 7}));
  EXPECT_EQ(DictRestore(*builder.Build()).Init(session).status().reason(), Reason::kCrc);
  EXPECT_THAT(fixed, ElementsAre(2));
  EXPECT_THAT(grows, ElementsAre(1));

  MemorySession only_growing;
  ASSERT_TRUE(only_growing.Add("grows", grows, {-1}).ok());
  builder.Add("grows", DamagedSourceOf<float>({2}, {6, 7}));
  EXPECT_EQ(DictRestore(*builder.Build()).Init(only_growing).status().reason(), Reason::kCrc);
  EXPECT_THAT(grows, ElementsAre(1));
}

// An array that is not contiguous does not compile: neither as a variable, nor with a dimension of
// -1.
template <typename Values>
concept CanAdd = requires(MemorySession session, Values&& values, Dims dims) {
  session.Add("w", std::forward<Values>(values), dims);
};
static_assert(CanAdd<std::vector<float>&> && CanAdd<std::span<float>>);
static_assert(!CanAdd<std::vector<bool>&>, "packed into bits");
static_assert(!CanAdd<std::deque<float>&>, "in several blocks");
static_assert(!CanAdd<decltype(std::declval<std::vector<float>&>() | std::views::reverse)>,
              "in another order");
static_assert(!CanAdd<std::vector<std::vector<float>>&>, "rows lie apart");
static_assert(!CanAdd<float**&>, "rows lie apart");

}  // namespace
}  // namespace cairn
