#include "cairn/engines/tensorflow/runtime_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/engines/tensorflow/fake_runtime_fixture.h"
#include "cairn/source/string_source.h"
#include "cairn/testing/values.h"

namespace cairn::tensorflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

// w and b are resources, step and words refs; b has no static shape.
GraphBytes FourVariables() {
  GraphBytes graph;
  AddResourceVariable(graph, "w", DType::kFloat32, {2, 3});
  AddResourceVariable(graph, "b", DType::kFloat32, {-1});
  AddRefVariable(graph, "step", DType::kInt64, {});
  AddRefVariable(graph, "words", DType::kString, {2});
  std::vector<std::string> defs;
  for (const char* const name : {"w", "b", "step", "words"})
    defs.push_back(GraphBytes::VariableDef(name, false));
  graph.Collection("variables", 2, defs);
  graph.Node("x", "Placeholder", {},
             AttributesFrom({TypeAttribute("dtype", DType::kFloat32), ShapeAttribute({-1, 3})}));
  graph.Node("start", "NoOp");
  return graph;
}

class RuntimeSessionTest : public testing::Test {
 protected:
  void SetUp() override { Open(FourVariables()); }

  void Open(const GraphBytes& graph, const std::string& path = "graph.meta") {
    session_.reset();
    log_ = std::make_shared<FakeLog>();
    auto made = RuntimeSession::Make(LoadedGraphOf(graph.MetaGraph(), path), {},
                                     std::make_unique<FakeRuntime>(log_));
    ASSERT_TRUE(made.ok()) << made.status().message();
    session_ = *std::move(made);
  }

  std::unique_ptr<Assignment> Begin(const std::vector<NewValue>& values) {
    auto assignment = session_->Begin(values);
    EXPECT_TRUE(assignment.ok()) << assignment.status().message();
    return assignment.ok() ? *std::move(assignment) : nullptr;
  }

  Status BeginError(const std::vector<NewValue>& values) {
    return session_->Begin(values).status();
  }

  // Gives every variable a value.
  void AssignAll() {
    const auto assignment = Begin({{0, {2, 3}}, {1, {4}}, {2, {}}, {3, {2}}});
    std::ranges::fill(assignment->buffer(0), std::byte{1});
    std::ranges::fill(assignment->buffer(1), std::byte{2});
    std::ranges::fill(assignment->buffer(2), std::byte{3});
    StringTensor words;
    words.Add("one");
    words.Add("two");
    assignment->SetStrings(3, words);
    const Status committed = assignment->Commit();
    EXPECT_TRUE(committed.ok()) << committed.message();
  }

  std::shared_ptr<FakeLog> log_;
  std::unique_ptr<TensorFlowSession> session_;
};

TEST_F(RuntimeSessionTest, ValuesGoInAndComeOut) {
  AssignAll();
  const auto snapshot = session_->Snapshot(std::vector<VariableId>{3, 0, 2, 1});
  ASSERT_TRUE(snapshot.ok()) << snapshot.status().message();
  EXPECT_EQ(*ReadAsText(*snapshot, "w"), std::string(24, '\1'));
  EXPECT_EQ(*ReadAsText(*snapshot, "b"), std::string(16, '\2'));
  EXPECT_EQ(*ReadAsText(*snapshot, "step"), std::string(8, '\3'));
  EXPECT_EQ(*ReadAsText(*snapshot, "words"), "one|two|");
  EXPECT_THAT(snapshot->Info("b")->dims, ElementsAre(4));
}

TEST_F(RuntimeSessionTest, SmallValuesAreAssignedInOneRun) {
  AssignAll();
  ASSERT_THAT(log_->runs, SizeIs(1));
  EXPECT_THAT(log_->runs[0].targets, ElementsAre("cairn/w/assign", "cairn/b/assign",
                                                 "cairn/step/assign", "cairn/words/assign"));
  EXPECT_THAT(log_->runs[0].feeds, ElementsAre("cairn/w/value", "cairn/b/value", "cairn/step/value",
                                               "cairn/words/value"));
}

