// Graphs of real files in real TensorFlow: Cairn restores their checkpoints, and TensorFlow's own
// saver, which is in the graph, saves what the variables hold then. CAIRN_CORPUS names the folder
// of the files, CAIRN_TENSORFLOW that of the TensorFlow package.
#include <cstdlib>
#include <filesystem>
#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/core/bookkeeping.h"
#include "cairn/engines/tensorflow/tensorflow_session.h"
#include "cairn/graph/graph_file.h"
#include "cairn/inspect/dict_diff.h"
#include "cairn/session/session_init.h"
#include "cairn/source/string_source.h"
#include "cairn/testing/temp_directory.h"
#include "tests/engine/tensorflow_fixture.h"
#include "tests/support/value_hash.h"

namespace cairn::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

struct RestoreCase {
  std::string name;
  std::string graph;       // relative to the corpus, as all paths
  std::string checkpoint;  // as Open takes it
  // The text that TensorFlow's saver appends to the prefix that it is given, where it is a file of
  // the old format.
  std::string saved_suffix = "";
  size_t num_missing = 0;  // variables that the checkpoint lacks
};

std::ostream& operator<<(std::ostream& out, const RestoreCase& row) { return out << row.name; }

const RestoreCase kRestores[] = {
    {"tensorpack", "tensorpack/train_run/graph-1124-153722.meta", "tensorpack/train_run/model-12"},
    {"tensorpack_first", "tensorpack/train_run/graph-1124-153722.meta",
     "tensorpack/train_run/model-8"},
    {"regression", "tf1_saver_regression/checkpoint/model.meta",
     "tf1_saver_regression/checkpoint/model"},
    {"two_shards_partitioned", "tf1_estimator_two_shards/model.ckpt-1000.meta",
     "tf1_estimator_two_shards/model.ckpt-1000"},
    {"resource_estimator", "tf2_estimator_run/model.ckpt-1000.meta",
     "tf2_estimator_run/model.ckpt-1000"},
    {"partitioned_with_slots", "tf_features/tf1_run/model-6.meta", "tf_features/tf1_run/model-6"},
    {"v1_sharded", "v1_sharded_half_plus_two/export.meta",
     "v1_sharded_half_plus_two/export-00000-of-00001", "-00000-of-00001", 4},
    {"v1_unsharded", "v1_unsharded_half_plus_two/export.meta", "v1_unsharded_half_plus_two/export"},
    {"saved_model_of_tf1", "tf1_saver_regression/saved_model", "tf1_saver_regression/saved_model"},
    {"counter", "saved_model_counter", "saved_model_counter"},
    {"half_plus_two", "saved_model_half_plus_two_cpu", "saved_model_half_plus_two_cpu", "", 1},
    {"int64", "saved_model_int64", "saved_model_int64"},
    {"uint8", "saved_model_uint8", "saved_model_uint8"},
    {"java", "saved_model_java", "saved_model_java"},
    {"regression_tf2", "saved_model_regression_tf2", "saved_model_regression_tf2"},
    {"keras_with_slots", "tf2_loss_scale_optimizer/lso_savedmodel_tf2.2",
     "tf2_loss_scale_optimizer/lso_savedmodel_tf2.2"},
    {"keras_export", "tf_features/tf2_export", "tf_features/tf2_export"},
};

using RestoreIn = std::tuple<RestoreCase, TensorFlowProcess>;

class TensorFlowRestoreTest : public ::testing::TestWithParam<RestoreIn> {
 protected:
  static const RestoreCase& row() { return std::get<RestoreCase>(GetParam()); }

  void SetUp() override {
    if (const std::string why = WhyNoRealFiles(); !why.empty()) GTEST_SKIP() << why;
    auto session = TensorFlowSession::Open(LocalFileSystem(), PathInCorpus(row().graph),
                                           TensorFlowIn(std::get<TensorFlowProcess>(GetParam())));
    ASSERT_TRUE(session.ok()) << session.status().message();
    session_ = *std::move(session);
  }

  RestorePlan Restore() {
    const auto plan =
        SaverRestore(LocalFileSystem(), PathInCorpus(row().checkpoint)).Init(*session_);
    EXPECT_TRUE(plan.ok()) << plan.status().message() << " " << plan.status().hint();
    return plan.ok() ? *plan : RestorePlan();
  }

