#include "cairn/engines/tensorflow/graph_variables_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/engines/tensorflow/graph_parts_fixture.h"
#include "cairn/io/memory_file_system.h"

namespace cairn::tensorflow {
namespace {

std::string OneVariable() {
  GraphBytes graph;
  AddRefVariable(graph, "w", DType::kFloat32, {3});
  return graph.MetaGraph();
}

// Returns a SavedModel with this graph.
std::string SavedModelOf(const std::string& meta_graph) {
  std::string message;
  AppendNumberField(message, 1, 1);
  AppendMessageField(message, 2, meta_graph);
  return message;
}

// Every file that holds a graph, and the MetaGraphDef that a session of it must have.
TEST(GraphVariablesSessionTest, TheMetaGraphIsWhatTheFileHolds) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.Put("graph.meta", AsBytes(OneVariable())).ok());
  ASSERT_TRUE(fs.Put("model/saved_model.pb", AsBytes(SavedModelOf(OneVariable()))).ok());
  for (const char* const path : {"graph.meta", "model", "model/saved_model.pb"}) {
    const auto session = GraphVariablesSession::Open(fs, path);
    ASSERT_TRUE(session.ok()) << session.status().message();
    EXPECT_EQ((*session)->variables().size(), 1u) << path;
    const auto meta_graph = (*session)->MetaGraph();
    ASSERT_TRUE(meta_graph.ok()) << meta_graph.status().message();
    EXPECT_EQ(*meta_graph, OneVariable()) << path;
  }
}

}  // namespace
}  // namespace cairn::tensorflow
