// Plans of several sources, and of values that are not taken as they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "cairn/session/memory_session.h"
#include "cairn/session/memory_source.h"
#include "cairn/session/restore_plan.h"
#include "cairn/session/session_init.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Dicts and sessions of floats, with the arrays that they borrow.
class SourcesTest : public testing::Test {
 protected:
  TensorDict Dict(std::initializer_list<std::pair<std::string, std::vector<float>>> tensors) {
    std::map<std::string, Array> arrays;
    for (const auto& [name, values] : tensors) {
      const std::vector<float>& kept = arrays_.emplace_back(values);
      arrays.insert({name, {kept, {static_cast<int64_t>(kept.size())}}});
    }
    return *DictOf(arrays);
  }

  std::vector<float>& Add(const std::string& name, size_t size, std::vector<int64_t> dims = {}) {
    std::vector<float>& values = arrays_.emplace_back(size, -1.0f);
    if (dims.empty()) dims = {static_cast<int64_t>(size)};
    EXPECT_TRUE(session_.Add(name, values, dims).ok()) << name;
    return values;
  }

  static std::vector<std::string> Lines(const RestorePlan& plan) {
    std::vector<std::string> lines;
    for (const RestoreItem& item : plan.items) {
      lines.push_back(std::string(Name(item.match)) + " " + item.name + " of " +
                      plan.sources[item.source].name);
    }
    return lines;
  }

  std::deque<std::vector<float>> arrays_;
  MemorySession session_;
};

TEST_F(SourcesTest, TheLastSourceThatHasAVariableCounts) {
  const std::vector<float>& a = Add("a", 1);
  const std::vector<float>& b = Add("b", 1);
  const std::vector<float>& c = Add("c", 1);
  const RestorePlan plan =
      MakePlan(session_, {{.dict = Dict({{"a", {1}}, {"b", {2}}}), .name = "first"},
                          {.dict = Dict({{"b", {3}}, {"x", {4}}}), .name = "second"}});
  EXPECT_THAT(Lines(plan),
              ElementsAre("matched a of first", "overwritten b of first", "matched b of second",
                          "missing c of first", "unexpected x of second"));
  EXPECT_EQ(plan.nbytes(), 8u) << "what is overwritten is not read";
  ASSERT_TRUE(Apply(session_, plan).ok());
  EXPECT_THAT(a, ElementsAre(1));
  EXPECT_THAT(b, ElementsAre(3));
  EXPECT_THAT(c, ElementsAre(-1));
}

TEST_F(SourcesTest, WhatIsOverwrittenMayBeDamaged) {
  const std::vector<float>& a = Add("a", 1);
  TensorDict::Builder damaged;
  damaged.Add("a", DamagedSourceOf<float>({1}, {1}));
  const RestorePlan plan =
      MakePlan(session_, {{.dict = *damaged.Build()}, {.dict = Dict({{"a", {2}}})}});
  ASSERT_TRUE(Apply(session_, plan).ok());
  EXPECT_THAT(a, ElementsAre(2));
}

TEST_F(SourcesTest, AMismatchOfOneSourceIsAnErrorOfAll) {
  const std::vector<float>& a = Add("a", 1);
  const RestorePlan plan = MakePlan(session_, {{.dict = Dict({{"a", {1}}}), .name = "good"},
                                               {.dict = Dict({{"a", {1, 2}}}), .name = "bad"}});
  EXPECT_EQ(plan.acceptable.reason(), Reason::kMismatch);
  EXPECT_THAT(std::string(plan.acceptable.message()), HasSubstr("bad: 'a'"));
  EXPECT_FALSE(Apply(session_, plan).ok());
  EXPECT_THAT(a, ElementsAre(-1));
}

