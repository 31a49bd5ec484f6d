#include "cairn/train/run_components.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Counter final : public Callback {
 public:
  explicit Counter(std::string name) : name_(std::move(name)) {}
  std::string_view name() const override { return name_; }
  std::string SaveState() const override { return text; }
  Status LoadState(std::string_view state) override {
    if (state == "bad") return Status(Reason::kFormat, "not a count");
    text = state;
    return {};
  }
  std::string text;

 private:
  std::string name_;
};

// Through the text that a checkpoint holds.
RunState Stored(const RunState& state) {
  Result<RunState> parsed = ParseRunState(*FormatRunState(state));
  EXPECT_TRUE(parsed.ok()) << parsed.status().message();
  return *parsed;
}

TEST(RunComponentsTest, EverythingComesBack) {
  std::mt19937 twister(1);
  std::minstd_rand minimal(2);
  std::mt19937_64 wide(3);
  std::ranlux24_base lux(4);
  std::normal_distribution<double> normal;
  Counter counter("counter");
  std::string data = "12 of 40";
  const auto draw = [&] { return normal(twister) + double(minimal() + wide() % 7 + lux()); };
  RunComponents components;
  components.Add(counter);
  components.AddGenerator("twister", twister);
  components.AddGenerator("minimal", minimal);
  components.AddGenerator("wide", wide);
  components.AddGenerator("lux", lux);
  components.AddGenerator("normal", normal);
  components.SetDataPosition([&] { return data; },
                             [&](std::string_view text) { return data = text, Status(); });

  counter.text = "3 \xc3\xa9\n\"";
  draw();  // an odd number: the distribution keeps a second value
  const RunState saved = Stored(*components.Save({.step = 70, .epoch = 2, .epoch_step = 10}));
  const double expected = draw();
  counter.text = "4";
  data = "elsewhere";
  draw();

  const Result<RunComponents::Loaded> loaded = components.Load(saved);
  ASSERT_TRUE(loaded.ok()) << loaded.status().message();
  EXPECT_EQ(loaded->position, (TrainPosition{70, 2, 10}));
  EXPECT_THAT(loaded->notes, IsEmpty());
  EXPECT_EQ(draw(), expected);
  EXPECT_EQ(counter.text, "3 \xc3\xa9\n\"");
  EXPECT_EQ(data, "12 of 40");
}

TEST(RunComponentsTest, AGeneratorOfAnotherKindGivesItsText) {
  std::string state = "seven";
  RunComponents components;
  components.AddGenerator(
      "theirs", [&] { return state; },
      [&](const std::string& text) { return text != "bad" && (state = text, true); });
  RunState saved = Stored(*components.Save({.step = 1}));
  state = "eight";
  ASSERT_TRUE(components.Load(saved).ok());
  EXPECT_EQ(state, "seven");
  saved.generators["theirs"] = "bad";
  EXPECT_EQ(components.Load(saved).status().reason(), Reason::kFormat);
  EXPECT_EQ(state, "seven");
}

TEST(RunComponentsTest, EqualStatesGiveEqualText) {
  std::mt19937 random(1);
  RunComponents components;
  components.AddGenerator("random", random);
  const std::string first = *FormatRunState(*components.Save({.step = 1}));
  EXPECT_EQ(*FormatRunState(*components.Save({.step = 1})), first);
  random();
  EXPECT_NE(*FormatRunState(*components.Save({.step = 1})), first);
}

TEST(RunComponentsTest, WhatDoesNotFitIsNoted) {
  Counter counter("mine");
  std::mt19937 random(1);
  RunComponents components;
  components.Add(counter);
  components.AddGenerator("mine", random);
  components.SetDataPosition([] { return ""; }, [](std::string_view) { return Status(); });
  counter.text = "1";
  RunState state;
  state.callbacks = {{"theirs", "x"}};
  state.generators = {{"theirs", "1"}};
  const Result<RunComponents::Loaded> loaded = components.Load(state);
  ASSERT_TRUE(loaded.ok());
  EXPECT_THAT(
      loaded->notes,
      ElementsAre(HasSubstr("generator 'mine' has no state"), HasSubstr("of a generator 'theirs'"),
                  HasSubstr("no data position"), HasSubstr("callback 'mine' has no state"),
                  HasSubstr("of a callback 'theirs'")));
  EXPECT_EQ(counter.text, "1");
}

TEST(RunComponentsTest, ACallbackWithoutStateLeavesNoTrace) {
  Counter counter("quiet");
  RunComponents with, without;
  with.Add(counter);
  EXPECT_EQ(*FormatRunState(*with.Save({})), *FormatRunState(*without.Save({})));
  EXPECT_THAT(with.Load(*without.Save({}))->notes, IsEmpty());
}

struct Bad {
  const char* what;
  void (*spoil)(RunState&);
  const char* message;
};

class BadRunStateTest : public testing::TestWithParam<Bad> {};

TEST_P(BadRunStateTest, IsRefused) {
  Counter counter("counter");
  std::mt19937 random(1);
  RunComponents components;
  components.Add(counter);
  components.AddGenerator("random", random);
  counter.text = "1";
  RunState state = *components.Save({.step = 10, .epoch_step = 3});
  GetParam().spoil(state);
  const Status status = components.Load(state).status();
  EXPECT_EQ(status.reason(), Reason::kFormat);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message));
  EXPECT_EQ(random, std::mt19937(1)) << "a generator changes only when its text is whole";
}

INSTANTIATE_TEST_SUITE_P(
    , BadRunStateTest,
    testing::Values(
        Bad{"generator cut", [](RunState& s) { s.generators["random"].resize(100); }, "'random'"},
        Bad{"generator empty", [](RunState& s) { s.generators["random"] = ""; }, "'random'"},
        Bad{"more than a generator", [](RunState& s) { s.generators["random"] += " 7"; },
            "'random'"},
        Bad{"another engine", [](RunState& s) { s.generators["random"] = "12345"; }, "'random'"},
        Bad{"refused by its owner", [](RunState& s) { s.callbacks["counter"] = "bad"; },
            "'counter': not a count"},
        Bad{"steps of the epoch: text", [](RunState& s) { s.callbacks["Trainer"] = "3x"; }, "3x"},
        Bad{"steps of the epoch: below zero", [](RunState& s) { s.callbacks["Trainer"] = "-1"; },
            "-1"}),
    [](const auto& test_info) {
      std::string name = test_info.param.what;
      std::erase_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); });
      return name;
    });

TEST(RunComponentsTest, NamesAreUnique) {
  Counter a("same"), b("same"), trainer("Trainer");
  a.text = b.text = trainer.text = "1";
  RunComponents callbacks, reserved, generators;
  callbacks.Add(a);
  callbacks.Add(b);
  EXPECT_EQ(callbacks.Save({}).status().reason(), Reason::kArgument);
  EXPECT_EQ(callbacks.Load({}).status().reason(), Reason::kArgument);
  reserved.Add(trainer);
  EXPECT_EQ(reserved.Save({}).status().reason(), Reason::kArgument);
  std::mt19937 random;
  generators.AddGenerator("random", random);
  generators.AddGenerator("random", random);
  EXPECT_EQ(generators.Save({}).status().reason(), Reason::kArgument);
}

}  // namespace
}  // namespace cairn
