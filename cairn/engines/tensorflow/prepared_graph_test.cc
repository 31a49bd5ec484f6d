#include "cairn/engines/tensorflow/prepared_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/engines/tensorflow/graph_parts_fixture.h"

namespace cairn::tensorflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// The GraphDef of the result, read again.
struct Reread {
  PreparedGraph prepared;
  LoadedGraph loaded;

  const GraphNode* Find(std::string_view name) const { return loaded.graph.Find(name); }
  std::vector<std::string_view> Inputs(std::string_view name) const {
    return InputsOf(*Find(name)).value();
  }
  Bytes Attribute(std::string_view node, std::string_view name) const {
    return AttributeOf(*Find(node), name).value().value();
  }
};

Reread Prepare(const GraphBytes& graph) {
  const LoadedGraph loaded = LoadedGraphOf(graph.MetaGraph());
  const auto variables = FindSessionVariables(loaded.graph, {});
  EXPECT_TRUE(variables.ok()) << variables.status().message();
  auto prepared = PrepareGraph(loaded.graph, *variables);
  EXPECT_TRUE(prepared.ok()) << prepared.status().message();
  std::string message;
  AppendMessageField(message, 2, prepared->graph_def);
  return {*std::move(prepared), LoadedGraphOf(message)};
}

TEST(PreparedGraphTest, DevicesAreLeftOutAndAllElseIsKept) {
  const auto node_on_device = [](std::string_view name) {
    std::string node;
    AppendMessageField(node, 1, name);
    AppendMessageField(node, 2, "Const");
    AppendMessageField(node, 4, "/job:ps/task:0");
    AppendMessageField(node, 77, "field of a later version");
    return node;
  };
  std::string function;
  std::string signature;
  AppendMessageField(signature, 1, "f");
  AppendMessageField(function, 1, signature);
  AppendMessageField(function, 3, node_on_device("inner"));
  AppendMessageField(function, 4, "returns");
  std::string library;
  AppendMessageField(library, 1, function);
  AppendMessageField(library, 2, "gradient");
  std::string graph;
  AppendMessageField(graph, 1, node_on_device("outer"));
  AppendMessageField(graph, 2, library);
  AppendMessageField(graph, 4, "versions");
  std::string message;
  AppendMessageField(message, 2, graph);

  const LoadedGraph loaded = LoadedGraphOf(message);
  const auto prepared = PrepareGraph(loaded.graph, {});
  ASSERT_TRUE(prepared.ok()) << prepared.status().message();
  const std::string& made = prepared->graph_def;
  EXPECT_THAT(made, Not(HasSubstr("/job:ps")));
  for (const char* const kept :
       {"outer", "inner", "field of a later version", "returns", "gradient", "versions"}) {
    EXPECT_THAT(made, HasSubstr(kept));
  }
  // Both nodes have lost a field of 16 bytes, and nothing else has changed.
  EXPECT_EQ(made.size(), graph.size() - 2 * 16);
}

TEST(PreparedGraphTest, ARefVariableGetsItsNodes) {
  GraphBytes graph;
  AddRefVariable(graph, "net/w", DType::kFloat64, {2, 3});
  const Reread made = Prepare(graph);
  const VariableNodes& nodes = made.prepared.nodes.at(0);
  EXPECT_EQ(nodes.value, "cairn/net/w/value");
  EXPECT_EQ(made.Find(nodes.value)->op, "Placeholder");
  ASSERT_THAT(nodes.takes, ElementsAre("cairn/net/w/take"));
  EXPECT_EQ(made.Find(nodes.takes[0])->op, "Assign");
  EXPECT_THAT(made.Inputs(nodes.takes[0]), ElementsAre("net/w", "cairn/staged:0"));
  EXPECT_EQ(TypeOfAttribute(made.Attribute(nodes.value, "dtype")).value(), DType::kFloat64);
  ASSERT_THAT(nodes.assigns, ElementsAre("cairn/net/w/assign"));
  EXPECT_EQ(made.Find(nodes.assigns[0])->op, "Assign");
  EXPECT_THAT(made.Inputs(nodes.assigns[0]), ElementsAre("net/w", "cairn/net/w/value"));
  EXPECT_EQ(TypeOfAttribute(made.Attribute(nodes.assigns[0], "T")).value(), DType::kFloat64);
  EXPECT_EQ(BoolOfAttribute(made.Attribute(nodes.assigns[0], "validate_shape")).value(), true);
  EXPECT_EQ(BoolOfAttribute(made.Attribute(nodes.assigns[0], "use_locking")).value(), true);
  EXPECT_EQ(made.Find(nodes.is_initialized)->op, "IsVariableInitialized");
  EXPECT_EQ(nodes.read, "net/w");
}

TEST(PreparedGraphTest, AResourceVariableGetsItsNodes) {
  GraphBytes graph;
  AddResourceVariable(graph, "w", DType::kInt64, {-1});
  const Reread made = Prepare(graph);
  const VariableNodes& nodes = made.prepared.nodes.at(0);
  EXPECT_EQ(made.Find(nodes.assigns.at(0))->op, "AssignVariableOp");
  EXPECT_EQ(TypeOfAttribute(made.Attribute(nodes.assigns[0], "dtype")).value(), DType::kInt64);
  // The variable may have a value of another size now.
  EXPECT_EQ(BoolOfAttribute(made.Attribute(nodes.assigns[0], "validate_shape")).value(), false);
  EXPECT_TRUE(nodes.takes.empty());
  EXPECT_EQ(made.Find(nodes.value)->op, "Placeholder");
  EXPECT_EQ(made.Find("cairn/stage"), nullptr);
  EXPECT_EQ(made.Find(nodes.is_initialized)->op, "VarIsInitializedOp");
  EXPECT_EQ(made.Find(nodes.read)->op, "ReadVariableOp");
}

