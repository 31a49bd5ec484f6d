#include "cairn/engines/tensorflow/session_variables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/engines/tensorflow/graph_parts_fixture.h"
#include "cairn/testing/object_graph_bytes.h"

namespace cairn::tensorflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<SessionVariable> VariablesOf(const GraphBytes& graph,
                                         const std::optional<ObjectGraph>& checkpoint = {}) {
  const LoadedGraph loaded = LoadedGraphOf(graph.MetaGraph());
  auto found = FindSessionVariables(loaded.graph, checkpoint);
  EXPECT_TRUE(found.ok()) << found.status().message();
  return found.ok() ? *std::move(found) : std::vector<SessionVariable>();
}

std::vector<std::string> NamesOf(const std::vector<SessionVariable>& variables) {
  std::vector<std::string> names;
  for (const SessionVariable& variable : variables) names.push_back(variable.variable.name);
  return names;
}

TEST(SessionVariablesTest, CollectionsGiveTheOrderAndOtherOpsFollow) {
  GraphBytes graph;
  AddRefVariable(graph, "unlisted", DType::kFloat32, {});
  AddRefVariable(graph, "counter", DType::kInt32, {});
  AddResourceVariable(graph, "w", DType::kFloat32, {3});
  AddRefVariable(graph, "b", DType::kFloat32, {3});
  graph.Collection("variables", 2,
                   {GraphBytes::VariableDef("w", true), GraphBytes::VariableDef("b", false),
                    GraphBytes::VariableDef("pruned_away", false)});
  graph.Collection("local_variables", 2, {GraphBytes::VariableDef("counter", false)});
  graph.Collection("model_variables", 2, {GraphBytes::VariableDef("b", false)});
  const auto variables = VariablesOf(graph);
  ASSERT_THAT(NamesOf(variables), ElementsAre("w", "b", "counter", "unlisted"));
  EXPECT_TRUE(variables[0].variable.collections.trainable);
  EXPECT_FALSE(variables[0].is_ref);
  EXPECT_EQ(variables[0].initializer, "w/Assign");
  EXPECT_TRUE(variables[1].variable.collections.model);
  EXPECT_FALSE(variables[1].variable.collections.trainable);
  EXPECT_TRUE(variables[1].is_ref);
  EXPECT_TRUE(variables[2].variable.collections.local);
  EXPECT_FALSE(variables[3].variable.collections.local);
  EXPECT_EQ(variables[3].initializer, "");
}

TEST(SessionVariablesTest, ALocalVariableThatIsGlobalTooIsSaved) {
  GraphBytes graph;
  AddRefVariable(graph, "w", DType::kFloat32, {});
  graph.Collection("variables", 1, {"w:0"}).Collection("local_variables", 1, {"w:0"});
  EXPECT_FALSE(VariablesOf(graph).at(0).variable.collections.local);
}

TEST(SessionVariablesTest, PartsKnowTheWhole) {
  GraphBytes graph;
  AddRefVariable(graph, "emb/part_1", DType::kFloat32, {2, 2});
  graph.Collection("variables", 2, {PartDef("emb/part_1", "emb", 5, 3)});
  const auto variables = VariablesOf(graph);
  ASSERT_TRUE(variables.at(0).variable.part_of);
  EXPECT_EQ(variables[0].variable.name, "emb/part_1");
  EXPECT_EQ(variables[0].variable.part_of->whole, "emb");
  EXPECT_THAT(variables[0].variable.part_of->dims, ElementsAre(5, 2));
  EXPECT_THAT(variables[0].variable.part_of->offset, ElementsAre(3, 0));
}

TEST(SessionVariablesTest, APartOfAnotherRankIsAnError) {
  std::string slice;
  AppendMessageField(slice, 1, "emb");
  AppendNumberField(slice, 2, 5);
  std::string def = GraphBytes::VariableDef("emb/part_0", true);
  AppendMessageField(def, 4, slice);
  GraphBytes graph;
  AddRefVariable(graph, "emb/part_0", DType::kFloat32, {2});
  const LoadedGraph loaded = LoadedGraphOf(graph.Collection("variables", 2, {def}).MetaGraph());
  const Status error = FindSessionVariables(loaded.graph, {}).status();
  EXPECT_EQ(error.reason(), Reason::kGraph);
  EXPECT_EQ(error.message(),
            "variable 'emb/part_0:0' is a part of 'emb' at [], which has the shape [5]");
}

TEST(SessionVariablesTest, ShapesThatTellNothing) {
  GraphBytes graph;
  AddRefVariable(graph, "unchecked", DType::kFloat32, {2}, /*validate_shape=*/false);
  AddResourceVariable(graph, "open", DType::kFloat32, {-1, 2});
  graph.Node("no_shape", "VarHandleOp", {},
             AttributesFrom({TypeAttribute("dtype", DType::kInt8), AnyShapeAttribute("shape")}));
  graph.Node("old", "Variable", {},
             AttributesFrom({TypeAttribute("dtype", DType::kInt8), ShapeAttribute({})}));
  AddRefVariable(graph, "scalar", DType::kFloat32, {});
  graph.Collection(
      "variables", 2,
      {GraphBytes::VariableDef("unchecked", false), GraphBytes::VariableDef("open", false),
       GraphBytes::VariableDef("scalar", false)});
  const auto variables = VariablesOf(graph);
  ASSERT_THAT(NamesOf(variables), ElementsAre("unchecked", "open", "scalar", "no_shape", "old"));
  EXPECT_FALSE(variables[0].variable.has_known_rank);
  EXPECT_THAT(variables[0].variable.dims, IsEmpty());
  EXPECT_TRUE(variables[1].variable.has_known_rank);
  EXPECT_FALSE(variables[1].has_static_shape());
  EXPECT_TRUE(variables[2].has_static_shape());
  EXPECT_FALSE(variables[3].variable.has_known_rank);
  EXPECT_FALSE(variables[4].variable.has_known_rank);
}

