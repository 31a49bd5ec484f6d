#include "cairn/graph/meta_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/graph/graph_variables.h"
#include "cairn/graph/save_layouts.h"
#include "cairn/graph/variable_def.h"
#include "cairn/testing/graph_bytes.h"
#include "cairn/testing/proto_bytes.h"

namespace cairn {
namespace {

using tensorflow::SavedTensor;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

GraphBytes Sound() {
  GraphBytes graph;
  graph.Variable("w", DType::kFloat32, {2, 3})
      .Variable("b", DType::kInt64, {})
      .Node("b/alias", "Identity", {"b/Read:0", "^w"})
      .Save("save/SaveV2", {{"b", DType::kInt64, "", "b/alias"},
                            {"part", DType::kFloat32, "4 3 2,2:-", "nowhere"},
                            {"w", DType::kFloat32, "", "w/Read"}})
      .Signature("serving_default", {"y", "x"}, {"scores"})
      .Signature("encode", {"x"}, {});
  return graph;
}

SaveLayouts LayoutsOf(const std::string& message) {
  const auto graph = MetaGraph::Parse(AsBytes(message));
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  const auto layouts = FindSaveLayouts(*graph);
  EXPECT_TRUE(layouts.ok()) << layouts.status().message();
  return *layouts;
}

TEST(MetaGraphTest, AssetFilesAndTheGraphItself) {
  std::string info;
  AppendMessageField(info, 1, "vocabulary:0");
  std::string asset;
  AppendMessageField(asset, 1, info);
  AppendMessageField(asset, 2, "words.txt");
  const std::string message = Sound().Field(6, asset).MetaGraph();
  const auto graph = MetaGraph::Parse(AsBytes(message));
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  ASSERT_THAT(graph->assets(), SizeIs(1));
  EXPECT_EQ(graph->assets()[0].tensor, "vocabulary:0");
  EXPECT_EQ(graph->assets()[0].filename, "words.txt");
  ASSERT_THAT(graph->graph_defs(), SizeIs(1));
  EXPECT_THAT(std::string(AsText(graph->graph_defs()[0])), HasSubstr("b/alias"));
}

TEST(MetaGraphTest, ACollectionTellsItsVariablesInOrder) {
  const std::string message =
      GraphBytes()
          .Collection("variables", 2,
                      {GraphBytes::VariableDef("w", true), GraphBytes::VariableDef("b", false)})
          .Collection("metric_variables", 1, {"total:0"})
          .MetaGraph();
  const auto graph = MetaGraph::Parse(AsBytes(message));
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  const auto variables = VariableDefsOf(*graph->FindCollection("variables"));
  ASSERT_TRUE(variables.ok()) << variables.status().message();
  ASSERT_THAT(*variables, SizeIs(2));
  EXPECT_EQ((*variables)[0].name, "w:0");
  EXPECT_EQ((*variables)[1].initializer, "b/Assign");
  const auto metrics = VariableDefsOf(*graph->FindCollection("metric_variables"));
  ASSERT_TRUE(metrics.ok()) << metrics.status().message();
  ASSERT_THAT(*metrics, SizeIs(1));
  EXPECT_EQ((*metrics)[0].name, "total:0");
}

TEST(MetaGraphTest, NodesSignaturesAndVersion) {
  const std::string message = Sound().MetaGraph();
  const auto graph = MetaGraph::Parse(AsBytes(message));
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  EXPECT_EQ(graph->tensorflow_version(), "2.21.0");
  EXPECT_THAT(graph->nodes(), SizeIs(8));
  ASSERT_THAT(graph->signatures(), SizeIs(2));
  EXPECT_EQ(graph->signatures()[0].name, "encode");
  const auto is_named = [](const char* name) {
    return testing::Field(&SignatureTensor::name, testing::StrEq(name));
  };
  EXPECT_THAT(graph->signatures()[1].inputs, ElementsAre(is_named("x"), is_named("y")));
  EXPECT_THAT(graph->signatures()[1].outputs, ElementsAre(is_named("scores")));
  for (const char* const input : {"b/alias", "b/alias:0", "^b/alias"}) {
    const MetaGraph::Node* const node = graph->Find(input);
    ASSERT_NE(node, nullptr);
    EXPECT_EQ(node->op, "Identity");
    EXPECT_THAT(*InputsOf(*node), ElementsAre("b/Read:0", "^w"));
  }
  EXPECT_EQ(graph->Find("c"), nullptr);
}

TEST(MetaGraphTest, TensorsOfSignatures) {
  struct Row {
    const char* what;
    std::string message;
    std::optional<DType> dtype;
    std::optional<std::vector<int64_t>> dims;
  };
  const std::string any("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10);
  for (const Row& row :
       {Row{"nothing", "", std::nullopt, std::nullopt},
        Row{"a name, a dtype, a shape",
            "\x0a\x01t\x10\x01\x1a\x11\x12\x0b\x08" + any + "\x12\x02\x08\x03", DType::kFloat32,
            std::vector<int64_t>{-1, 3}},
        Row{"a scalar", std::string("\x10\x07\x1a\x00", 4), DType::kString, std::vector<int64_t>{}},
        Row{"any rank", "\x10\x09\x1a\x02\x18\x01", DType::kInt64, std::nullopt},
        Row{"a dtype of nobody", "\x10\x63", std::nullopt, std::nullopt}}) {
    const std::string message = GraphBytes().Signature("f", {"x"}, {}, row.message).MetaGraph();
    const auto graph = MetaGraph::Parse(AsBytes(message));
    ASSERT_TRUE(graph.ok()) << row.what << graph.status().message();
    EXPECT_EQ(graph->signatures()[0].inputs[0].dtype, row.dtype) << row.what;
    EXPECT_EQ(graph->signatures()[0].inputs[0].has_known_rank, row.dims.has_value()) << row.what;
    EXPECT_EQ(graph->signatures()[0].inputs[0].dims, row.dims.value_or(std::vector<int64_t>()))
        << row.what;
  }
  for (const char* const wrong : {"\x12\x01x", "\x1a", "\x18\x01"}) {
    const std::string message = GraphBytes().Signature("f", {"x"}, {}, wrong).MetaGraph();
    EXPECT_EQ(MetaGraph::Parse(AsBytes(message)).status().reason(), Reason::kProto) << wrong;
  }
}

TEST(MetaGraphTest, CollectionsAndFunctions) {
  GraphBytes body;
  body.Node("read", "ReadVariableOp", {"h"}).Node("count", "AssignAddVariableOp", {"h", "h"});
  const std::string message = Sound()
                                  .Collection("variables", 2, {GraphBytes::VariableDef("w", true)})
                                  .Collection("losses", 1, {"loss:0", "other:0"})
                                  .Collection("losses", 1, {"loss:0"})
                                  .Function("f", {"h"}, "read:value:0", body, {"count"})
                                  .Saver("save/restore_all")
                                  .MetaGraph();
  const auto graph = MetaGraph::Parse(AsBytes(message));
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  ASSERT_THAT(graph->collections(), SizeIs(2));
  EXPECT_THAT(graph->FindCollection("losses")->texts, ElementsAre("loss:0"));
  EXPECT_EQ(graph->FindCollection("variables")->kind, Collection::Kind::kBytes);
  EXPECT_EQ(graph->FindCollection("none"), nullptr);
  EXPECT_EQ(graph->saver()->restore_op, "save/restore_all");
  const auto function = ParseFunctionBody(*graph->FindFunction("f"));
  ASSERT_TRUE(function.ok());
  EXPECT_EQ(function->FindArgument("h"), 0u);
  EXPECT_EQ(function->FindArgument("read:value:0"), std::nullopt);
  EXPECT_THAT(function->returned, ElementsAre("read:value:0"));
  EXPECT_THAT(function->control_returns, ElementsAre("count"));
}

TEST(MetaGraphTest, DamagedCollectionsAndFunctions) {
  const std::string number("\x08\x01", 2);  // field 1 as a number
  const auto reason = [](const GraphBytes& graph) {
    return MetaGraph::Parse(AsBytes(graph.MetaGraph())).status().reason();
  };
  EXPECT_EQ(reason(GraphBytes().Field(4, number)), Reason::kProto);
  EXPECT_EQ(reason(GraphBytes().Field(4, "\x12\x02\x08\x01")), Reason::kProto);
  EXPECT_EQ(reason(GraphBytes().Field(3, number)), Reason::kProto);
  EXPECT_EQ(reason(GraphBytes().Field(2, "\x12\x02\x08\x01")), Reason::kProto);
  EXPECT_EQ(reason(GraphBytes().Field(9, number)), Reason::kNone);  // not known, not read
  for (const char* const wrong : {"\x08\x01", "\x3a\x01\x01", "\x22\x02\x08\x01", "\x2a\x01"})
    EXPECT_EQ(ParseVariableDef(AsBytes(wrong)).status().reason(), Reason::kProto) << wrong;
  EXPECT_EQ(ParseFunctionBody({"f", AsBytes("\x18\x01")}).status().reason(), Reason::kProto);
}

TEST(MetaGraphTest, EveryCutIsAnErrorOrASmallerGraph) {
  const std::string message = Sound().MetaGraph();
  for (size_t size = 0; size < message.size(); ++size) {
    const std::string cut = message.substr(0, size);
    const auto graph = MetaGraph::Parse(AsBytes(cut));
    if (graph.ok()) {
      (void)FindSaveLayouts(*graph);
    } else {
      EXPECT_EQ(graph.status().reason(), Reason::kProto) << size;
    }
  }
}

TEST(MetaGraphTest, EveryTurnedByteIsSurvived) {
  const std::string message = Sound().MetaGraph();
  for (size_t i = 0; i < message.size(); ++i) {
    for (const int flip : {1, 8, 0x80, 0xff}) {
      std::string turned = message;
      turned[i] = static_cast<char>(turned[i] ^ flip);
      if (const auto graph = MetaGraph::Parse(AsBytes(turned)); graph.ok())
        (void)FindSaveLayouts(*graph);
    }
  }
}

TEST(MetaGraphTest, H5DeepAndHugeMessages) {
  std::string deep;
  for (int i = 0; i < 2000; ++i) {  // each holds the last, as attribute, node or function
    std::string outer;
    AppendMessageField(outer, 1 + static_cast<uint32_t>(i % 5), deep);
    deep = std::move(outer);
  }
  std::string message;
  AppendMessageField(message, 2, deep);
  if (const auto graph = MetaGraph::Parse(AsBytes(message)); graph.ok())
    (void)FindSaveLayouts(*graph);
  const std::string huge("\x12\xff\xff\xff\xff\x07", 6);  // a graph of 2 GiB
  EXPECT_EQ(MetaGraph::Parse(AsBytes(huge)).status().reason(), Reason::kProto);
}

TEST(MetaGraphTest, H5AnAttributeTwiceIsTheLast) {
  const std::string first("\x0a\x01\x01", 3);
  const std::string last("\x0a\x01\x02", 3);
  const std::string message =
      GraphBytes().Node("n", "Op", {}, {{"a", first}, {"b", ""}, {"a", last}}).MetaGraph();
  const auto graph = MetaGraph::Parse(AsBytes(message));
  ASSERT_TRUE(graph.ok());
  EXPECT_EQ(AsText(**AttributeOf(graph->nodes()[0], "a")), last);
}

TEST(SaveLayoutsTest, H5TensorsOfBadTypeOrShape) {
  for (const std::string& dtypes : {std::string("\x0a\x02\x30\x00", 4),  // code 0
                                    std::string("\x0a\x03\x30\xe5\x01", 5)}) {
    GraphBytes graph;
    graph.Strings("n", {"t"}).Node("save", "SaveV2", {"p", "n", "n", "t"}, {{"dtypes", dtypes}});
    EXPECT_THAT(LayoutsOf(graph.MetaGraph()).unknown, ElementsAre(HasSubstr("dtype code")));
  }
}

TEST(MetaGraphTest, KnownFieldsOfAnotherType) {
  const auto graph = MetaGraph::Parse(AsBytes("\x10\x01"));  // graph_def as a number
  EXPECT_EQ(graph.status().reason(), Reason::kProto);
  EXPECT_THAT(std::string(graph.status().message()), HasSubstr("MetaGraphDef: field 2"));
}

TEST(SaveLayoutsTest, NamesShapesAndSlicesInTheOrderOfTheSave) {
  const SaveLayouts found = LayoutsOf(Sound().MetaGraph());
  EXPECT_THAT(found.unknown, IsEmpty());
  ASSERT_THAT(found.layouts, SizeIs(1));
  EXPECT_THAT(
      found.layouts[0],
      ElementsAre(
          SavedTensor{"b", DType::kInt64, {}, {}},
          SavedTensor{"part", DType::kFloat32, {4, 3}, {{2, 2}, {0, tensorflow::kWholeDimension}}},
          SavedTensor{"w", DType::kFloat32, {2, 3}, {}}));
}

TEST(SaveLayoutsTest, EqualSavesAreOne) {
  GraphBytes graph = Sound();
  graph.Save("again", {{"w", DType::kFloat32, "", "w/Read"}})
      .Save("and/again", {{"w", DType::kFloat32, "", "w"}});
  EXPECT_THAT(LayoutsOf(graph.MetaGraph()).layouts, SizeIs(2));
}

TEST(SaveLayoutsTest, ShapesOfOtherNodes) {
  GraphBytes graph;
  graph.Variable("v", DType::kInt8, {7});
  // AttrValue { list { shape {}  shape { dim { size: 5 } } } }
  const std::string shapes("\x0a\x08\x3a\x00\x3a\x04\x12\x02\x08\x05", 10);
  graph.Node("op", "Split", {"v"}, {{"_output_shapes", shapes}})
      .Save("save", {{"x", DType::kInt8, "", "op:1"}, {"y", DType::kInt8, "", "op"}});
  const SaveLayouts found = LayoutsOf(graph.MetaGraph());
  ASSERT_THAT(found.layouts, SizeIs(1));
  EXPECT_EQ(found.layouts[0][0].dims, std::vector<int64_t>{5});
  EXPECT_THAT(found.layouts[0][1].dims, IsEmpty());
}

TEST(SaveLayoutsTest, WhatTheGraphDoesNotTellIsSaid) {
  struct Row {
    const char* input;
    const char* told;
  };
  GraphBytes graph;
  graph.Node("computed", "MatMul", {"a", "b"})
      .Node("round", "Identity", {"trip"})
      .Node("trip", "Identity", {"round"})
      .Variable("odd", DType::kInt8, {-1});
  for (const Row& row : {Row{"computed", "the shape of 't': is not told by 'MatMul'"},
                         Row{"gone", "there is no node 'gone'"}, Row{"round", "is not found"},
                         Row{"odd", "the shape of 't'"}}) {
    GraphBytes saved = graph;
    saved.Save("s", {{"t", DType::kInt8, "", row.input}});
    const SaveLayouts found = LayoutsOf(saved.MetaGraph());
    EXPECT_THAT(found.layouts, IsEmpty());
    EXPECT_THAT(found.unknown, ElementsAre(HasSubstr(row.told))) << row.input;
  }
}

TEST(SaveLayoutsTest, NamesThatAreNoConstant) {
  GraphBytes graph;
  graph.Node("n", "Placeholder").Node("save", "SaveV2", {"p", "n", "n"});
  EXPECT_THAT(LayoutsOf(graph.MetaGraph()).unknown, ElementsAre("'save': 'n' is not a constant"));
}

}  // namespace
}  // namespace cairn
