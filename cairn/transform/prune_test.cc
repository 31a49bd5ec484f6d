#include "cairn/transform/prune.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/core/bookkeeping.h"
#include "cairn/source/string_source.h"
#include "cairn/testing/graph_bytes.h"
#include "cairn/testing/object_graph_bytes.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TensorDict DictOf(const std::vector<std::string>& names, const std::string& objects = "") {
  TensorDict::Builder builder;
  for (size_t i = 0; i < names.size(); ++i) {
    if (IsBookkeepingEntry(names[i])) {
      builder.Add(names[i], MakeTextSource(objects));
    } else {
      builder.Add(names[i], SourceOf<int32_t>({}, {static_cast<int32_t>(i)}));
    }
  }
  return builder.Build().value();
}

// "name" for a tensor that keeps its value and its name, else "name from source".
std::vector<std::string> KeptOf(const TensorDict& dict, const PrunePlan& plan) {
  std::vector<std::string> kept;
  const TensorDict pruned = PrunedDict(dict, plan);
  for (size_t i = 0; i < plan.kept.size(); ++i) {
    const KeptTensor& tensor = plan.kept[i];
    const std::string source(dict.name(tensor.value));
    EXPECT_EQ(pruned.name(i), tensor.name);
    if (pruned.info(i).dtype == DType::kInt32) {
      EXPECT_EQ(*ValuesOf<int32_t>(**pruned.source(i)),
                *ValuesOf<int32_t>(**dict.source(tensor.value)));
    }
    kept.push_back(tensor.name == source ? source : tensor.name + " from " + source);
  }
  return kept;
}

std::vector<std::string> NamesOfDropped(const PrunePlan& plan) {
  std::vector<std::string> names;
  for (const DroppedTensor& dropped : plan.dropped) {
    EXPECT_FALSE(dropped.why.empty()) << dropped.name;
    names.push_back(dropped.name);
  }
  return names;
}

// w is trainable, s a model variable, step is neither, t is trainable and local.
std::string MetaGraphMessage() {
  const auto def = [](const char* name) { return GraphBytes::VariableDef(name, false); };
  return GraphBytes()
      .Variable("w", DType::kInt32, {})
      .Node("y", "Identity", {"w/Read"})
      .Collection("variables", 2, {def("w"), def("s"), def("step"), def("bn/moving_mean")})
      .Collection("trainable_variables", 2, {def("w"), def("t")})
      .Collection("model_variables", 2, {def("s")})
      .MetaGraph();
}

TEST(PruneTest, CollectionsOfAMetagraph) {
  const std::string message = MetaGraphMessage();
  const auto graph = MetaGraph::Parse(AsBytes(message));
  const PruneRules rules{.graph = &*graph};
  const TensorDict dict = DictOf({"s:0", "step", "t", "w", "w:0", "_CAIRN_RUN_STATE",
                                  "_CAIRN_PARTIAL_RESCUE", "bn/moving_mean", "other"});
  const auto plan = PlanPrune(dict, rules);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  // With "w" and "w:0", tensorpack takes the latter. The mark of a partial rescue stays.
  EXPECT_THAT(KeptOf(dict, *plan),
              ElementsAre("_CAIRN_PARTIAL_RESCUE", "s from s:0", "w from w:0"));
  EXPECT_THAT(NamesOfDropped(*plan),
              ElementsAre("_CAIRN_RUN_STATE", "bn/moving_mean", "other", "step", "t", "w"));
  EXPECT_TRUE(plan->has_variable_names);
  EXPECT_THAT(plan->notes, ElementsAre(HasSubstr("'bn/moving_mean' is dropped")));

  const auto missing = PlanPrune(DictOf({"w"}), rules);
  EXPECT_EQ(missing.status().reason(), Reason::kMissing);
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr("needs 's'"));
}

TEST(PruneTest, OutputsComeFirst) {
  const std::string message = MetaGraphMessage();
  const auto graph = MetaGraph::Parse(AsBytes(message));
  const TensorDict dict = DictOf({"s", "w"});
  const auto plan = PlanPrune(dict, {.graph = &*graph, .outputs = {"y:0"}});
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_THAT(KeptOf(dict, *plan), ElementsAre("w"));
  EXPECT_EQ(PlanPrune(dict, {.outputs = {"y"}}).status().reason(), Reason::kArgument);
  EXPECT_EQ(PlanPrune(dict, {}).status().reason(), Reason::kArgument);
}