class RowsTest : public RuntimeSessionTest {
 protected:
  void SetUp() override {
    GraphBytes graph;
    for (int i = 0; i < 8; ++i)
      AddResourceVariable(graph, "w" + std::to_string(i), DType::kInt32, {2});
    AddResourceVariable(graph, "other", DType::kInt32, {3});
    Open(graph);
  }
};

TEST_F(RowsTest, AreFedAsOneTensor) {
  const auto assignment = Begin({{6, {2}}, {8, {3}}, {1, {2}}});
  std::ranges::fill(assignment->buffer(0), std::byte{6});
  std::ranges::fill(assignment->buffer(1), std::byte{8});
  std::ranges::fill(assignment->buffer(2), std::byte{1});
  ASSERT_TRUE(assignment->Commit().ok());
  ASSERT_THAT(log_->runs, SizeIs(1));
  EXPECT_THAT(log_->runs[0].feeds, UnorderedElementsAre("cairn/rows_0", "cairn/other/value"));
  EXPECT_THAT(log_->runs[0].targets,
              ElementsAre("cairn/w6/assign", "cairn/other/assign", "cairn/w1/assign"));
  EXPECT_THAT(*session_->Uninitialized(), ElementsAre(0, 2, 3, 4, 5, 7));
  const auto snapshot = session_->Snapshot(std::vector<VariableId>{1, 6, 8});
  ASSERT_TRUE(snapshot.ok()) << snapshot.status().message();
  EXPECT_EQ(*ReadAsText(*snapshot, "w1"), std::string(8, '\1'));
  EXPECT_EQ(*ReadAsText(*snapshot, "w6"), std::string(8, '\6'));
  EXPECT_EQ(*ReadAsText(*snapshot, "other"), std::string(12, '\10'));
}

TEST_F(RowsTest, AreNotMadeWhereNoneIsAssigned) {
  const auto assignment = Begin({{8, {3}}});
  EXPECT_EQ(log_->num_allocations, 1u);
}

TEST_F(RowsTest, MemoryThatThereIsNotIsAnError) {
  log_->fail_allocation = 0;
  const Status error = BeginError({{1, {2}}});
  EXPECT_EQ(error.reason(), Reason::kNoMemory);
  EXPECT_THAT(error.message(), HasSubstr("variable 'w1'"));
}

class LargeRefVariablesTest : public RuntimeSessionTest {
 protected:
  void SetUp() override {
    GraphBytes graph;
    AddResourceVariable(graph, "r", DType::kUInt8, {3});
    AddRefVariable(graph, "a", DType::kUInt8, {kNbytes});
    AddRefVariable(graph, "words", DType::kString, {1});
    AddRefVariable(graph, "left_alone", DType::kInt64, {});
    Open(graph);
  }

  Status AssignEach(std::byte value) {
    const auto assignment = Begin({{0, {3}}, {1, {kNbytes}}, {2, {1}}});
    std::ranges::fill(assignment->buffer(0), value);
    std::ranges::fill(assignment->buffer(1), value);
    StringTensor word;
    word.Add("word");
    assignment->SetStrings(2, word);
    return assignment->Commit();
  }

  static constexpr int64_t kNbytes = int64_t{16} << 20;
};

TEST_F(LargeRefVariablesTest, AreStagedInOneRunAndAssignedInTheNext) {
  ASSERT_TRUE(AssignEach(std::byte{5}).ok());
  ASSERT_THAT(log_->runs, SizeIs(2));
  EXPECT_THAT(log_->runs[0].targets,
              ElementsAre("cairn/stage", "cairn/r/assign", "cairn/words/assign"));
  EXPECT_THAT(log_->runs[1].targets, ElementsAre("cairn/a/take"));
  EXPECT_THAT(log_->runs[1].feeds, IsEmpty());
  // When they are assigned, nobody but the stage holds them: `r`, `a`, `words`, and an empty one
  // for the variable that gets no value.
  EXPECT_EQ(log_->live_tensors_in_runs[1], 4u);
  EXPECT_THAT(*session_->Uninitialized(), ElementsAre(3));
  const auto snapshot = session_->Snapshot(std::vector<VariableId>{1});
  ASSERT_TRUE(snapshot.ok()) << snapshot.status().message();
  EXPECT_EQ(*ReadAsText(*snapshot, "a"), std::string(kNbytes, '\5'));
}

