#include "cairn/making/plan_making.h"

#include <gmock/gmock.h>

#include <map>

#include "cairn/io/memory_file_system.h"
#include "cairn/making/take_model.h"
#include "cairn/testing/graph_bytes.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> NamesIn(const TensorDict& dict) {
  std::vector<std::string> names;
  for (const TensorInfo& tensor : dict) names.emplace_back(tensor.name);
  return names;
}

class PlanMakingTest : public testing::Test {
 protected:
  PlanMakingTest() {
    Put("a", {{"net/w", SourceOf<float>({2}, {1, 2})},
              {"net/w/Adam", SourceOf<float>({2}, {0, 0})},
              {"step", SourceOf<int64_t>({}, {7})}});
    Put("b", {{"head", SourceOf<float>({1}, {5})}, {"net/w", SourceOf<float>({2}, {3, 4})}});
  }

  void Put(const std::string& path,
           const std::map<std::string, std::shared_ptr<const TensorSource>>& tensors) {
    TensorDict::Builder builder;
    for (const auto& [name, source] : tensors) builder.Add(name, source);
    ASSERT_TRUE(Save(fs_, path, *builder.Build()).ok());
  }
  MakingRequest Convert(const std::string& path) {
    MakingRequest request{.from = {"a"}, .path = path};
    request.target = &FormatOfNew(path);
    return request;
  }
  MakingPlan Plan(const MakingRequest& request) {
    auto plan = PlanMaking(fs_, request, remarks_);
    EXPECT_TRUE(plan.ok()) << plan.status().message();
    return *std::move(plan);
  }

  MemoryFileSystem fs_;
  Remarks remarks_;
};

TEST_F(PlanMakingTest, KnowsWhereEveryTensorComesFrom) {
  MakingRequest request = Convert("new.npz");
  request.changes.names = {.exclude = {"step"}, .rename = {"net/=body/"}};
  const MakingPlan plan = Plan(request);
  EXPECT_THAT(NamesIn(plan.dict), ElementsAre("body/w", "body/w/Adam"));
  EXPECT_EQ(plan.NameBefore("body/w"), "net/w");
  EXPECT_EQ(plan.NameBefore("net/w"), std::nullopt);
  EXPECT_THAT(plan.unselected, ElementsAre("step"));
  EXPECT_EQ(plan.nbytes_before(), 24u);
  EXPECT_EQ(plan.nbytes(), 16u);
  EXPECT_FALSE(plan.exists);
  EXPECT_FALSE(*fs_.Exists("new.npz"));
}

TEST_F(PlanMakingTest, GoesOnFromAPlanAndRemembersWhatBecameOfTheTensors) {
  MakingRequest request = Convert("new.npz");
  request.changes.names = {.exclude = {"step"}, .rename = {"net/=body/"}};
  MakingPlan plan = ContinuePlan(Plan(request));
  const Recipe changes{.names = {.select = {"body/w"}, .rename = {"body/="}}, .dtype = {"float64"}};
  ASSERT_TRUE(ChangeTensors(changes, "a", plan, remarks_).ok());
  EXPECT_THAT(NamesIn(plan.dict), ElementsAre("w"));
  EXPECT_EQ(plan.NameBefore("w"), "net/w");
  EXPECT_EQ(plan.dict.info(0).dtype, DType::kFloat64);
  ASSERT_EQ(plan.taken.dropped.size(), 1u);
  EXPECT_EQ(plan.taken.dropped[0].name, "step");
  EXPECT_THAT(plan.unselected, ElementsAre("body/w/Adam"));
  EXPECT_EQ(plan.nbytes_before(), 24u);
}

TEST_F(PlanMakingTest, ATensorThatIsMadeOfSeveralHasNoNameBefore) {
  MakingRequest request = Convert("new.npz");
  request.changes.concat = {"joined=net/w,net/w/Adam"};
  const MakingPlan plan = Plan(request);
  EXPECT_THAT(NamesIn(plan.dict), ElementsAre("joined", "step"));
  EXPECT_EQ(plan.NameBefore("joined"), std::nullopt);
  const MakingPlan next = ContinuePlan(plan);
  EXPECT_THAT(next.taken.origins, ElementsAre(std::nullopt, "step"));
}

TEST_F(PlanMakingTest, TakesTheLastOfTensorsWithOneName) {
  MakingRequest request = Convert("new");
  request.from = {"a", "b"};
  request.take = [](const auto& sources, Remarks&) -> Result<TakenTensors> {
    return TakeMerged(sources);
  };
  const MakingPlan plan = Plan(request);
  EXPECT_THAT(NamesIn(plan.dict), ElementsAre("head", "net/w", "net/w/Adam", "step"));
  EXPECT_THAT(plan.taken.notes, ElementsAre(HasSubstr("net/w")));
}