TEST(PreparedGraphTest, NodesThatOnlyLookAtAVariableAreTaken) {
  GraphBytes graph;
  AddResourceVariable(graph, "w", DType::kInt64, {});
  graph.Node("later", "ReadVariableOp", {"w", "^w/Assign"})
      .Node("w/Read", "ReadVariableOp", {"w"})
      .Node("w/IsInitialized", "VarIsInitializedOp", {"w:0"});
  const Reread made = Prepare(graph);
  EXPECT_EQ(made.prepared.nodes.at(0).read, "w/Read");
  EXPECT_EQ(made.prepared.nodes.at(0).is_initialized, "w/IsInitialized");
  EXPECT_EQ(made.Find("cairn/w/read"), nullptr);
}

TEST(PreparedGraphTest, RefVariablesOfNumbersShareAStage) {
  GraphBytes graph;
  AddRefVariable(graph, "a", DType::kFloat64, {});
  AddRefVariable(graph, "words", DType::kString, {});
  AddResourceVariable(graph, "r", DType::kFloat64, {});
  AddRefVariable(graph, "b", DType::kInt64, {});
  const Reread made = Prepare(graph);
  EXPECT_THAT(made.prepared.shared.stage.values, ElementsAre("cairn/a/value", "cairn/b/value"));
  EXPECT_THAT(made.prepared.shared.stage.dtypes, ElementsAre(DType::kFloat64, DType::kInt64));
  EXPECT_EQ(made.Find(made.prepared.shared.stage.stage)->op, "Stage");
  EXPECT_THAT(made.Inputs(made.prepared.shared.stage.stage),
              ElementsAre("cairn/a/value", "cairn/b/value"));
  EXPECT_EQ(made.Find(made.prepared.shared.stage.clear)->op, "StageClear");
  EXPECT_EQ(made.Find("cairn/staged")->op, "Unstage");
  EXPECT_THAT(made.Inputs("cairn/b/take"), ElementsAre("b", "cairn/staged:1"));
}

TEST(PreparedGraphTest, SmallVariablesOfOneShapeAreRowsOfOneTensor) {
  GraphBytes graph;
  for (int i = 0; i < 4; ++i) {
    AddRefVariable(graph, "ref" + std::to_string(i), DType::kFloat32, {2, 3});
    AddResourceVariable(graph, "res" + std::to_string(i), DType::kFloat32, {2, 3});
  }
  const Reread made = Prepare(graph);
  ASSERT_EQ(made.prepared.shared.rows.size(), 1u);
  const RowGroup& group = made.prepared.shared.rows[0];
  EXPECT_EQ(group.value, "cairn/rows_0");
  EXPECT_EQ(group.num_rows, 8);
  EXPECT_THAT(group.dims, ElementsAre(2, 3));
  EXPECT_EQ(made.Find("cairn/rows_0")->op, "Placeholder");
  EXPECT_EQ(made.Find("cairn/row_0")->op, "Unpack");
  EXPECT_THAT(made.Inputs("cairn/row_0"), ElementsAre("cairn/rows_0"));
  EXPECT_EQ(TypeOfAttribute(made.Attribute("cairn/row_0", "T")).value(), DType::kFloat32);
  const VariableNodes& nodes = made.prepared.nodes.at(5);
  EXPECT_TRUE(nodes.value.empty());
  EXPECT_EQ(nodes.row->row, 5u);
  EXPECT_EQ(made.Inputs(nodes.assigns.at(0)).at(1), "cairn/row_0:5");
  EXPECT_EQ(made.Find("cairn/stage"), nullptr) << "what is copied anyway is not staged";
}

TEST(PreparedGraphTest, StringsPassThroughAnOpThatCopiesThem) {
  GraphBytes graph;
  AddResourceVariable(graph, "words", DType::kString, {4});
  const Reread made = Prepare(graph);
  EXPECT_THAT(made.Inputs("cairn/words/assign"), ElementsAre("words", "cairn/words/own"));
  EXPECT_EQ(made.Find("cairn/words/own")->op, "StringJoin");
  EXPECT_THAT(made.Inputs("cairn/words/own"), ElementsAre("cairn/words/value", "cairn/empty"));
  EXPECT_EQ(made.Find("cairn/empty")->op, "Const");
}

TEST(PreparedGraphTest, TheScopeIsOneThatTheGraphDoesNotUse) {
  GraphBytes graph;
  AddRefVariable(graph, "cairn", DType::kFloat32, {});
  graph.Node("cairn_1/x", "Const").Node("cairn_20", "Const");
  EXPECT_EQ(Prepare(graph).prepared.nodes.at(0).value, "cairn_2/cairn/value");
}

TEST(PreparedGraphTest, WithoutVariablesNothingIsAdded) {
  EXPECT_THAT(Prepare(GraphBytes().Node("a", "Const")).prepared.nodes, IsEmpty());
}

}  // namespace
}  // namespace cairn::tensorflow