TEST_F(SourcesTest, AMismatchThatIsAllowedLeavesTheEarlierValue) {
  const std::vector<float>& a = Add("a", 1);
  const RestorePlan plan =
      MakePlan(session_, {{.dict = Dict({{"a", {1}}})},
                          {.dict = Dict({{"a", {1, 2}}}), .rules = WhatFits(), .name = "other"}});
  EXPECT_THAT(Lines(plan), ElementsAre("matched a of ", "mismatched a of other"));
  ASSERT_TRUE(Apply(session_, plan).ok());
  EXPECT_THAT(a, ElementsAre(1));
  EXPECT_THAT(plan.warnings, ElementsAre("other: not restored, because the shape differs: a"));
}

struct PolicyRow {
  std::string what;
  Policy RestoreRules::* policy;
  Reason reason;
  std::string message;
};

TEST_F(SourcesTest, EachClassHasItsPolicy) {
  Add("have", 1);
  Add("lack", 1);
  Add("have/Adam", 1);
  const TensorDict dict = Dict({{"have", {1}}, {"more", {2}}, {"more/Adam", {3}}});
  const PolicyRow rows[] = {
      {"missing", &RestoreRules::missing, Reason::kMissing,
       "in the session, but not in the checkpoint: 'lack'"},
      {"unexpected", &RestoreRules::unexpected, Reason::kMismatch,
       "in the checkpoint, but not in the session: 'more'"},
      {"training state", &RestoreRules::training_state, Reason::kMismatch,
       "in the checkpoint, but not in the session: 'more/Adam'"},
  };
  for (const PolicyRow& row : rows) {
    RestoreRules rules;
    rules.*row.policy = Policy::kError;
    const Status error = MakePlan(session_, dict, rules).acceptable;
    EXPECT_EQ(error.reason(), row.reason) << row.what;
    EXPECT_EQ(error.message(), row.message);
    rules.*row.policy = Policy::kIgnore;
    EXPECT_TRUE(MakePlan(session_, dict, rules).acceptable.ok()) << row.what;
  }
  const RestoreRules quiet = {.missing = Policy::kIgnore, .unexpected = Policy::kIgnore};
  EXPECT_THAT(MakePlan(session_, dict, quiet).warnings, IsEmpty());
  const RestoreRules loud = {.training_state = Policy::kWarn};
  EXPECT_THAT(MakePlan(session_, dict, loud).warnings,
              ElementsAre("in the session, but not in the checkpoint: lack, have/Adam",
                          "in the checkpoint, but not restored: more, more/Adam"));
}

TEST_F(SourcesTest, AVariableThatAnotherSourceHasIsNotMissing) {
  Add("a", 1);
  Add("b", 1);
  const RestoreRules strict = {.missing = Policy::kError};
  EXPECT_TRUE(MakePlan(session_, {{.dict = Dict({{"a", {1}}}), .rules = strict},
                                  {.dict = Dict({{"b", {1}}}), .rules = strict}})
                  .acceptable.ok());
}