TEST(PruneTest, AGraphWithoutCollectionsDoesNotTell) {
  const std::string message = GraphBytes().Variable("w", DType::kInt32, {}).MetaGraph();
  const auto graph = MetaGraph::Parse(AsBytes(message));
  const auto plan = PlanPrune(DictOf({"w"}), {.graph = &*graph});
  EXPECT_EQ(plan.status().reason(), Reason::kArgument);
  EXPECT_THAT(std::string(plan.status().hint()), HasSubstr("--outputs"));
  // Names are left to tell training state.
  const TensorDict dict = DictOf({"w", "w/Adam"});
  const auto left = PlanTrainingState(dict, {.drop = true, .graph = &*graph});
  EXPECT_THAT(KeptOf(dict, *left), ElementsAre("w"));
}

TEST(PruneTest, ObjectsOfTF2) {
  const std::string objects = ObjectGraphOf(
      {NodeBytes().Child(1, "w").Child(2, "optimizer"), NodeBytes().Value("optimizer/w"),
       NodeBytes().Child(4, "iter").Child(4, "learning_rate").Slot(1, "average", 3),
       NodeBytes().Value("w/average"), NodeBytes().Value("iter")});
  const std::string graph_key(kObjectGraphKey);
  const TensorDict dict = DictOf({graph_key, "iter", "optimizer/w", "w/average"}, objects);
  const auto plan = PlanPrune(dict, {});
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_THAT(KeptOf(dict, *plan), ElementsAre(graph_key, "optimizer/w"));
  EXPECT_FALSE(plan->has_variable_names);
  EXPECT_THAT(KeptOf(dict, *PlanPrune(dict, {.use_averages = true})),
              ElementsAre(graph_key, "optimizer/w from w/average"));
  EXPECT_THAT(KeptOf(dict, *PlanTrainingState(dict, {.use_averages = true})),
              ElementsAre(graph_key, "iter", "optimizer/w from w/average"));
  // An object graph whose tensors all stay is as it was.
  EXPECT_THAT(KeptOf(dict, *PlanTrainingState(dict, {})),
              ElementsAre(graph_key, "iter", "optimizer/w", "w/average"));
}

TEST(PruneTest, AveragesOfTensorFlow1) {
  const TensorDict dict = DictOf(
      {"EMA/cost", "b", "w:0", "w/ExponentialMovingAverage:0", "x/ExponentialMovingAverage"});
  const auto plan = PlanTrainingState(dict, {.drop = true, .use_averages = true});
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  // EMA/… are averages of summaries; x is not there.
  EXPECT_THAT(KeptOf(dict, *plan), ElementsAre("b", "w:0 from w/ExponentialMovingAverage:0",
                                               "x/ExponentialMovingAverage"));
  EXPECT_THAT(NamesOfDropped(*plan), ElementsAre("EMA/cost", "w:0"));
  const auto none = PlanTrainingState(DictOf({"EMA/w", "w"}), {.use_averages = true});
  EXPECT_EQ(none.status().reason(), Reason::kMissing);
}

TEST(PruneTest, TrainingStateByCollectionsAndNames) {
  const std::string message = MetaGraphMessage();
  const auto graph = MetaGraph::Parse(AsBytes(message));
  const TensorDict dict =
      DictOf({"bn/moving_mean", "s", "step", "unknown", "unknown/Momentum", "w"});
  const auto with = PlanTrainingState(dict, {.drop = true, .graph = &*graph});
  EXPECT_THAT(KeptOf(dict, *with), ElementsAre("bn/moving_mean", "s", "unknown", "w"));
  const auto without = PlanTrainingState(dict, {.drop = true});
  EXPECT_THAT(NamesOfDropped(*without), ElementsAre("unknown/Momentum"));
  EXPECT_THAT(NamesOfDropped(*PlanTrainingState(dict, {})), IsEmpty());
}

}  // namespace
}  // namespace cairn