TEST_F(LargeRefVariablesTest, WhatWasStagedInVainIsDropped) {
  for (const size_t failing : {size_t{0}, size_t{1}}) {
    log_->runs.clear();
    log_->fail_run = failing;
    EXPECT_EQ(AssignEach(std::byte{1}).reason(), Reason::kEngine);
    ASSERT_THAT(log_->runs, SizeIs(failing + 2));
    EXPECT_THAT(log_->runs.back().targets, ElementsAre("cairn/clear"));
  }
  ASSERT_TRUE(AssignEach(std::byte{2}).ok());
  EXPECT_EQ(*ReadAsText(*session_->Snapshot(std::vector<VariableId>{1}), "a"),
            std::string(kNbytes, '\2'));
}

TEST_F(RuntimeSessionTest, BuffersAreNotTheVariables) {
  AssignAll();
  {
    const auto assignment = Begin({{0, {2, 3}}});
    EXPECT_FALSE(assignment->fills_in_place());
    EXPECT_THAT(assignment->buffer(0), SizeIs(24));
    std::ranges::fill(assignment->buffer(0), std::byte{9});
  }
  EXPECT_EQ(*ReadAsText(*session_->Snapshot(std::vector<VariableId>{0}), "w"),
            std::string(24, '\1'));
}

TEST_F(RuntimeSessionTest, NothingToAssignIsNoRun) {
  EXPECT_TRUE(Begin({})->Commit().ok());
  EXPECT_TRUE(Begin({{3, {2}}})->Commit().ok()) << "strings that were not set stay";
  EXPECT_THAT(log_->runs, IsEmpty());
}

TEST_F(RuntimeSessionTest, WrongValuesAreRefusedBeforeAnythingIsMade) {
  EXPECT_EQ(BeginError({{0, {2, 4}}}).message(), "variable 'w' has the shape [2,3], not [2,4]");
  EXPECT_EQ(BeginError({{1, {4, 1}}}).reason(), Reason::kArgument);
  EXPECT_EQ(BeginError({{1, {-1}}}).reason(), Reason::kArgument);
  EXPECT_EQ(BeginError({{4, {}}}).reason(), Reason::kArgument);
  EXPECT_EQ(BeginError({{2, {}}, {2, {}}}).reason(), Reason::kArgument);
}

TEST_F(RuntimeSessionTest, StringsThatDoNotFitChangeNothing) {
  const auto assignment = Begin({{0, {2, 3}}, {3, {2}}});
  StringTensor one;
  one.Add("alone");
  assignment->SetStrings(1, one);
  EXPECT_EQ(assignment->Commit().message(),
            "1 strings for variable 'words', whose new value has 2");
  const auto numbers = Begin({{0, {2, 3}}});
  numbers->SetStrings(0, one);
  EXPECT_EQ(numbers->Commit().reason(), Reason::kArgument);
  EXPECT_THAT(log_->runs, IsEmpty());
}

TEST_F(RuntimeSessionTest, ValuesAreAssignedOnce) {
  const auto assignment = Begin({{0, {2, 3}}});
  EXPECT_TRUE(assignment->Commit().ok());
  EXPECT_EQ(assignment->Commit().reason(), Reason::kArgument);
}

TEST_F(RuntimeSessionTest, ErrorsOfTheRuntimeArePassedOn) {
  log_->fail_allocation = 1;
  const Status no_memory = BeginError({{0, {2, 3}}, {1, {4}}});
  EXPECT_EQ(no_memory.reason(), Reason::kNoMemory);
  EXPECT_THAT(std::string(no_memory.message()), HasSubstr("variable 'b'"));
  log_->fail_run = 0;
  EXPECT_EQ(Begin({{0, {2, 3}}})->Commit().reason(), Reason::kEngine);
}

