#include "cairn/graph/needed_tensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/graph/needed_variables.h"
#include "cairn/testing/graph_bytes.h"
#include "cairn/testing/proto_bytes.h"

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Three variables: a and b, of which tests need one, and c, which none needs.
GraphBytes Variables() {
  GraphBytes graph;
  for (const char* const name : {"a", "b", "c"}) graph.Variable(name, DType::kFloat32, {2});
  return graph;
}

// A function of two handles that reads the first.
GraphBytes ReadsFirst() {
  GraphBytes body;
  body.Node("read", "ReadVariableOp", {"x"}).Node("other", "ReadVariableOp", {"y"});
  return body;
}

std::string FunctionAttr(std::string_view attribute, std::string_view function) {
  return GraphBytes::FunctionAttribute(attribute, function)[0].second;
}

Result<NeededTensors> Needed(const GraphBytes& graph, const std::vector<std::string>& outputs) {
  const std::string message = graph.MetaGraph();
  const auto parsed = MetaGraph::Parse(AsBytes(message));
  EXPECT_TRUE(parsed.ok()) << parsed.status().message();
  return FindNeededTensors(*parsed, outputs);
}

TEST(NeededTensorsTest, WhatAnOutputNeeds) {
  struct Row {
    const char* what;
    GraphBytes graph;
    std::vector<std::string> needed;
  };
  const auto call = [](const char* op, const char* attribute) {
    return Variables()
        .Function("f", {"x", "y"}, "read:value:0", ReadsFirst())
        .Node("y", op, {"a", "b"}, GraphBytes::FunctionAttribute(attribute, "f"));
  };
  GraphBytes counting = ReadsFirst();
  counting.Node("count", "AssignAddVariableOp", {"y", "read:value:0"});
  GraphBytes twice;
  twice.Node("inner", "PartitionedCall", {"x", "y"}, GraphBytes::FunctionAttribute("f", "f"));
  GraphBytes recursive;
  recursive.Node("again", "StatefulPartitionedCall", {"x", "y"},
                 GraphBytes::FunctionAttribute("f", "f"));
  GraphBytes inside;
  std::string shared;
  AppendMessageField(shared, 2, "b");
  inside.Node("handle", "VarHandleOp", {}, {{"shared_name", shared}})
      .Node("read", "ReadVariableOp", {"handle:resource:0"});
  GraphBytes condition;
  condition.Node("ask", "ReadVariableOp", {"y"});
  for (const Row& row : {
           Row{"data inputs", Variables().Node("y", "Add", {"a/Read", "b/Read:0"}), {"a", "b"}},
           Row{"a control input", Variables().Node("y", "NoOp", {"^a/Read"}), {"a"}},
           Row{"an op that nobody knows", Variables().Node("y", "Mine", {"b/Read"}), {"b"}},
           Row{"a ref variable",
               Variables().Node("v", "VariableV2").Node("y", "Identity", {"v"}),
               {"v"}},
           Row{"a loop of TensorFlow 1",
               Variables()
                   .Node("enter", "Enter", {"a/Read"})
                   .Node("merge", "Merge", {"enter", "next"})
                   .Node("switch", "Switch", {"merge", "b/Read"})
                   .Node("next", "NextIteration", {"switch:1"})
                   .Node("y", "Exit", {"switch"}),
               {"a", "b"}},
           Row{"a call, which needs one argument", call("PartitionedCall", "f"), {"a"}},
           Row{"a call by the name of the function",
               Variables()
                   .Function("f", {"x", "y"}, "read:value:0", ReadsFirst())
                   .Node("y", "f", {"a", "b"}),
               {"a"}},
           Row{"a call of another kind, which may need all", call("MapDataset", "f"), {"a", "b"}},
           Row{"a call with too few inputs, which may need all",
               Variables()
                   .Function("f", {"x", "y", "z"}, "read:value:0", ReadsFirst())
                   .Node("y", "PartitionedCall", {"a", "b"},
                         GraphBytes::FunctionAttribute("f", "f")),
               {"a", "b"}},
           Row{"a call of a function that is not there, which may need all",
               Variables().Node("y", "PartitionedCall", {"a", "b"},
                                GraphBytes::FunctionAttribute("f", "f")),
               {"a", "b"}},
           Row{"an operation that a call always runs",
               Variables()
                   .Function("f", {"x", "y"}, "read:value:0", counting, {"count"})
                   .Node("y", "StatefulPartitionedCall", {"a", "b"},
                         GraphBytes::FunctionAttribute("f", "f")),
               {"a", "b"}},
           Row{"a call in a call",
               Variables()
                   .Function("f", {"x", "y"}, "read:value:0", ReadsFirst())
                   .Function("g", {"y", "x"}, "inner:output:0", twice)
                   .Node("y", "PartitionedCall", {"a", "b"},
                         GraphBytes::FunctionAttribute("f", "g")),
               {"b"}},
           Row{"a function that calls itself",
               Variables()
                   .Function("f", {"x", "y"}, "again:output:0", recursive)
                   .Node("y", "PartitionedCall", {"a", "b"},
                         GraphBytes::FunctionAttribute("f", "f")),
               {}},
           Row{"a variable in a function",
               Variables()
                   .Function("f", {}, "read:value:0", inside)
                   .Node("y", "PartitionedCall", {}, GraphBytes::FunctionAttribute("f", "f")),
               {"b"}},
           Row{"branches",
               Variables()
                   .Function("f", {"x", "y"}, "read:value:0", ReadsFirst())
                   .Function("g", {"x", "y"}, "other:value:0", ReadsFirst())
                   .Node("y", "If", {"c/Read", "a", "b"},
                         {{"then_branch", FunctionAttr("f", "f")},
                          {"else_branch", FunctionAttr("f", "f")}}),
               {"a", "c"}},
           Row{"a loop, whose condition asks another variable",
               Variables()
                   .Function("f", {"x", "y"}, "read:value:0", ReadsFirst())
                   .Function("g", {"x", "y"}, "ask:value:0", condition)
                   .Node("y", "While", {"a", "b"},
                         {{"cond", FunctionAttr("f", "g")}, {"body", FunctionAttr("f", "f")}}),
               {"a", "b"}},
       }) {
    const auto needed = Needed(row.graph, {"y:0"});
    ASSERT_TRUE(needed.ok()) << row.what << ": " << needed.status().message();
    EXPECT_THAT(needed->keys, ::testing::ElementsAreArray(row.needed)) << row.what;
  }
}