  // Lets TensorFlow save the session, and returns what it wrote.
  TensorDict SaveByTensorFlow(const std::string& prefix) {
    const auto loaded = LoadGraph(LocalFileSystem(), GraphFile());
    EXPECT_TRUE(loaded.ok()) << loaded.status().message();
    const auto& saver = loaded->graph.saver();
    TensorDict::Builder feeds;
    feeds.Add(std::string(saver->filename_tensor), MakeTextSource(prefix));
    const auto saved = session_->Run(*feeds.Build(), {std::string(saver->save_tensor)});
    EXPECT_TRUE(saved.ok()) << saved.status().message();
    const auto dict = Open(LocalFileSystem(), prefix + row().saved_suffix);
    EXPECT_TRUE(dict.ok()) << dict.status().message();
    return dict.ok() ? *dict : TensorDict();
  }

  std::unique_ptr<TensorFlowSession> session_;

 private:
  static std::string GraphFile() {
    const std::string path = PathInCorpus(row().graph);
    return std::filesystem::is_directory(path) ? path + "/saved_model.pb" : path;
  }
};

INSTANTIATE_TEST_SUITE_P(
    , TensorFlowRestoreTest,
    ::testing::Combine(::testing::ValuesIn(kRestores),
                       ::testing::Values(TensorFlowProcess::kThis, TensorFlowProcess::kWorker)),
    [](const auto& test) {
      const bool is_here = std::get<TensorFlowProcess>(test.param) == TensorFlowProcess::kThis;
      return std::get<RestoreCase>(test.param).name + (is_here ? "" : "_in_a_worker");
    });

TEST_P(TensorFlowRestoreTest, TensorFlowSavesWhatWasRestored) {
  const RestorePlan plan = Restore();
  EXPECT_EQ(plan.Count(Match::kMissing), row().num_missing) << plan.ToString();
  const Status initialized = session_->InitializeMissing();
  EXPECT_TRUE(initialized.ok()) << initialized.message();
  const TempDirectory directory;
  const TensorDict saved = SaveByTensorFlow(directory.path() + "/saved");
  ASSERT_GT(saved.size(), 0U);
  const auto original = Open(LocalFileSystem(), PathInCorpus(row().checkpoint));
  ASSERT_TRUE(original.ok()) << original.status().message();
  const auto diff = DiffDicts(*original, saved, {.read_all = true});
  ASSERT_TRUE(diff.ok()) << diff.status().message();
  // TensorFlow takes the object graph from a constant, where newer and older versions of it differ.
  std::vector<std::string_view> changed;
  for (const ChangedTensor& tensor : diff->changed) {
    if (original->name(tensor.a) != kObjectGraphKey) changed.push_back(original->name(tensor.a));
  }
  EXPECT_THAT(changed, IsEmpty());
  EXPECT_TRUE(diff->errors.empty() && diff->only_in_a.empty() && diff->only_in_b.empty())
      << diff->only_in_a.size() << " only in the original, " << diff->only_in_b.size()
      << " only in what TensorFlow saved";
}

TEST_P(TensorFlowRestoreTest, ASnapshotIsTheCheckpointToTheBit) {
  const RestorePlan plan = Restore();
  std::vector<VariableId> restored;
  for (const RestoreItem& item : plan.items) {
    if (Assigns(item.match)) restored.push_back(*item.variable);
  }
  const auto snapshot = session_->Snapshot(restored);
  ASSERT_TRUE(snapshot.ok()) << snapshot.status().message();
  ASSERT_EQ(snapshot->size(), restored.size());
  for (const RestoreItem& item : plan.items) {
    if (!Assigns(item.match)) continue;
    EXPECT_EQ(item.match, Match::kMatched) << item.name;
    auto expected = *plan.sources[item.source].dict.source(*item.entry);
    if (item.part && *item.part != WholeBox(expected->shape().dims()))
      expected = *expected->Crop(*item.part);
    ASSERT_NE(expected, nullptr) << item.name;
    const auto found = *snapshot->Get(item.name);
    EXPECT_EQ(found->dtype(), expected->dtype()) << item.name;
    EXPECT_EQ(found->shape(), expected->shape()) << item.name;
    EXPECT_EQ(*HashOfValue(*found), *HashOfValue(*expected)) << item.name;
  }
}

TEST_P(TensorFlowRestoreTest, WhatIsNotRestoredHasNoValue) {
  const RestorePlan plan = Restore();
  const auto without = session_->Uninitialized();
  ASSERT_TRUE(without.ok()) << without.status().message();
  size_t num_local = 0;
  for (const Variable& variable : session_->variables()) num_local += variable.collections.local;
  EXPECT_THAT(*without, SizeIs(row().num_missing + num_local));
  if (without->empty()) return;
  const Status error = session_->Snapshot(*without).status();
  EXPECT_EQ(error.reason(), Reason::kMissing) << error.message();
  EXPECT_THAT(std::string(error.message()),
              ::testing::HasSubstr(session_->variables()[without->front()].name));
}

}  // namespace
}  // namespace cairn::testing
