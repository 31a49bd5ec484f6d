#include "cairn/graph/training_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/testing/object_graph_bytes.h"
#include "cairn/testing/row_name.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::Pair;
using Nodes = std::vector<NodeBytes>;
using Roles = std::map<std::string, TensorRole>;

// A source that is never read: roles come from names and the graph.
class UnreadSource final : public TensorSource {
 public:
  DType dtype() const override { return DType::kFloat32; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    return Status(Reason::kIo, "is not read");
  }

 private:
  Shape shape_;
};

TensorDict DictOf(const std::vector<std::string>& names) {
  TensorDict::Builder builder;
  for (const std::string& name : names) builder.Add(name, std::make_shared<UnreadSource>());
  return builder.Build().value();
}

// The roles of all tensors that the graph names.
Roles RolesIn(const Nodes& nodes) {
  const auto graph = ObjectGraph::Parse(ObjectGraphOf(nodes));
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  std::vector<std::string> names;
  for (uint32_t node = 0; node < graph->num_nodes(); ++node) {
    for (const auto& attribute : graph->attributes(node))
      names.emplace_back(attribute.checkpoint_key);
  }
  const TensorDict dict = DictOf(names);
  const std::vector<TensorRole> roles = RolesOf(dict, &*graph);
  Roles by_name;
  for (size_t i = 0; i < dict.size(); ++i) by_name[std::string(dict.name(i))] = roles[i];
  return by_name;
}

TEST(TrainingStateTest, KerasListsTheVariablesOfTheModelInItsOptimizer) {
  const Roles roles = RolesIn(
      {NodeBytes().Child(1, "model").Child(2, "optimizer").Child(9, "save_counter"),
       NodeBytes().Child(5, "kernel").Child(8, "moving_mean"),
       NodeBytes()
           .Child(3, "_variables")
           .Child(4, "_trainable_variables")
           .Child(6, "_iterations")
           .Child(10, "_momentums"),
       NodeBytes().Child(6, "0").Child(7, "1"), NodeBytes().Child(5, "0"),
       NodeBytes().Value("optimizer/_trainable_variables/0"), NodeBytes().Value("iterations"),
       NodeBytes().Value("momentum"), NodeBytes().Value("moving_mean"),
       NodeBytes().Value("counter"), NodeBytes().Child(7, "0")});
  EXPECT_THAT(roles, ElementsAre(Pair("counter", TensorRole::kSaveCounter),
                                 Pair("iterations", TensorRole::kOptimizer),
                                 Pair("momentum", TensorRole::kSlot),
                                 Pair("moving_mean", TensorRole::kModel),
                                 Pair("optimizer/_trainable_variables/0", TensorRole::kModel)));
}

TEST(TrainingStateTest, AnOptimizerAloneStillListsVariablesOfTheModel) {
  const Roles roles = RolesIn(
      {NodeBytes().Child(1, "anything"),
       NodeBytes().Child(2, "_trainable_variables").Child(3, "_iterations").Child(3, "_variables"),
       NodeBytes().Child(4, "0"), NodeBytes().Value("iterations"), NodeBytes().Value("kernel")});
  EXPECT_THAT(roles, ElementsAre(Pair("iterations", TensorRole::kOptimizer),
                                 Pair("kernel", TensorRole::kModel)));
}

TEST(TrainingStateTest, SlotsTellAnOptimizer) {
  const Roles roles = RolesIn({NodeBytes().Child(1, "w").Child(2, "o"), NodeBytes().Value("w"),
                               NodeBytes().Slot(1, "m", 3).Child(4, "power"),
                               NodeBytes().Value("w/m"), NodeBytes().Value("o/power")});
  EXPECT_THAT(roles, ElementsAre(Pair("o/power", TensorRole::kOptimizer),
                                 Pair("w", TensorRole::kModel), Pair("w/m", TensorRole::kSlot)));
}

TEST(TrainingStateTest, AnObjectOfTheNameOfAnOptimizerIsOne) {
  // The optimizers of Sonnet keep their moments in lists.
  const Roles roles =
      RolesIn({NodeBytes().Child(1, "disc_optimizer").Child(2, "net"), NodeBytes().Child(3, "step"),
               NodeBytes().Child(4, "w"), NodeBytes().Value("step"), NodeBytes().Value("w")});
  EXPECT_THAT(roles,
              ElementsAre(Pair("step", TensorRole::kOptimizer), Pair("w", TensorRole::kModel)));
}

TEST(TrainingStateTest, ATrainerOfTheNameOfAnOptimizerKeepsItsModel) {
  const Roles roles =
      RolesIn({NodeBytes().Child(1, "optimizer"), NodeBytes().Child(2, "model").Child(3, "sgd"),
               NodeBytes().Child(4, "moving_mean"), NodeBytes().Child(5, "iter").Child(5, "decay"),
               NodeBytes().Value("moving_mean"), NodeBytes().Value("iter")});
  EXPECT_THAT(roles, ElementsAre(Pair("iter", TensorRole::kOptimizer),
                                 Pair("moving_mean", TensorRole::kModel)));
}

TEST(TrainingStateTest, MetricsOfKerasAndPositionsInData) {
  const Roles roles = RolesIn({NodeBytes().Child(1, "keras_api").Child(4, "data").Child(2, "mine"),
                               NodeBytes().Child(2, "metrics").Child(3, "layer"),
                               NodeBytes().Child(5, "total"), NodeBytes().Value("layer/w"),
                               NodeBytes().Value("data", "ITERATOR"), NodeBytes().Value("total")});
  EXPECT_THAT(roles,
              ElementsAre(Pair("data", TensorRole::kIterator), Pair("layer/w", TensorRole::kModel),
                          Pair("total", TensorRole::kMetric)));
}

TEST(TrainingStateTest, NamesDecideWithoutAGraph) {
  const std::vector<TensorRole> roles =
      RolesOf(DictOf({"_CHECKPOINTABLE_OBJECT_GRAPH", "optimizer/_trainable_variables/0",
                      std::string(kSaveCounterKey), "w", "w/.OPTIMIZER_SLOT/o/m/.ATTRIBUTES/V",
                      "w/Adam_1:0"}))
          .value();
  EXPECT_THAT(roles,
              ElementsAre(TensorRole::kBookkeeping, TensorRole::kModel, TensorRole::kSaveCounter,
                          TensorRole::kModel, TensorRole::kSlot, TensorRole::kTrainingName));
  EXPECT_FALSE(IsTrainingState(roles[0]));
  EXPECT_FALSE(IsTrainingState(roles[1]));
  EXPECT_TRUE(IsTrainingState(roles[5]));
}

TEST(TrainingStateTest, HoldsForRootsThatAreOptimizersAndForCycles) {
  EXPECT_TRUE(RolesIn({}).empty());
  EXPECT_THAT(RolesIn({NodeBytes().Slot(1, "m", 2), NodeBytes().Value("w"),
                       NodeBytes().Child(0, "optimizer").Child(2, "self").Value("m")}),
              ElementsAre(Pair("m", TensorRole::kSlot), Pair("w", TensorRole::kModel)));
}

}  // namespace
}  // namespace cairn