TEST_F(RuntimeSessionTest, VariablesWithoutAValueAreNamed) {
  ASSERT_TRUE(Begin({{0, {2, 3}}})->Commit().ok());
  EXPECT_THAT(*session_->Uninitialized(), ElementsAre(1, 2, 3));
  const Status error = session_->Snapshot(std::vector<VariableId>{0, 1, 2}).status();
  EXPECT_EQ(error.reason(), Reason::kMissing);
  EXPECT_EQ(error.message(), "no value was given to 'b', 'step'");
}

TEST_F(RuntimeSessionTest, OnlyWhatHasNoValueIsInitialized) {
  ASSERT_TRUE(Begin({{1, {7}}})->Commit().ok());
  log_->runs.clear();
  ASSERT_TRUE(session_->InitializeMissing().ok());
  ASSERT_THAT(log_->runs, SizeIs(2));
  EXPECT_THAT(log_->runs[1].targets,
              UnorderedElementsAre("w/Assign", "step/Assign", "words/Assign"));
  EXPECT_THAT(*session_->Uninitialized(), IsEmpty());
  log_->runs.clear();
  ASSERT_TRUE(session_->InitializeMissing().ok());
  EXPECT_THAT(log_->runs, SizeIs(1)) << "asks, and initializes nothing";
}

TEST_F(RuntimeSessionTest, TablesAreInitializedToo) {
  Open(FourVariables().Collection("table_initializer", 1, {"start"}));
  AssignAll();
  log_->runs.clear();
  ASSERT_TRUE(session_->InitializeMissing().ok());
  ASSERT_THAT(log_->runs, SizeIs(2));
  EXPECT_THAT(log_->runs[1].targets, ElementsAre("start"));
}

TEST_F(RuntimeSessionTest, OnesOfASavedModelLearnWhereItsFilesAre) {
  std::string tensor;
  AppendMessageField(tensor, 1, "vocabulary:0");
  std::string asset;
  AppendMessageField(asset, 1, tensor);
  AppendMessageField(asset, 2, "words.txt");
  GraphBytes graph = FourVariables();
  graph.Node("vocabulary", "Const").Collection("table_initializer", 1, {"start"}).Field(6, asset);
  Open(graph, "models/m/saved_model.pb");
  ASSERT_TRUE(session_->InitializeMissing().ok());
  EXPECT_THAT(log_->runs.back().feeds, ElementsAre("vocabulary:0"));

  std::string escaping;
  AppendMessageField(escaping, 1, tensor);
  AppendMessageField(escaping, 2, "../../secret");
  Open(FourVariables()
           .Node("vocabulary", "Const")
           .Collection("table_initializer", 1, {"start"})
           .Field(6, escaping),
       "models/m/saved_model.pb");
  EXPECT_EQ(session_->InitializeMissing().reason(), Reason::kPath);
}

TEST_F(RuntimeSessionTest, TheMetaGraphIsWhatWasOpened) {
  const auto meta_graph = session_->MetaGraph();
  ASSERT_TRUE(meta_graph.ok()) << meta_graph.status().message();
  EXPECT_EQ(*meta_graph, FourVariables().MetaGraph());
}

TEST_F(RuntimeSessionTest, UnknownOpsAreRefused) {
  log_ = std::make_shared<FakeLog>();
  log_->known_ops = {"NoOp"};
  const auto made = RuntimeSession::Make(LoadedGraphOf(FourVariables().MetaGraph()), {},
                                         std::make_unique<FakeRuntime>(log_));
  EXPECT_EQ(made.status().reason(), Reason::kUnsupported);
  EXPECT_THAT(std::string(made.status().message()), testing::StartsWith("graph.meta: "));
  EXPECT_EQ(log_->graph_def, "");
}

TEST_F(RuntimeSessionTest, RunTakesAndReturnsValuesByName) {
  const TensorDict feeds = DictOf({{"x", SourceOf<float>({1, 3}, {1, 2, 3})}});
  const auto results = session_->Run(feeds, {"x"}, {"start"});
  ASSERT_TRUE(results.ok()) << results.status().message();
  EXPECT_THAT(*ValuesOf<float>(**results->Get("x")), ElementsAre(1, 2, 3));
  EXPECT_THAT(log_->runs.back().feeds, ElementsAre("x:0"));
  EXPECT_THAT(log_->runs.back().targets, ElementsAre("start"));
}

