// Every graph of the corpus in real TensorFlow: it opens, or is refused in words that say why.
#include <algorithm>
#include <filesystem>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/engines/tensorflow/tensorflow_session.h"
#include "cairn/testing/temp_directory.h"
#include "tests/engine/tensorflow_fixture.h"

namespace cairn::testing {
namespace {

using ::testing::HasSubstr;

struct Refused {
  std::string_view graph;
  Reason reason;
  std::string_view words;
};

constexpr Refused kRefused[] = {
    {"custom_op.meta", Reason::kUnsupported, "does not have the op 'CairnTestCustomOp'"},
    {"not_a_meta.meta", Reason::kFormat, "'no' is not a field of a MetaGraphDef"},
};

// The paths of all graphs; of a SavedModel the directory.
std::vector<std::string> AllGraphs() {
  std::vector<std::string> graphs;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(PathInCorpus(""))) {
    if (entry.path().extension() == ".meta") graphs.push_back(entry.path());
    if (entry.path().filename() == "saved_model.pb") graphs.push_back(entry.path().parent_path());
  }
  std::ranges::sort(graphs);
  return graphs;
}

const Refused* FindRefused(const std::string& graph) {
  const auto* const found = std::ranges::find_if(
      kRefused, [&](const Refused& row) { return graph.ends_with(row.graph); });
  return found == std::end(kRefused) ? nullptr : found;
}

void ExpectSoundVariables(TensorFlowSession& session, const std::string& graph) {
  std::set<std::string> names;
  for (const Variable& variable : session.variables()) {
    EXPECT_TRUE(names.insert(variable.name).second) << graph << ": two of " << variable.name;
    EXPECT_NE(variable.dtype, DType::kInvalid) << graph << ": " << variable.name;
  }
  const auto without = session.Uninitialized();
  ASSERT_TRUE(without.ok()) << graph << ": " << without.status().message();
  EXPECT_EQ(without->size(), session.variables().size()) << graph;
}

TEST(TensorFlowOpenTest, EveryGraphOpensOrIsRefusedWithItsReason) {
  if (const std::string why = WhyNoRealFiles(); !why.empty()) GTEST_SKIP() << why;
  size_t num_refused = 0;
  for (const std::string& graph : AllGraphs()) {
    const auto session = TensorFlowSession::Open(LocalFileSystem(), graph, TensorFlowHere());
    const Refused* const refused = FindRefused(graph);
    if (refused == nullptr) {
      ASSERT_TRUE(session.ok()) << session.status().message();
      ExpectSoundVariables(**session, graph);
      continue;
    }
    ++num_refused;
    EXPECT_EQ(session.status().reason(), refused->reason) << graph;
    EXPECT_THAT(std::string(session.status().message()), HasSubstr(std::string(refused->words)));
  }
  EXPECT_EQ(num_refused, std::size(kRefused));
}

TEST(TensorFlowOpenTest, PathsThatAreNoGraph) {
  if (const std::string why = WhyNoRealFiles(); !why.empty()) GTEST_SKIP() << why;
  const TempDirectory empty;
  const auto reason_of = [](const std::string& path) {
    return TensorFlowSession::Open(LocalFileSystem(), path, TensorFlowHere()).status().reason();
  };
  EXPECT_EQ(reason_of(empty.path()), Reason::kMissing);
  EXPECT_EQ(reason_of(empty.path() + "/nothing.meta"), Reason::kMissing);
  EXPECT_EQ(reason_of(PathInCorpus("tensorpack/train_run/model-12.index")), Reason::kProto);
}

TEST(TensorFlowOpenTest, TensorFlowAnswersInItsOwnWords) {
  if (const std::string why = WhyNoRealFiles(); !why.empty()) GTEST_SKIP() << why;
  const auto session = TensorFlowSession::Open(
      LocalFileSystem(), PathInCorpus("tf1_saver_regression/checkpoint/model.meta"),
      TensorFlowHere());
  ASSERT_TRUE(session.ok()) << session.status().message();
  const Status error = (*session)->Run({}, {"W/read"}).status();
  EXPECT_EQ(error.reason(), Reason::kEngine);
  EXPECT_THAT(std::string(error.message()), HasSubstr("uninitialized value W"));
  EXPECT_EQ((*session)->Run({}, {"W/read:1"}).status().reason(), Reason::kArgument);
}

}  // namespace
}  // namespace cairn::testing
