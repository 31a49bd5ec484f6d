#include "cairn/engines/tensorflow/op_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/engines/tensorflow/graph_parts_fixture.h"

namespace cairn::tensorflow {
namespace {

const std::vector<std::string> kOps = {"Const", "Add"};

Status CheckOpsOf(const GraphBytes& graph) {
  const LoadedGraph loaded = LoadedGraphOf(graph.MetaGraph());
  return CheckOps(loaded.graph, kOps, "2.21.0");
}

TEST(OpCheckTest, KnownOpsAndFunctionsAreFine) {
  GraphBytes graph;
  graph.Node("a", "Const").Node("b", "double_it", {"a"});
  graph.Function("double_it", {"x"}, "y:z:0", GraphBytes().Node("y", "Add", {"x", "x"}));
  EXPECT_TRUE(CheckOpsOf(graph).ok());
}

TEST(OpCheckTest, EveryUnknownOpIsNamed) {
  GraphBytes graph;
  graph.Node("a", "Const").Node("m", "Mine").Node("n", "Mine").Node("d", "Dead");
  graph.Function("f", {"x"}, "y:z:0", GraphBytes().Node("y", "Hidden", {"x"}));
  const Status error = CheckOpsOf(graph);
  EXPECT_EQ(error.reason(), Reason::kUnsupported);
  EXPECT_EQ(error.message(),
            "TensorFlow 2.21.0 does not have the ops 'Dead' (node 'd'), 'Hidden' (node 'y' of "
            "function 'f'), 'Mine' (node 'm' and 1 more)");
  EXPECT_THAT(std::string(error.hint()), testing::HasSubstr("op_libraries"));
}

}  // namespace
}  // namespace cairn::tensorflow