TEST_F(RuntimeSessionTest, WrongRunsAreRefused) {
  const auto run = [&](const TensorDict& feeds, const std::vector<std::string>& fetches) {
    return session_->Run(feeds, fetches).status();
  };
  const auto three = SourceOf<float>({1, 3}, {1, 2, 3});
  const Status unknown = run({}, {"stepp"});
  EXPECT_EQ(unknown.message(), "the graph has no node 'stepp'");
  EXPECT_THAT(std::string(unknown.hint()), HasSubstr("did you mean 'step'"));
  EXPECT_EQ(session_->Run({}, {}, {"strt"}).status().reason(), Reason::kArgument);
  EXPECT_EQ(run({}, {"^start"}).reason(), Reason::kArgument);
  EXPECT_EQ(run(DictOf({{"y", three}}), {"x"}).reason(), Reason::kArgument);
  EXPECT_EQ(run(DictOf({{"x", SourceOf<double>({1, 3}, {1, 2, 3})}}), {"x"}).message(),
            "'x' takes float32, not float64");
  EXPECT_EQ(run(DictOf({{"x", SourceOf<float>({3}, {1, 2, 3})}}), {"x"}).message(),
            "'x' takes the shape [-1,3], not [3]");
  EXPECT_EQ(run(DictOf({{"x", three}, {"x:0", three}}), {"x"}).message(), "two values for 'x:0'");
  EXPECT_EQ(run(DictOf({{"x", DamagedSourceOf<float>({1, 3}, {1, 2, 3})}}), {"x"}).reason(),
            Reason::kCrc);
  EXPECT_EQ(run(DictOf({{"x", three}}), {"x", "x"}).reason(), Reason::kArgument);
  EXPECT_THAT(log_->runs, SizeIs(1)) << "all but the last were refused before a run";
}

class SignatureTest : public RuntimeSessionTest {
 protected:
  void SetUp() override {
    std::string info;
    AppendMessageField(info, 1, "x:0");
    AppendNumberField(info, 2, static_cast<int64_t>(DType::kFloat32));
    AppendMessageField(info, 3, ShapeMessage({-1, 3}));
    Open(FourVariables()
             .Signature("serving_default", {"in"}, {"out"}, info)
             .Signature("other", {}, {}));
  }
};

TEST_F(SignatureTest, NamesAreThoseOfTheSignature) {
  const TensorDict inputs = DictOf({{"in", SourceOf<float>({1, 3}, {1, 2, 3})}});
  const auto results = session_->RunSignature("", inputs);
  ASSERT_TRUE(results.ok()) << results.status().message();
  ASSERT_THAT(*results, SizeIs(1));
  EXPECT_THAT(*ValuesOf<float>(**results->Get("out")), ElementsAre(1, 2, 3));
}

TEST_F(SignatureTest, WrongCallsAreRefused) {
  const auto call = [&](const std::string& name, const TensorDict& inputs) {
    return session_->RunSignature(name, inputs).status();
  };
  const auto three = SourceOf<float>({1, 3}, {1, 2, 3});
  const Status unknown = call("serving", DictOf({{"in", three}}));
  EXPECT_EQ(unknown.message(), "the graph has no signature 'serving'");
  EXPECT_EQ(unknown.hint(), "name one of 'other', 'serving_default'");
  EXPECT_EQ(call("", {}).message(), "signature 'serving_default' needs the input 'in'");
  EXPECT_EQ(call("", DictOf({{"in", three}, {"inn", three}})).message(),
            "signature 'serving_default' has no input 'inn'");
  EXPECT_EQ(call("", DictOf({{"in", SourceOf<float>({3}, {1, 2, 3})}})).message(),
            "input 'in' takes the shape [-1,3], not [3]");
  EXPECT_EQ(call("", DictOf({{"in", SourceOf<int32_t>({1, 3}, {1, 2, 3})}})).message(),
            "input 'in' takes float32, not int32");
  EXPECT_THAT(log_->runs, IsEmpty());
}

}  // namespace
}  // namespace cairn::tensorflow