TEST_F(PlanMakingTest, DropsTrainingState) {
  MakingRequest request = Convert("new");
  request.drop_training_state = true;
  const MakingPlan plan = Plan(request);
  EXPECT_THAT(NamesIn(plan.dict), ElementsAre("net/w", "step"));
  ASSERT_EQ(plan.taken.dropped.size(), 1u);
  EXPECT_EQ(plan.taken.dropped[0].name, "net/w/Adam");
}

TEST_F(PlanMakingTest, TakesTheModelByTheGraphBesideTheCheckpoint) {
  const std::string meta =
      GraphBytes()
          .Variable("net/w", DType::kFloat32, {2})
          .Variable("step", DType::kInt64, {})
          .Collection(
              "variables", 2,
              {GraphBytes::VariableDef("net/w", false), GraphBytes::VariableDef("step", false)})
          .Collection("trainable_variables", 2, {GraphBytes::VariableDef("net/w", false)})
          .MetaGraph();
  ASSERT_TRUE(fs_.Put("a.meta", AsBytes(meta)).ok());
  MakingRequest request = Convert("new.npz");
  request.take = [this](const auto& sources, Remarks& remarks) {
    return TakeModel(fs_, "a", sources[0], {}, remarks);
  };
  const MakingPlan plan = Plan(request);
  EXPECT_THAT(NamesIn(plan.dict), ElementsAre("net/w:0"));
  EXPECT_EQ(plan.taken.graph, "a.meta");
  ASSERT_EQ(remarks_.size(), 1u);
  EXPECT_EQ(remarks_[0].text, "its graph is that of a.meta");
}

TEST_F(PlanMakingTest, AHintNamesAGraphThatLiesNear) {
  ASSERT_TRUE(fs_.Put("graph-1.meta", AsBytes("x")).ok());
  const auto opened = OpenResolved(fs_, "a");
  ASSERT_TRUE(opened.ok());
  const auto taken = TakeModel(fs_, "a", *opened, {}, remarks_);
  EXPECT_EQ(taken.status().reason(), Reason::kArgument);
  EXPECT_THAT(std::string(taken.status().hint()), HasSubstr("--meta"));
}

TEST_F(PlanMakingTest, SaysWhichRulesHaveNoEffect) {
  MakingRequest request = Convert("new");
  request.changes.names = {.select = {"step", "nothing/*"}, .substitute = {"s/xyz/a/"}};
  const MakingPlan plan = Plan(request);
  EXPECT_THAT(plan.unmatched.select, ElementsAre("nothing/*"));
  EXPECT_THAT(plan.unmatched.substitutions, ElementsAre("s/xyz/a/"));
}

TEST_F(PlanMakingTest, SaysWhatExists) {
  EXPECT_TRUE(Plan(Convert("b")).exists);
  MakingRequest request = Convert("x");
  request.from = {"nothing"};
  EXPECT_EQ(PlanMaking(fs_, request, remarks_).status().reason(), Reason::kMissing);
  request = Convert("x.index");
  EXPECT_EQ(PlanMaking(fs_, request, remarks_).status().reason(), Reason::kArgument);
  EXPECT_THAT(remarks_, IsEmpty());
}

TEST_F(PlanMakingTest, KeepsALineage) {
  MakingRequest request = Convert("new");
  request.lineage_version = "1.2.3";
  const MakingPlan plan = Plan(request);
  ASSERT_TRUE(plan.dict.Find("_CAIRN_LINEAGE"));
  const auto lineage = (*plan.dict.source(*plan.dict.Find("_CAIRN_LINEAGE")))->ReadStrings();
  ASSERT_TRUE(lineage.ok());
  EXPECT_THAT(std::string((*lineage)[0]), HasSubstr("\"cairn\":\"1.2.3\""));
}

TEST_F(PlanMakingTest, WritesARecipeDown) {
  ASSERT_TRUE(WriteRecipe(fs_, "r.json", {.dtype = {"float16"}}, IfExists::kFail).ok());
  EXPECT_EQ(WriteRecipe(fs_, "r.json", {}, IfExists::kFail).reason(), Reason::kExists);
  EXPECT_TRUE(WriteRecipe(fs_, "r.json", {}, IfExists::kReplace).ok());
}

}  // namespace
}  // namespace cairn