TEST(SessionVariablesTest, OpsOfOneResourceAreOneVariable) {
  GraphBytes graph;
  AddResourceVariable(graph, "w", DType::kFloat32, {2});
  AddResourceVariable(graph, "w_1", DType::kFloat32, {2}, "w");
  EXPECT_THAT(NamesOf(VariablesOf(graph)), ElementsAre("w"));
}

TEST(SessionVariablesTest, WhatNoCheckpointHoldsIsLeftOut) {
  GraphBytes graph;
  AddResourceVariable(graph, "list", DType::kVariant, {});
  AddResourceVariable(graph, "handle", DType::kResource, {});
  EXPECT_THAT(VariablesOf(graph), IsEmpty());
}

TEST(SessionVariablesTest, AVariableWithoutADTypeIsAnError) {
  GraphBytes graph;
  graph.Node("w", "VariableV2");
  const LoadedGraph loaded = LoadedGraphOf(graph.MetaGraph());
  const Status error = FindSessionVariables(loaded.graph, {}).status();
  EXPECT_EQ(error.reason(), Reason::kGraph);
  EXPECT_THAT(std::string(error.message()), HasSubstr("'w'"));
}

// A model whose ops have the names of each other's objects: op "w" is object `sub`, op "w_1" object
// `w`. The restore function of Keras fills another op, "Variable", for the latter.
GraphBytes SwappedModel() {
  GraphBytes graph;
  AddResourceVariable(graph, "w", DType::kFloat32, {2}, "w");
  AddResourceVariable(graph, "w_1", DType::kFloat32, {2}, "w_1");
  AddResourceVariable(graph, "Variable", DType::kFloat32, {2}, "Variable");
  AddResourceVariable(graph, "slot", DType::kFloat32, {2}, "slot");
  AddResourceVariable(graph, "left_behind", DType::kFloat32, {2}, "left_behind");
  graph.Node("x", "Placeholder");
  graph.Node("call", "StatefulPartitionedCall", {"x", "w_1", "w", "^x"},
             GraphBytes::FunctionAttribute("f", "predict"));
  graph.Function("predict", {"x", "a", "b"}, "a", GraphBytes().Node("unused", "Const"));
  GraphBytes restore;
  restore.Strings("names", {KeyOf("w"), KeyOf("sub/.OPTIMIZER_SLOT/m")})
      .Strings("slices", {"", ""})
      .Node("RestoreV2", "RestoreV2", {"prefix", "names:output:0", "slices:output:0"})
      .Node("fill", "AssignVariableOp", {"target", "RestoreV2:tensors:0"})
      .Node("fill_1", "AssignVariableOp", {"target_1", "RestoreV2:tensors:1"});
  graph.Function("restore_function", {"prefix", "target", "target_1"}, "prefix", restore);
  graph.Node("prefix", "Placeholder");
  graph.Node("restore_all", "StatefulPartitionedCall", {"prefix", "Variable", "slot"},
             GraphBytes::FunctionAttribute("f", "restore_function"));
  graph.Saver("restore_all");
  return graph.Field(
      7, ObjectsMessage(
             {{{{"w", 1}, {"layers", 2}}, false}, {{}, true}, {{{"a/b.c", 3}}, false}, {{}, true}},
             {{"predict", {1, 3}}}));
}

TEST(SessionVariablesTest, CapturesJoinOpsAndObjects) {
  const auto variables = VariablesOf(SwappedModel());
  ASSERT_THAT(NamesOf(variables),
              ElementsAre(KeyOf("w"), KeyOf("layers/a.Sb..c"), KeyOf("sub/.OPTIMIZER_SLOT/m")));
  EXPECT_THAT(variables[0].ops, ElementsAre("w_1", "Variable"));
  EXPECT_THAT(variables[1].ops, ElementsAre("w"));
  EXPECT_THAT(variables[2].ops, ElementsAre("slot"));
  EXPECT_TRUE(variables[0].variable.collections.trainable);
  EXPECT_FALSE(variables[2].variable.collections.trainable);
}

TEST(SessionVariablesTest, TheCheckpointsOwnKeysComeFirst) {
  const auto checkpoint = ObjectGraph::Parse(
      ObjectGraphOf({NodeBytes(), NodeBytes().Value("key of w"), NodeBytes(),
                     NodeBytes().Value("other", "OTHER").Value("key of the other")}));
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  EXPECT_THAT(
      NamesOf(VariablesOf(SwappedModel(), *checkpoint)),
      ElementsAre("key of w", "key of the other", KeyOf("w"), KeyOf("sub/.OPTIMIZER_SLOT/m")));
}

TEST(SessionVariablesTest, ACallThatPassesTooLittleIsAnError) {
  GraphBytes graph;
  AddResourceVariable(graph, "w", DType::kFloat32, {2});
  graph.Node("call", "PartitionedCall", {"w"}, GraphBytes::FunctionAttribute("f", "predict"));
  graph.Function("predict", {"a"}, "a", GraphBytes());
  graph.Field(7, ObjectsMessage({{{}, true}}, {{"predict", {0, 0}}}));
  const LoadedGraph loaded = LoadedGraphOf(graph.MetaGraph());
  EXPECT_EQ(FindSessionVariables(loaded.graph, {}).status().reason(), Reason::kGraph);
}

}  // namespace
}  // namespace cairn::tensorflow