TEST_F(SourcesTest, WhatFitsIsLoaded) {
  const std::vector<float>& a = Add("a", 2);
  const std::vector<float>& b = Add("b", 2);
  const std::vector<float>& c = Add("c", 4, {2, 2});
  std::vector<int32_t> n = {-1, -1};
  ASSERT_TRUE(session_.Add("n", n, {2}).ok());
  const RestorePlan plan = MakePlan(
      session_, Dict({{"a", {1, 2}}, {"b", {1, 2, 3}}, {"c", {1, 2, 3, 4}}, {"n", {1, 2}}}),
      WhatFits());
  ASSERT_TRUE(Apply(session_, plan).ok());
  EXPECT_THAT(a, ElementsAre(1, 2));
  EXPECT_THAT(b, ElementsAre(-1, -1));
  EXPECT_THAT(c, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(n, ElementsAre(-1, -1));
  EXPECT_THAT(plan.warnings, ElementsAre("restored in another shape: c",
                                         "not restored, because the shape differs: b",
                                         "not restored, because the dtype differs: n"));
}

// --- Casts ---

TEST_F(SourcesTest, CastsThatOverflowAreCountedAndWarnedOf) {
  std::vector<double> big = {1, 1e300, -1e300};
  const TensorDict dict = *DictOf({{"w", {big, {3}}}});
  const std::vector<float>& w = Add("w", 3);
  const auto plan = DictRestore(dict).Init(session_);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_THAT(w, ElementsAre(1, HUGE_VALF, -HUGE_VALF));
  EXPECT_EQ(plan->items[0].detail, "float64[3] as float32[3]");
  EXPECT_THAT(plan->warnings,
              ElementsAre("restored in another dtype: w",
                          "cast of 'w': 2 of 3 elements are too great for the dtype of the "
                          "variable"));
}

// --- Parts ---

TEST_F(SourcesTest, PartsTakeTheirPlacesOfAWhole) {
  const std::vector<float>& first = Add("emb/part_0", 2);
  const std::vector<float>& second = Add("emb/part_1", 1);
  const RestorePlan plan = MakePlan(session_, Dict({{"emb", {1, 2, 3}}}));
  EXPECT_EQ(plan.items[0].detail, "[0:2] of float32[3], from 'emb'");
  EXPECT_EQ(plan.items[1].detail, "[2:3] of float32[3], from 'emb'");
  EXPECT_EQ(plan.nbytes(), 12u);
  ASSERT_TRUE(Apply(session_, plan).ok());
  EXPECT_THAT(first, ElementsAre(1, 2));
  EXPECT_THAT(second, ElementsAre(3));
}

TEST_F(SourcesTest, AWholeIsJoinedFromParts) {
  const std::vector<float>& emb = Add("emb", 3);
  const RestorePlan plan = MakePlan(session_, Dict({{"emb/part_0", {1, 2}}, {"emb/part_1", {3}}}));
  EXPECT_EQ(plan.items[0].detail, "2 parts of float32[3], from 'emb/part_0'");
  EXPECT_EQ(plan.items.size(), 1u) << "all parts are used";
  ASSERT_TRUE(Apply(session_, plan).ok());
  EXPECT_THAT(emb, ElementsAre(1, 2, 3));
}

TEST_F(SourcesTest, DamageOfAWholeIsFoundBeforeItsPartsAreAssigned) {
  const std::vector<float>& first = Add("emb/part_0", 2);
  Add("emb/part_1", 1);
  TensorDict::Builder damaged;
  damaged.Add("emb", DamagedSourceOf<float>({3}, {1, 2, 3}));
  EXPECT_EQ(Apply(session_, MakePlan(session_, *damaged.Build())).reason(), Reason::kCrc);
  EXPECT_THAT(first, ElementsAre(-1, -1));
}

TEST_F(SourcesTest, PartsOfAnotherWholeAreAMismatch) {
  Add("emb/part_0", 2);
  Add("emb/part_1", 2);
  const RestorePlan plan = MakePlan(session_, Dict({{"emb", {1, 2, 3}}}));
  EXPECT_EQ(plan.acceptable.reason(), Reason::kMismatch);
  EXPECT_THAT(plan.items[0].detail,
              HasSubstr("float32[2] and the other parts do not make up float32[3]"));
}

// --- Rows ---

TEST_F(SourcesTest, RowsOfKnownWordsAreLoadedAndTheOthersKept) {
  const std::vector<float>& emb = Add("emb", 6, {3, 2});
  std::vector<float> old = {1, 2, 3, 4};
  const TensorDict dict = *DictOf({{"emb", {old, {2, 2}}}});
  RestoreRules rules;
  rules.rows = {{"emb", {"cat", "dog"}, {"dog", "fox", "cat"}}};
  const RestorePlan plan = MakePlan(session_, dict, rules);
  EXPECT_EQ(plan.items[0].match, Match::kPartial);
  EXPECT_EQ(plan.items[0].detail, "2 of 3 rows, from float32[2,2]");
  ASSERT_TRUE(Apply(session_, plan).ok());
  EXPECT_THAT(emb, ElementsAre(3, 4, -1, -1, 1, 2));
}

TEST_F(SourcesTest, RowsAreLaidOverTheValueOfAnEarlierSource) {
  const std::vector<float>& emb = Add("emb", 2, {2, 1});
  std::vector<float> all = {1, 2};
  std::vector<float> some = {9};
  RestoreRules rules;
  rules.rows = {{"emb", {"b"}, {"a", "b"}}};
  const RestorePlan plan =
      MakePlan(session_, {{.dict = *DictOf({{"emb", {all, {2, 1}}}})},
                          {.dict = *DictOf({{"emb", {some, {1, 1}}}}), .rules = rules}});
  ASSERT_TRUE(Apply(session_, plan).ok()) << plan.ToString();
  EXPECT_THAT(emb, ElementsAre(1, 9));
}

TEST_F(SourcesTest, AllRowsInAnotherOrderAreAMatch) {
  const std::vector<float>& emb = Add("emb", 2);
  RestoreRules rules;
  rules.rows = {{"emb", {"a", "b"}, {"b", "a"}}};
  const RestorePlan plan = MakePlan(session_, Dict({{"emb", {1, 2}}}), rules);
  EXPECT_EQ(plan.items[0].match, Match::kMatched);
  ASSERT_TRUE(Apply(session_, plan).ok());
  EXPECT_THAT(emb, ElementsAre(2, 1));
}

TEST_F(SourcesTest, RowsRulesThatDoNotFit) {
  Add("emb", 2);
  RestoreRules rules;
  rules.rows = {{"emb", {"a", "b", "c"}, {"b", "a"}}};
  EXPECT_THAT(std::string(MakePlan(session_, Dict({{"emb", {1, 2}}}), rules).acceptable.message()),
              HasSubstr("float32[2] has not the rows of 3 old words"));
  rules.rows = {{"emb", {"a", "a"}, {"a"}}};
  EXPECT_EQ(MakePlan(session_, Dict({{"emb", {1, 2}}}), rules).acceptable.reason(),
            Reason::kArgument);
  rules.rows = {{"other", {"a"}, {"a"}}};
  EXPECT_THAT(MakePlan(session_, Dict({{"emb", {1, 2}}}), rules).warnings,
              ElementsAre("rows of 'other': matches no name in the checkpoint"));
}

// --- Names ---

TEST_F(SourcesTest, EntriesAreRenamedAndThePlanTellsTheirNames) {
  const std::vector<float>& w = Add("body/fc/W", 1);
  RestoreRules rules = DictRestore::DictRules();
  rules.names.rename = {"net/=body/"};
  rules.names.exclude = {"**/b"};
  const auto plan = DictRestore(Dict({{"net/fc/W", {5}}, {"net/fc/b", {6}}}), rules).Init(session_);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_THAT(w, ElementsAre(5));
  ASSERT_EQ(plan->items.size(), 1u);
  EXPECT_EQ(plan->items[0].detail, "float32[1], from 'net/fc/W'");
  EXPECT_EQ(plan->EntryName(plan->items[0]), "net/fc/W");
}

TEST_F(SourcesTest, RulesForNamesThatMatchNothingAreSaid) {
  Add("w", 1);
  RestoreRules rules = DictRestore::DictRules();
  rules.names.exclude = {"head/**"};
  rules.names.substitute = {"s/^net//"};
  const auto plan = DictRestore(Dict({{"w", {1}}}), rules).Plan(session_);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_THAT(plan->warnings, ElementsAre("exclude 'head/**': matches no name",
                                          "substitute 's/^net//': matches no name"));
}

TEST_F(SourcesTest, IgnoreTakesPatterns) {
  Add("conv/W", 1);
  Add("fc/W", 1);
  RestoreRules rules;
  rules.ignore_patterns = {"fc/**", "head/**"};
  const RestorePlan plan = MakePlan(session_, Dict({{"conv/W", {1}}, {"fc/W", {2}}}), rules);
  EXPECT_THAT(Lines(plan), ElementsAre("matched conv/W of ", "ignored fc/W of "));
  EXPECT_THAT(plan.warnings, ElementsAre("in the checkpoint, but not restored: fc/W",
                                         "ignore 'head/**': matches no name in the checkpoint"));
  rules.ignore_patterns = {"["};
  EXPECT_EQ(MakePlan(session_, Dict({}), rules).acceptable.reason(), Reason::kArgument);
}

TEST_F(SourcesTest, SeveralVariablesMayShareAnEntryWhereTheRulesAllowIt) {
  const std::vector<float>& a = Add("net/w", 1);
  const std::vector<float>& b = Add("w", 1);
  RestoreRules rules = {.prefix = "net"};
  rules.shared = Policy::kIgnore;
  ASSERT_TRUE(Apply(session_, MakePlan(session_, Dict({{"w", {3}}}), rules)).ok());
  EXPECT_THAT(a, ElementsAre(3));
  EXPECT_THAT(b, ElementsAre(3));
}

// --- For people and programs ---

TEST_F(SourcesTest, TextFitsTheColumns) {
  Add("a/very/long/scope/of/a/block/conv1/kernel", 1);
  const TensorDict dict = Dict({{"a/very/long/scope/of/a/block/conv1/weights", {1}}});
  RestoreRules rules;
  rules.nothing = Policy::kIgnore;
  const std::string text = MakePlan(session_, dict, rules).ToString(60);
  EXPECT_EQ(text,
            "missing         a/very/long/sc…ck/conv1/kernel  float32[1],…\n"
            "unexpected      a/very/long/sc…k/conv1/weights  float32[1]\n"
            "1 missing, 1 unexpected\n"
            "warning: in the session, but not in the checkpoint: a/very/…\n"
            "warning: in the checkpoint, but not restored: a/very/long/s…\n");
}

TEST_F(SourcesTest, JsonTellsEverything) {
  Add("w", 1);
  Add("new", 1);
  const RestorePlan plan =
      MakePlan(session_, {{.dict = Dict({{"w:0", {1}}, {"news", {2}}}), .name = "run/model-1"}});
  EXPECT_EQ(plan.ToJson(),
            "{\"schema_version\": 1, \"items\": [\n"
            "{\"status\": \"matched\", \"variable\": \"w\", \"entry\": \"w:0\", \"source\": "
            "\"run/model-1\", \"nbytes\": 4, \"did_you_mean\": [], \"detail\": \"float32[1]\"},\n"
            "{\"status\": \"missing\", \"variable\": \"new\", \"entry\": null, \"source\": "
            "\"run/model-1\", \"nbytes\": 0, \"did_you_mean\": [\"news\"], \"detail\": "
            "\"float32[1]\"},\n"
            "{\"status\": \"unexpected\", \"variable\": null, \"entry\": \"news\", \"source\": "
            "\"run/model-1\", \"nbytes\": 0, \"did_you_mean\": [], \"detail\": \"float32[1]\"}\n"
            "], \"acceptable\": true, \"error\": null, \"warnings\": [\"in the session, but not "
            "in the checkpoint: new\", \"in the checkpoint, but not restored: news\"]}");
  const RestorePlan refused = MakePlan(session_, Dict({{"w", {1, 2}}}));
  EXPECT_THAT(refused.ToJson(), HasSubstr("\"acceptable\": false, \"error\": {\"reason\": "
                                          "\"E_MISMATCH\", \"code\": \"InvalidArgument\""));
}

TEST_F(SourcesTest, NoSourceIsNothingToDo) {
  const std::vector<float>& w = Add("w", 1);
  const auto plan = JustCurrentSession().Init(session_);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_THAT(plan->items, IsEmpty());
  EXPECT_THAT(w, ElementsAre(-1));
}

}  // namespace
}  // namespace cairn
