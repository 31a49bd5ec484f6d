#include "cairn/graph/moving_averages.h"

#include <gtest/gtest.h>

#include "cairn/testing/object_graph_bytes.h"

namespace cairn {
namespace {

using Averages = std::map<std::string, std::string, std::less<>>;

TEST(MovingAveragesTest, SlotsAndListsOfKeras) {
  const auto of = [](const std::vector<NodeBytes>& nodes) {
    return AveragesOf(*ObjectGraph::Parse(ObjectGraphOf(nodes)));
  };
  using Node = NodeBytes;
  EXPECT_EQ(of({Node().Child(1, "w").Child(2, "optimizer"), Node().Value("w"),
                Node().Slot(1, "average", 3).Slot(1, "momentum", 4), Node().Value("w/average"),
                Node().Value("w/momentum")}),
            (Averages{{"w", "w/average"}}));
  const Node optimizer =
      Node().Child(1, "_trainable_variables").Child(2, "_model_variables_moving_average");
  EXPECT_EQ(of({optimizer, Node().Child(3, "0").Child(4, "1"), Node().Child(5, "0").Child(6, "1"),
                Node().Value("a"), Node().Value("b"), Node().Value("a/average"),
                Node().Value("b/average")}),
            (Averages{{"a", "a/average"}, {"b", "b/average"}}));
  // Lists of other lengths tell nothing.
  EXPECT_EQ(
      of({optimizer, Node().Child(3, "0"), Node().Child(5, "0").Child(6, "1"), Node().Value("a"),
          Node().Value("b"), Node().Value("a/average"), Node().Value("b/average")}),
      Averages());
}

}  // namespace
}  // namespace cairn
