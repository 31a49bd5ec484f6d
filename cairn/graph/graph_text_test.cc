#include "cairn/graph/graph_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/graph/graph_file.h"
#include "cairn/graph/saved_object_graph.h"
#include "cairn/graph/variable_def.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/graph_bytes.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kMetaGraph = R"(
# written by hand
meta_info_def { tensorflow_version: "2.21" ".0" tags: 'serve' stripped_op_list { op { name: "x" } } }
graph_def {
  node { name: "w" op: "VarHandleOp"
    attr { key: "dtype" value { type: DT_BFLOAT16 } }
    attr { key: "shape" value { shape { dim { size: 0x10 } dim: < size: -1 > } } }
    experimental_type { type_id: TFT_PRODUCT args: [ { type_id: TFT_A }, { type_id: TFT_B } ] } };
  node { name: "call", op: "PartitionedCall", input: ["w", "^w"],
    attr { key: "f" value { func { name: "body" } } } }
  library { function { signature { name: "body" input_arg { name: "h" type: DT_RESOURCE } output_arg { name: "r" } }
    node_def { name: "c" op: "Const" attr { key: "value" value { tensor {
      dtype: DT_FLOAT float_val: 1.5f float_val: -inf tensor_content: "\001\"" } } } }
    ret { key: "r" value: "c:output:0" } } }
}
saver_def { restore_op_name: "save/restore_all" version: V2 }
collection_def { key: "variables" value { bytes_list { value: "\n\003w:0\022\010w/Assign8\001" } } }
collection_def { key: "steps" value { int64_list { value: [1, -2, 017] } } }
collection_def { key: "rates" value { float_list { value: 0.5 } } }
collection_def { key: "losses" value { node_list { value: "loss:0" } } }
collection_def { key: "any" value { any_list { value { [type.googleapis.com/a.B] { c: 1 } } } } }
signature_def { key: "serving_default" value { inputs { key: "x" value { name: "x:0" dtype: DT_INT64
  tensor_shape { unknown_rank: true } } } outputs { key: "y" value { coo_sparse {
  values_tensor_name: "v:0" indices_tensor_name: "i:0" dense_shape_tensor_name: "d:0" } } } } }
object_graph_def { nodes { children { node_id: 1 local_name: "w" } user_object { identifier: "a" } }
  nodes { variable { dtype: DT_FLOAT shape { dim { size: 2 } } trainable: true name: "w" } }
  concrete_functions { key: "body" value { bound_inputs: 1 } } }
)";

MetaGraph Parsed(const std::string& message) {
  auto graph = MetaGraph::Parse(AsBytes(message));
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  return *std::move(graph);
}

TEST(GraphTextTest, EveryPartOfAMetaGraph) {
  const auto message = MetaGraphOfText(kMetaGraph);
  ASSERT_TRUE(message.ok()) << message.status().message();
  const MetaGraph graph = Parsed(*message);
  EXPECT_EQ(graph.tensorflow_version(), "2.21.0");
  EXPECT_THAT(graph.tags(), ElementsAre("serve"));
  EXPECT_EQ(graph.saver()->restore_op, "save/restore_all");
  ASSERT_EQ(graph.nodes().size(), 2u);
  EXPECT_EQ(TypeOfAttribute(**AttributeOf(graph.nodes()[0], "dtype"))->value(), DType::kBFloat16);
  EXPECT_THAT(*InputsOf(graph.nodes()[1]), ElementsAre("w", "^w"));
  EXPECT_THAT(*FunctionsOfAttribute(**AttributeOf(graph.nodes()[1], "f")), ElementsAre("body"));

  const auto body = ParseFunctionBody(*graph.FindFunction("body"));
  ASSERT_TRUE(body.ok());
  EXPECT_THAT(body->arguments, ElementsAre("h"));
  EXPECT_THAT(body->returned, ElementsAre("c:output:0"));

  const auto variable = ParseVariableDef(AsBytes(graph.FindCollection("variables")->texts[0]));
  EXPECT_EQ(variable->name, "w:0");
  EXPECT_EQ(variable->initializer, "w/Assign");
  EXPECT_EQ(variable->trainable, true);
  EXPECT_THAT(graph.FindCollection("steps")->integers, ElementsAre(1, -2, 15));
  EXPECT_THAT(graph.FindCollection("rates")->floats, ElementsAre(0.5f));
  EXPECT_THAT(graph.FindCollection("losses")->texts, ElementsAre("loss:0"));
  EXPECT_EQ(graph.FindCollection("any")->size(), 1u);

  const Signature& signature = *graph.FindSignature("serving_default");
  EXPECT_FALSE(signature.inputs[0].has_known_rank);
  EXPECT_THAT(signature.inputs[0].tensors, ElementsAre("x:0"));
  EXPECT_THAT(signature.outputs[0].tensors, ElementsAre("v:0", "i:0", "d:0"));

  const auto objects = ParseSavedObjectGraph(*graph.object_graph());
  ASSERT_TRUE(objects.ok());
  EXPECT_EQ(objects->nodes[0].identifier, "a");
  EXPECT_EQ(objects->nodes[1].variable->name, "w");
  EXPECT_THAT(objects->bound_inputs.at("body"), ElementsAre(1u));
}

