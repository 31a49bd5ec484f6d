#include "cairn/state/run_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

RunState SampleState() {
  RunState state;
  state.step = 40;
  state.epoch = 2;
  state.callbacks = {{"MinSaver", "{\"best\":0.5}"}, {"A", "line\nbreak \"quoted\" \\ ü 😀 \0."s}};
  state.generators = {{"numpy", "MT19937"}};
  state.data_position = "shard 3, record 17";
  return state;
}

void ExpectEqual(const RunState& a, const RunState& b) {
  EXPECT_EQ(a.step, b.step);
  EXPECT_EQ(a.epoch, b.epoch);
  EXPECT_EQ(a.callbacks, b.callbacks);
  EXPECT_EQ(a.generators, b.generators);
  EXPECT_EQ(a.data_position, b.data_position);
}

TEST(RunStateTest, IsTheseBytes) {
  RunState state;
  state.step = 40;
  state.epoch = 2;
  state.callbacks = {{"b", "2\n"}, {"a", "ü\""}};
  EXPECT_EQ(*FormatRunState(state),
            R"({"version":1,"step":40,"epoch":2,"callbacks":{"a":"ü\"","b":"2\n"},)"
            R"("generators":{},"data_position":""})");
}

TEST(RunStateTest, ComesBack) {
  for (const RunState& state : {SampleState(), RunState()}) {
    const auto text = FormatRunState(state);
    ASSERT_TRUE(text.ok()) << text.status().message();
    const auto parsed = ParseRunState(*text);
    ASSERT_TRUE(parsed.ok()) << parsed.status().message();
    ExpectEqual(*parsed, state);
    EXPECT_EQ(*FormatRunState(*parsed), *text);
  }
}

TEST(RunStateTest, TextsThatAreNoUtf8AreRefused) {
  RunState state;
  state.callbacks = {{"a", "\xff"}};
  EXPECT_EQ(FormatRunState(state).status().reason(), Reason::kArgument);
  EXPECT_THAT(std::string(FormatRunState(state).status().message()), HasSubstr("callback 'a'"));
  state.callbacks = {{"\xff", ""}};
  EXPECT_EQ(FormatRunState(state).status().reason(), Reason::kArgument);
  state.callbacks.clear();
  state.generators = {{"g", "\xed\xa0\x80"}};
  EXPECT_EQ(FormatRunState(state).status().reason(), Reason::kArgument);
  state.generators.clear();
  state.data_position = "\xc0\x80";
  EXPECT_EQ(FormatRunState(state).status().reason(), Reason::kArgument);
  state.data_position.clear();
  state.step = -1;
  EXPECT_EQ(FormatRunState(state).status().reason(), Reason::kArgument);
}

TEST(RunStateTest, UnknownFieldsArePassedOver) {
  const auto state = ParseRunState(
      R"( {"new":{"step":7,"callbacks":{"x":1},"a":[[{"b":null}]]},"step":40,"list":["s",1.5,true,[]],)"
      R"("callbacks":{"a":"1"},"more":"text","epoch":2,"none":null,"version":1,"big":18446744073709551615} )");
  ASSERT_TRUE(state.ok()) << state.status().message();
  EXPECT_EQ(state->step, 40);
  EXPECT_EQ(state->epoch, 2);
  EXPECT_THAT(state->callbacks, testing::ElementsAre(testing::Pair("a", "1")));
}

TEST(RunStateTest, TheLargestStepIsRead) {
  EXPECT_EQ(ParseRunState("{\"version\":1,\"step\":1,\"epoch\":0}\0x"s).status().reason(),
            Reason::kFormat);
  EXPECT_EQ(ParseRunState(R"({"version":1,"step":9223372036854775807,"epoch":0})")->step,
            INT64_MAX);
}

struct Damage {
  const char* what;
  std::string text;
  Reason reason;
};

class DamagedRunStateTest : public testing::TestWithParam<Damage> {};

TEST_P(DamagedRunStateTest, IsRefused) {
  const Status status = ParseRunState(GetParam().text).status();
  EXPECT_EQ(status.reason(), GetParam().reason) << GetParam().what << ": " << status.message();
  EXPECT_THAT(std::string(status.message()), testing::StartsWith("run state: "));
}