TEST(NeededTensorsTest, TheNumberOfAnOutputMayBeAnything) {
  const GraphBytes graph =
      Variables()
          .Function("f", {"x", "y"}, "read:value:0", ReadsFirst())
          .Node("y", "PartitionedCall", {"a", "b"}, GraphBytes::FunctionAttribute("f", "f"));
  for (const char* const output : {"y:1", "y:18446744073709551615", "y:99999999999999999999"})
    EXPECT_THAT(Needed(graph, {output})->keys, ElementsAre("a")) << output;
}

TEST(NeededTensorsTest, Tables) {
  const auto needed = Needed(
      Variables().Node("table", "HashTableV2").Node("y", "LookupTableFindV2", {"table", "a/Read"}),
      {"y"});
  EXPECT_THAT(needed->tables, ElementsAre("table"));
  EXPECT_THAT(needed->keys, ElementsAre("a"));
}

TEST(NeededTensorsTest, WhatIsNotThereIsSaid) {
  const auto missing = Needed(Variables().Node("logits", "Identity", {"a/Read"}), {"logit"});
  EXPECT_EQ(missing.status().reason(), Reason::kMissing);
  EXPECT_THAT(std::string(missing.status().hint()), HasSubstr("'logits'"));
  const auto cut = Needed(Variables().Node("y", "Identity", {"gone"}), {"y"});
  EXPECT_EQ(cut.status().reason(), Reason::kGraph);
  EXPECT_THAT(std::string(cut.status().message()), HasSubstr("there is no node 'gone'"));
}

// A saver that restores the tensor "whole" into a, and "other" into b.
GraphBytes WithSaver() {
  return Variables()
      .Strings("names", {"whole", "other"})
      .Node("restore", "RestoreV2", {"prefix", "names", "slices"})
      .Node("id", "Identity", {"restore"})
      .Node("assign_a", "AssignVariableOp", {"a", "id"})
      .Node("assign_b", "AssignVariableOp", {"b", "restore:1"})
      .Node("assign_c", "AssignVariableOp", {"c", "nowhere"})
      .Node("all", "NoOp", {"^assign_a", "^assign_b", "^assign_c"})
      .Saver("all")
      .Node("y", "Add", {"a/Read", "c/Read"});
}

TEST(NeededTensorsTest, KeysOfTheSaver) {
  EXPECT_THAT(Needed(WithSaver(), {"y"})->keys, ElementsAre("c", "whole"));
}