TEST(GraphTextTest, GraphsAndSavedModels) {
  const auto graph = MetaGraphOfText("versions { producer: 1 } node { name: 'a' op: \"b\" }");
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  EXPECT_EQ(Parsed(*graph).nodes().size(), 1u);
  const auto model = MetaGraphOfText(
      "saved_model_schema_version: 1 meta_graphs { graph_def { node { name: 'a' op: 'b' } } }");
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(Parsed(*model).nodes()[0].name, "a");
}

TEST(GraphTextTest, DamagedText) {
  struct Row {
    const char* what;
    std::string text;
    Reason reason;
    const char* says;
  };
  const std::string deep = [] {
    std::string text = "node ";
    for (int i = 0; i < 1'000'000; ++i) text += "{ x ";
    return text;
  }();
  for (const Row& row : {
           Row{"nothing", "", Reason::kFormat, "it is empty"},
           Row{"another text", "no metagraph", Reason::kFormat, "'no' is not a field of"},
           Row{"a message without an end", "node { name: 'a'\n\n", Reason::kFormat,
               "line 3: expected a field or '}', found the end"},
           Row{"an end too many", "node { } }", Reason::kFormat, "expected a field, found '}'"},
           Row{"the wrong end", "node { >", Reason::kFormat, "found '>'"},
           Row{"a list without an end", "node { input: ['a'", Reason::kFormat, "expected"},
           Row{"a list without an end at the top", "node [", Reason::kFormat, "expected"},
           Row{"a list in a list", "node { input: [['a']] }", Reason::kFormat, "a value"},
           Row{"a number for a text", "node { name: 1 }", Reason::kFormat, "a string in quotes"},
           Row{"a text for a number", "graph_def { node { attr { value { i: 'a' } } } }",
               Reason::kFormat, "expected a number"},
           Row{"a name for a number", "node { attr { value { i: many } } }", Reason::kFormat,
               "expected an integer, found 'many'"},
           Row{"a name for a truth", "node { attr { value { b: maybe } } }", Reason::kFormat,
               "true or false"},
           Row{"a text for a message", "node: 'a'", Reason::kFormat, "expected '{'"},
           Row{"a message for a text", "node { name { } }", Reason::kFormat, "expected a value"},
           Row{"a string that does not end", "node { name: 'a\n' }", Reason::kFormat,
               "without an end"},
           Row{"a wrong escape", "node { name: \"\\777\" }", Reason::kFormat, "line 1: an octal"},
           Row{"an extension without an end", "node { [a.b", Reason::kFormat, "expected ']'"},
           Row{"H6: a million messages in each other", deep, Reason::kLimit, "more than 100 deep"},
       }) {
    const auto message = MetaGraphOfText(row.text);
    EXPECT_EQ(message.status().reason(), row.reason) << row.what;
    EXPECT_THAT(std::string(message.status().message()), HasSubstr(row.says)) << row.what;
  }
}

TEST(GraphTextTest, EveryCutIsAnErrorOrASmallerGraph) {
  for (size_t size = 0; size < kMetaGraph.size(); ++size) {
    const auto message = MetaGraphOfText(kMetaGraph.substr(0, size));
    if (message.ok()) {
      EXPECT_TRUE(MetaGraph::Parse(AsBytes(*message)).ok()) << size;
    } else {
      EXPECT_EQ(message.status().reason(), Reason::kFormat) << size;
    }
  }
}

TEST(GraphFileTest, ContentTellsWhatAFileIs) {
  const std::string meta = GraphBytes().Node("a", "b").MetaGraph();
  const std::string graph("\x0a\x06\x0a\x01\x61\x12\x01\x62", 8);
  std::string saved_model("\x08\x01\x12", 3);
  saved_model += static_cast<char>(meta.size());
  saved_model += meta;
  MemoryFileSystem fs;
  for (const std::string& content :
       {meta, graph, saved_model, std::string("node { name: 'a' op: 'b' }")}) {
    ASSERT_TRUE(fs.Put("file", AsBytes(content)).ok());
    const auto loaded = LoadGraph(fs, "file");
    ASSERT_TRUE(loaded.ok()) << loaded.status().message();
    ASSERT_EQ(loaded->graph.nodes().size(), 1u);
    EXPECT_EQ(loaded->graph.nodes()[0].op, "b");
  }
  for (const std::string& content : {std::string(), std::string("\x4a\x00", 2),
                                     std::string("no metagraph"), meta.substr(0, 9)}) {
    ASSERT_TRUE(fs.Put("file", AsBytes(content)).ok());
    const auto loaded = LoadGraph(fs, "file");
    ASSERT_FALSE(loaded.ok());
    EXPECT_THAT(std::string(loaded.status().message()), HasSubstr("file: "));
  }
}

}  // namespace
}  // namespace cairn