INSTANTIATE_TEST_SUITE_P(
    , DamagedRunStateTest,
    testing::Values(
        Damage{"empty", "", Reason::kFormat}, Damage{"no JSON", "step 40", Reason::kFormat},
        Damage{"a list", "[]", Reason::kFormat},
        Damage{"a list of objects", R"([{"version":1,"step":1,"epoch":1}])", Reason::kFormat},
        Damage{"a number", "40", Reason::kFormat}, Damage{"null", "null", Reason::kFormat},
        Damage{"cut", R"({"version":1,"step":40,"epoch":2)", Reason::kFormat},
        Damage{"more behind it", R"({"version":1,"step":40,"epoch":2}{})", Reason::kFormat},
        Damage{"no version", R"({"step":40,"epoch":2})", Reason::kFormat},
        Damage{"no step", R"({"version":1,"epoch":2})", Reason::kFormat},
        Damage{"no epoch", R"({"version":1,"step":2})", Reason::kFormat},
        Damage{"a later version", R"({"version":2,"step":40,"epoch":2})", Reason::kVersion},
        Damage{"version zero", R"({"version":0,"step":40,"epoch":2})", Reason::kFormat},
        Damage{"a version in words", R"({"version":"1","step":40,"epoch":2})", Reason::kFormat},
        Damage{"a negative step", R"({"version":1,"step":-1,"epoch":2})", Reason::kFormat},
        Damage{"a fraction", R"({"version":1,"step":1.5,"epoch":2})", Reason::kFormat},
        Damage{"a step of 2^63", R"({"version":1,"step":9223372036854775808,"epoch":2})",
               Reason::kFormat},
        Damage{"a step of 1e400", R"({"version":1,"step":1e400,"epoch":2})", Reason::kFormat},
        Damage{"a step that is null", R"({"version":1,"step":null,"epoch":2})", Reason::kFormat},
        Damage{"a step twice", R"({"version":1,"step":1,"epoch":2,"step":3})", Reason::kDuplicate},
        Damage{"callbacks twice",
               R"({"version":1,"step":1,"epoch":2,"callbacks":{},"callbacks":{}})",
               Reason::kDuplicate},
        Damage{"a callback twice",
               R"({"version":1,"step":1,"epoch":2,"callbacks":{"a":"","a":""}})",
               Reason::kDuplicate},
        Damage{"callbacks in a list", R"({"version":1,"step":1,"epoch":2,"callbacks":[]})",
               Reason::kFormat},
        Damage{"a callback that is a number",
               R"({"version":1,"step":1,"epoch":2,"callbacks":{"a":1}})", Reason::kFormat},
        Damage{"a callback that is an object",
               R"({"version":1,"step":1,"epoch":2,"callbacks":{"a":{}}})", Reason::kFormat},
        Damage{"a generator that is true",
               R"({"version":1,"step":1,"epoch":2,"generators":{"a":true}})", Reason::kFormat},
        Damage{"a position that is an object",
               R"({"version":1,"step":1,"epoch":2,"data_position":{}})", Reason::kFormat},
        Damage{"bytes that are no UTF-8",
               "{\"version\":1,\"step\":1,\"epoch\":2,\"data_position\":\"\xff\"}",
               Reason::kFormat},
        Damage{"half a surrogate", R"({"version":1,"step":1,"epoch":2,"data_position":"\ud800"})",
               Reason::kFormat},
        Damage{"33 levels", R"({"x":)" + std::string(32, '['), Reason::kLimit},
        Damage{"a million levels", R"({"x":)" + std::string(1'000'000, '['), Reason::kLimit}));

TEST(RunStateSourceTest, TravelsInACheckpoint) {
  MemoryFileSystem fs;
  TensorDict::Builder builder;
  builder.Add("w", SourceOf<float>({1}, {1}));
  builder.Add("A", SourceOf<float>({1}, {1}));
  const auto with_state = WithRunState(*builder.Build(), SampleState());
  ASSERT_TRUE(with_state.ok());
  EXPECT_EQ(with_state->size(), 3u);
  EXPECT_EQ(with_state->Find("A"), 0u);
  EXPECT_EQ(with_state->Find(kRunStateName), 1u);
  EXPECT_EQ(with_state->Find("w"), 2u);
  const auto source = with_state->Get(kRunStateName);
  ASSERT_TRUE(source.ok());
  EXPECT_EQ((*source)->dtype(), DType::kString);
  EXPECT_EQ((*source)->shape().rank(), 0u);
  EXPECT_EQ((*source)->OpenStream().status().reason(), Reason::kDType);
  const auto report = tf_bundle::kFormat.save(fs, "run/model-40", *with_state, {});
  ASSERT_TRUE(report.ok()) << report.status().message();
  const auto dict = tf_bundle::kFormat.open(fs, "run/model-40", {});
  ASSERT_TRUE(dict.ok());
  const auto state = ReadRunState(*dict);
  ASSERT_TRUE(state.ok()) << state.status().message();
  ASSERT_TRUE(state->has_value());
  ExpectEqual(**state, SampleState());
}

TEST(RunStateSourceTest, ACheckpointOfAnotherProgramHasNone) {
  const auto state = ReadRunState(TensorDict());
  ASSERT_TRUE(state.ok());
  EXPECT_FALSE(state->has_value());
}

TEST(RunStateSourceTest, AnEntryThatIsNoStringIsDamage) {
  TensorDict::Builder builder;
  builder.Add(std::string(kRunStateName), SourceOf<float>({1}, {1}));
  EXPECT_EQ(ReadRunState(*builder.Build()).status().code(), StatusCode::kDataLoss);
}

TEST(RunStateSourceTest, BadTextIsRefusedBeforeAnythingIsSaved) {
  RunState state;
  state.data_position = "\xff";
  EXPECT_EQ(WithRunState(TensorDict(), state).status().reason(), Reason::kArgument);
}

TEST(RunStateSourceTest, ADictHasOneState) {
  const auto once = WithRunState(TensorDict(), SampleState());
  ASSERT_TRUE(once.ok());
  EXPECT_EQ(WithRunState(*once, SampleState()).status().reason(), Reason::kArgument);
}

}  // namespace
}  // namespace cairn
