#include "cairn/graph/saved_object_graph.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

using namespace std::string_literals;

TEST(SavedObjectGraphTest, DamagedBytes) {
  struct Row {
    const char* what;
    std::string message;
    Reason reason;
  };
  for (const Row& row : {
           Row{"a child that is not there", "\x0a\x07\x0a\x05\x08\x01\x12\x01w", Reason::kGraph},
           Row{"a child of node -1",
               "\x0a\x0d\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s, Reason::kGraph},
           Row{"a captured node that is not there", "\x12\x08\x0a\x01\x66\x12\x03\x12\x01\x07"s,
               Reason::kGraph},
           Row{"a node as a number", "\x08\x01", Reason::kProto},
           Row{"a name of a child as a number", "\x0a\x04\x0a\x02\x10\x01", Reason::kProto},
           Row{"a message that ends early", "\x0a\x7f", Reason::kProto},
       }) {
    EXPECT_EQ(ParseSavedObjectGraph(AsBytes(row.message)).status().reason(), row.reason)
        << row.what;
  }
}

TEST(SavedObjectGraphTest, ObjectsMayHaveEachOther) {
  // Node 0 has node 1, and node 1 node 0; a function captures node 1 twice.
  const std::string message =
      "\x0a\x07\x0a\x05\x08\x01\x12\x01w\x0a\x05\x0a\x03\x12\x01p"
      "\x12\x09\x0a\x01\x66\x12\x04\x12\x02\x01\x01"s;
  const auto graph = ParseSavedObjectGraph(AsBytes(message));
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  EXPECT_EQ(graph->nodes[0].children[0].node, 1u);
  EXPECT_EQ(graph->nodes[1].children[0].node, 0u);
  EXPECT_EQ(graph->bound_inputs.at("f"), (std::vector<uint32_t>{1, 1}));
}

}  // namespace
}  // namespace cairn