TEST(NeededTensorsTest, KeysOfARestoreFunction) {
  GraphBytes body;
  body.Strings("names", {"layer/kernel", "layer/bias"})
      .Node("restore", "RestoreV2", {"prefix", "names:output:0", "slices:output:0"})
      .Node("id", "Identity", {"restore:tensors:1"})
      .Node("assign_a", "AssignVariableOp", {"h1", "restore:tensors:0"})
      .Node("assign_b", "AssignVariableOp", {"h2", "id:output:0"});
  const GraphBytes graph =
      Variables()
          .Node("saver_filename", "Placeholder")
          .Function("restore", {"prefix", "h1", "h2"}, "", body)
          .Node("call", "StatefulPartitionedCall", {"saver_filename", "b", "a"},
                GraphBytes::FunctionAttribute("f", "restore"))
          .Saver("call")
          .Node("y", "Identity", {"a/Read"});
  EXPECT_THAT(Needed(graph, {"y"})->keys, ElementsAre("layer/bias"));
}

TEST(NeededTensorsTest, SignaturesStopAtWhatIsFed) {
  std::string x;
  AppendMessageField(x, 1, "a/Read:0");
  // Input and output are one tensor: it is fed, so nothing is needed for it.
  const std::string message = Variables().Signature("f", {"x"}, {"y"}, x).MetaGraph();
  const auto graph = MetaGraph::Parse(AsBytes(message));
  ASSERT_TRUE(graph.ok());
  EXPECT_THAT(FindTensorsOfSignature(*graph, "f", nullptr)->keys, IsEmpty());
  const auto missing = FindTensorsOfSignature(*graph, "g", nullptr);
  EXPECT_EQ(missing.status().reason(), Reason::kMissing);
  EXPECT_THAT(std::string(missing.status().hint()), HasSubstr("'f'"));
}

TEST(NeededTensorsTest, CapturesOfAFunctionOfTheObjects) {
  // Object 0 has the function `encode` (1), which captures the objects 2 and 3: its arguments are
  // x, then the two.
  using namespace std::string_literals;
  std::string root;
  for (const auto& [node, name] : {std::pair{1, "encode"}, {2, "w"}, {3, "v"}}) {
    std::string child;
    AppendNumberField(child, 1, node);
    AppendMessageField(child, 2, name);
    AppendMessageField(root, 1, child);
  }
  std::string function;
  AppendMessageField(function, 6, "\x0a\x01\x66"s);
  std::string objects;
  for (const std::string& object : {root, function, std::string(), std::string()})
    AppendMessageField(objects, 1, object);
  AppendMessageField(objects, 2, "\x0a\x01\x66\x12\x04\x12\x02\x02\x03"s);
  GraphBytes body;
  body.Node("r", "ReadVariableOp", {"second"});
  const std::string message = GraphBytes()
                                  .Function("f", {"x", "first", "second"}, "r:value:0", body)
                                  .Field(7, objects)
                                  .MetaGraph();
  std::string checkpoint;
  AppendMessageField(checkpoint, 1, root);
  for (const char* const key : {"", "w/key", "v/key"}) {
    std::string attribute;
    AppendMessageField(attribute, 3, key);
    std::string object;
    if (*key != 0) AppendMessageField(object, 2, attribute);
    AppendMessageField(checkpoint, 1, object);
  }
  const auto graph = MetaGraph::Parse(AsBytes(message));
  ASSERT_TRUE(graph.ok());
  const auto tracked = ObjectGraph::Parse(checkpoint);
  ASSERT_TRUE(tracked.ok()) << tracked.status().message();
  EXPECT_THAT(FindTensorsOfSignature(*graph, "encode", &*tracked)->keys, ElementsAre("v/key"));
  EXPECT_EQ(FindTensorsOfSignature(*graph, "w", &*tracked).status().reason(), Reason::kMissing);
}

TEST(NeededTensorsTest, EveryTurnedByteIsSurvived) {
  const std::string message =
      WithSaver()
          .Function("f", {"x", "y"}, "read:value:0", ReadsFirst())
          .Node("z", "PartitionedCall", {"y", "b"}, GraphBytes::FunctionAttribute("f", "f"))
          .MetaGraph();
  const std::vector<std::string> outputs = {"y", "z"};
  for (size_t i = 0; i < message.size(); ++i) {
    for (const int flip : {1, 8, 0x80, 0xff}) {
      std::string turned = message;
      turned[i] = static_cast<char>(turned[i] ^ flip);
      if (const auto graph = MetaGraph::Parse(AsBytes(turned)); graph.ok())
        (void)FindNeededTensors(*graph, outputs);
    }
  }
}

}  // namespace
}  // namespace cairn
