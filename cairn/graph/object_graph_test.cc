#include "cairn/graph/object_graph.h"

#include <gtest/gtest.h>

#include <ctime>

#include "cairn/graph/object_paths.h"
#include "cairn/testing/object_graph_bytes.h"
#include "cairn/testing/row_name.h"

namespace cairn {
namespace {

using Paths = std::map<std::string, std::string>;

Paths PathsOf(const std::vector<NodeBytes>& nodes) {
  const auto graph = ObjectGraph::Parse(ObjectGraphOf(nodes));
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  return graph.ok() ? ShortPaths(*graph) : Paths();
}

TEST(ObjectGraphTest, GivesWhatItHolds) {
  const auto graph = ObjectGraph::Parse(ObjectGraphOf(
      {NodeBytes().Child(1, "w").Child(0, "self"),
       NodeBytes().Value("w/.ATTRIBUTES/VARIABLE_VALUE"), NodeBytes().Slot(1, "m", 1)}));
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  ASSERT_EQ(graph->num_nodes(), 3u);
  ASSERT_EQ(graph->children(0).size(), 2u);
  EXPECT_EQ(graph->children(0)[0].name, "w");
  EXPECT_EQ(graph->children(0)[1].node, 0u);
  EXPECT_TRUE(graph->attributes(0).empty());
  EXPECT_EQ(graph->attributes(1)[0].full_name, "graph/name");
  EXPECT_EQ(graph->slots(2)[0].name, "m");
  EXPECT_EQ(ObjectGraph::Parse("")->num_nodes(), 0u);
}

// The bytes of so short a string lie in the string itself.
TEST(ObjectGraphTest, ViewsOfAShortMessageStayValid) {
  const auto graph = ObjectGraph::Parse(ObjectGraphOf({NodeBytes().Child(0, "w")}));
  ASSERT_TRUE(graph.ok());
  EXPECT_EQ(graph->children(0)[0].name, "w");
}

TEST(ObjectPathsTest, TheShortestWayThroughObjects) {
  // optimizer/_variables/0 is shorter than model/layer-0/kernel, and is not a path that people
  // know.
  EXPECT_EQ(PathsOf({NodeBytes().Child(1, "optimizer").Child(2, "model"),
                     NodeBytes().Child(3, "_variables").Child(5, "_iterations"),
                     NodeBytes().Child(6, "layer-0"), NodeBytes().Child(4, "0"),
                     NodeBytes().Value("optimizer/_variables/0/.ATTRIBUTES/VARIABLE_VALUE"),
                     NodeBytes().Value("optimizer/_iterations/.ATTRIBUTES/VARIABLE_VALUE"),
                     NodeBytes().Child(4, "kernel")}),
            (Paths{{"optimizer/_variables/0/.ATTRIBUTES/VARIABLE_VALUE", "model/layer-0/kernel"},
                   {"optimizer/_iterations/.ATTRIBUTES/VARIABLE_VALUE", "optimizer/_iterations"}}));
}

TEST(ObjectPathsTest, SlotsStandBesideTheirVariable) {
  const std::string slot_key = "w/.OPTIMIZER_SLOT/optimizer/momentum/.ATTRIBUTES/VARIABLE_VALUE";
  EXPECT_EQ(PathsOf({NodeBytes().Child(1, "w").Child(2, "optimizer"),
                     NodeBytes().Value("w/.ATTRIBUTES/VARIABLE_VALUE"),
                     NodeBytes().Slot(1, "momentum", 3), NodeBytes().Value(slot_key)}),
            (Paths{{"w/.ATTRIBUTES/VARIABLE_VALUE", "w"}, {slot_key, "w/momentum"}}));
}

TEST(ObjectPathsTest, OtherAttributesHaveTheirName) {
  EXPECT_EQ(PathsOf({NodeBytes().Child(1, "table"),
                     NodeBytes().Value("table/.ATTRIBUTES/table-keys", "table-keys")}),
            (Paths{{"table/.ATTRIBUTES/table-keys", "table/table-keys"}}));
}

TEST(ObjectPathsTest, WhatCannotBeReachedKeepsItsKey) {
  EXPECT_EQ(PathsOf({NodeBytes(), NodeBytes().Value("lost/.ATTRIBUTES/VARIABLE_VALUE")}),
            (Paths{{"lost/.ATTRIBUTES/VARIABLE_VALUE", "lost"}}));
}

TEST(ObjectPathsTest, PathsAreUnique) {
  // Two optimizers with a slot of one name for one variable.
  const std::string a = "w/.OPTIMIZER_SLOT/a/m/.ATTRIBUTES/VARIABLE_VALUE";
  const std::string b = "w/.OPTIMIZER_SLOT/b/m/.ATTRIBUTES/VARIABLE_VALUE";
  EXPECT_EQ(PathsOf({NodeBytes().Child(1, "w").Child(2, "a").Child(3, "b"), NodeBytes(),
                     NodeBytes().Slot(1, "m", 4), NodeBytes().Slot(1, "m", 5), NodeBytes().Value(a),
                     NodeBytes().Value(b)}),
            (Paths{{a, "w/.OPTIMIZER_SLOT/a/m"}, {b, "w/.OPTIMIZER_SLOT/b/m"}}));
}

struct Damage {
  const char* what;
  std::string message;
  Reason reason;
};

class DamagedGraphTest : public testing::TestWithParam<Damage> {};

TEST_P(DamagedGraphTest, IsRefused) {
  const Status status = ObjectGraph::Parse(GetParam().message).status();
  EXPECT_EQ(ReasonWord(status.reason()), ReasonWord(GetParam().reason)) << status.message();
}

INSTANTIATE_TEST_SUITE_P(
    , DamagedGraphTest,
    testing::Values(
        Damage{"B20 child id out of range", ObjectGraphOf({NodeBytes().Child(1, "x")}),
               Reason::kGraph},
        Damage{"B20 child id -1", ObjectGraphOf({NodeBytes().Child(-1, "x")}), Reason::kGraph},
        Damage{"B20 slot of a variable that is not there",
               ObjectGraphOf({NodeBytes().Slot(7, "m", 0)}), Reason::kGraph},
        Damage{"B20 slot variable that is not there", ObjectGraphOf({NodeBytes().Slot(0, "m", 7)}),
               Reason::kGraph},
        Damage{"B20 duplicate names", ObjectGraphOf({NodeBytes().Child(0, "x").Child(0, "x")}),
               Reason::kGraph},
        Damage{"cut", "\x0a\x05\x0a", Reason::kProto},
        Damage{"nodes are numbers", "\x08\x01", Reason::kProto},
        Damage{"children are numbers", "\x0a\x02\x08\x01", Reason::kProto},
        Damage{"no message", "text", Reason::kProto}),
    [](const auto& row) { return RowName(row.param.what); });

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

TEST(ObjectGraphTest, B20CyclesAndChainsEndSoon) {
  // A ring of 300,000 nodes, each with a value: as deep as it is large.
  std::vector<NodeBytes> nodes(300'000);
  for (size_t i = 0; i < nodes.size(); ++i) {
    nodes[i].Child(static_cast<int64_t>((i + 1) % nodes.size()), "next");
    nodes[i].Value("key" + std::to_string(i) + "/.ATTRIBUTES/VARIABLE_VALUE");
  }
  const std::string message = ObjectGraphOf(nodes);
  const double before = CpuSeconds();
  const auto graph = ObjectGraph::Parse(message);
  ASSERT_TRUE(graph.ok());
  const Paths paths = ShortPaths(*graph);
  EXPECT_LT(CpuSeconds() - before, 20);
  EXPECT_EQ(paths.at("key3/.ATTRIBUTES/VARIABLE_VALUE"), "next/next/next");
  EXPECT_EQ(paths.at("key299999/.ATTRIBUTES/VARIABLE_VALUE"), "key299999");
}

TEST(ObjectGraphTest, B20TenMillionNodesAreTooMany) {
  std::string message(20'000'000, '\0');
  for (size_t i = 0; i < message.size(); i += 2) message[i] = '\x0a';
  EXPECT_EQ(ObjectGraph::Parse(std::move(message)).status().reason(), Reason::kLimit);
}

}  // namespace
}  // namespace cairn
