#include "cairn/formats/verify_object_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/repair.h"
#include "cairn/core/bookkeeping.h"
#include "cairn/graph/stored_object_graph.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/source/string_source.h"
#include "cairn/testing/bundle_bytes.h"
#include "cairn/testing/object_graph_bytes.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kGraphName(kObjectGraphKey);

std::string GraphNaming(const std::vector<std::string>& keys) {
  std::vector<NodeBytes> nodes(1);
  for (const std::string& key : keys) {
    nodes[0].Child(static_cast<int64_t>(nodes.size()), key);
    nodes.push_back(NodeBytes().Value(key));
  }
  return ObjectGraphOf(nodes);
}

TensorDict DictWith(std::string_view graph) {
  TensorDict::Builder builder;
  builder.Add(kGraphName, MakeTextSource(graph));
  builder.Add("a", SourceOf<int32_t>({}, {1}));
  builder.Add("b", SourceOf<int32_t>({}, {2}));
  return builder.Build().value();
}

// The files of every format that keeps a graph.
class StoredGraphTest : public testing::TestWithParam<const char*> {
 protected:
  std::vector<std::string> FindingsOf(std::string_view graph, VerifyOptions options = {}) {
    MemoryFileSystem fs;
    EXPECT_TRUE(Save(fs, GetParam(), DictWith(graph)).ok());
    const auto report = Verify(fs, GetParam(), options);
    EXPECT_TRUE(report.ok()) << report.status().message();
    std::vector<std::string> messages;
    for (const Finding& finding : report->findings) messages.emplace_back(finding.error.message());
    return messages;
  }
};
INSTANTIATE_TEST_SUITE_P(, StoredGraphTest,
                         testing::Values("model", "model.npz", "model.safetensors"),
                         [](const auto& row) {
                           const std::string name = row.param;
                           return name.find('.') == name.npos ? "tf" : name.substr(6);
                         });

TEST_P(StoredGraphTest, OneThatNamesWhatIsThereIsSound) {
  EXPECT_THAT(FindingsOf(GraphNaming({"a", "b"})), IsEmpty());
  EXPECT_THAT(FindingsOf(GraphNaming({"a"})), IsEmpty());
  EXPECT_THAT(FindingsOf(""), IsEmpty());
}

TEST_P(StoredGraphTest, KeysThatAreNotThereAreFindings) {
  const std::string file = GetParam();
  EXPECT_THAT(FindingsOf(GraphNaming({"a", "x", "y"})),
              ElementsAre(file + ": tensor 'x': is not there, and the object graph names it",
                          file + ": tensor 'y': is not there, and the object graph names it"));
  // A graph is a value, and a quick check reads none.
  EXPECT_THAT(FindingsOf(GraphNaming({"x"}), {.depth = VerifyDepth::kQuick}), IsEmpty());
}

TEST_P(StoredGraphTest, ManyKeysThatAreNotThere) {
  std::vector<std::string> keys;
  for (int i = 0; i < 1500; ++i) keys.push_back("key" + std::to_string(i));
  const auto findings = FindingsOf(GraphNaming(keys));
  EXPECT_EQ(findings.size(), 1001u);
  EXPECT_THAT(findings.back(), HasSubstr("names 500 more tensors that are not there"));
}

TEST_P(StoredGraphTest, ADamagedGraphIsAFinding) {
  EXPECT_THAT(FindingsOf("no message"), ElementsAre(HasSubstr(kGraphName)));
  EXPECT_THAT(FindingsOf(ObjectGraphOf({NodeBytes().Child(4, "x")})),
              ElementsAre(HasSubstr("refers to node 4")));
}

std::vector<std::string> KeysNamedIn(FileSystem& fs, const std::string& path) {
  const auto graph = ReadObjectGraph(Open(fs, path).value());
  std::vector<std::string> keys;
  for (uint32_t node = 0; node < (*graph)->num_nodes(); ++node) {
    for (const auto& attribute : (*graph)->attributes(node))
      keys.emplace_back(attribute.checkpoint_key);
  }
  return keys;
}

BundleBytes BundleWith(const std::string& graph) {
  BundleBytes bundle;
  bundle.AddStrings(kGraphName, {}, {graph})
      .Add("a", DType::kInt8, {1}, "x")
      .Add("b", DType::kInt8, {1}, "y");
  return bundle;
}

TEST(RepairedGraphTest, NamesWhatIsRescued) {
  MemoryFileSystem fs;
  BundleBytes bundle = BundleWith(GraphNaming({"a", "b"}));
  bundle.shards[0].back() ^= 1;  // of b
  ASSERT_TRUE(bundle.WriteTo(fs, "m").ok());
  const auto report = Repair(fs, "m", "new");
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_TRUE(report->is_partial);
  EXPECT_THAT(report->notes, Contains(HasSubstr("is rewritten")));
  EXPECT_THAT(KeysNamedIn(fs, "new"), ElementsAre("a"));
  const auto verified = Verify(fs, "new");
  ASSERT_EQ(verified->findings.size(), 1u);
  EXPECT_EQ(verified->findings[0].error.reason(), Reason::kPartial);
}

TEST(RepairedGraphTest, AnUntrueGraphIsMended) {
  MemoryFileSystem fs;
  ASSERT_TRUE(BundleWith(GraphNaming({"a", "gone", "b"})).WriteTo(fs, "m").ok());
  EXPECT_FALSE(Verify(fs, "m")->ok());
  EXPECT_FALSE(Repair(fs, "m", "new")->is_partial);
  EXPECT_TRUE(Verify(fs, "new")->ok());
  EXPECT_THAT(KeysNamedIn(fs, "new"), ElementsAre("a", "b"));
}

TEST(RepairedGraphTest, OneThatIsNoGraphIsKeptAsItIs) {
  MemoryFileSystem fs;
  ASSERT_TRUE(BundleWith("no message").WriteTo(fs, "m").ok());
  const auto report = Repair(fs, "m", "new");
  EXPECT_THAT(report->notes, Contains(HasSubstr("is kept as it is")));
  EXPECT_EQ(Open(fs, "new")->Get(kGraphName).value()->ReadStrings().value()[0], "no message");
}

}  // namespace
}  // namespace cairn
