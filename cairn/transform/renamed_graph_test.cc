#include "cairn/transform/renamed_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/core/bookkeeping.h"
#include "cairn/source/string_source.h"
#include "cairn/testing/object_graph_bytes.h"
#include "cairn/testing/row_name.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using testing::HasSubstr;

const std::string kGraphName(kObjectGraphKey);

TensorDict DictWith(std::string_view graph, const std::vector<std::string>& names) {
  TensorDict::Builder builder;
  builder.Add(kGraphName, MakeTextSource(graph));
  for (const std::string& name : names) builder.Add(name, SourceOf<int32_t>({}, {1}));
  return builder.Build().value();
}

std::string GraphNaming(const std::vector<std::string>& keys) {
  std::vector<NodeBytes> nodes(1);
  for (const std::string& key : keys) {
    nodes[0].Child(static_cast<int64_t>(nodes.size()), key);
    nodes.push_back(NodeBytes().Value(key));
  }
  return ObjectGraphOf(nodes);
}

const TensorDict kDict = DictWith(GraphNaming({"a/w", "a/x", "b"}), {"a/w", "a/x", "b", "other"});

struct Row {
  const char* what;
  NameRulesText rules;
  std::vector<std::string> names;
};
class PlannedGraphTest : public testing::TestWithParam<Row> {};

TEST_P(PlannedGraphTest, NamesAre) {
  const auto renamed = Rename(kDict, GetParam().rules);
  ASSERT_TRUE(renamed.ok()) << renamed.status().message();
  std::vector<std::string> names;
  for (const TensorInfo& tensor : *renamed) names.emplace_back(tensor.name);
  EXPECT_EQ(names, GetParam().names);
}

INSTANTIATE_TEST_SUITE_P(
    , PlannedGraphTest,
    testing::Values(
        Row{"a selection of its tensors keeps it", {.select = {"b"}}, {kGraphName, "b"}},
        Row{"a selection of others does not", {.select = {"other"}}, {"other"}},
        Row{"a pattern may exclude it", {.select = {"b"}, .exclude = {kGraphName}}, {"b"}},
        Row{"a pattern may select it", {.select = {kGraphName}}, {kGraphName}},
        Row{"it goes with the last of its tensors", {.exclude = {"a/*", "b"}}, {"other"}},
        Row{"it stays with the last of its tensors",
            {.exclude = {"a/*", "other"}},
            {kGraphName, "b"}},
        Row{"nothing is selected", {.select = {"none"}}, {}},
        Row{"prefixes of names are not its",
            {.exclude = {"a/*"}, .rename = {"=p/"}, .substitute = {"s/_//"}},
            {kGraphName, "p/b", "p/other"}}),
    [](const auto& row) { return RowName(row.param.what); });

std::string TextOf(const TensorDict& dict) {
  const auto source = dict.Get(kObjectGraphKey);
  if (!source.ok()) return std::string(source.status().message());
  return std::string((*source)->ReadStrings().value()[0]);
}

TEST(RenamedGraphTest, IsRewritten) {
  const auto renamed = Rename(kDict, {.exclude = {"a/x"}, .rename = {"a/=c/"}}).value();
  std::vector<NodeBytes> nodes = {NodeBytes().Child(1, "a/w").Child(2, "b"),
                                  NodeBytes().Value("c/w"), NodeBytes().Value("b")};
  EXPECT_EQ(TextOf(renamed), ObjectGraphOf(nodes));
  EXPECT_FALSE(renamed.stored_at(0));
  EXPECT_EQ(renamed.info(0).nbytes, 0u);
}

TEST(RenamedGraphTest, TwoRenamingsInARow) {
  const auto once = Rename(kDict, {.rename = {"a/=c/"}}).value();
  const auto twice = Rename(once, {.exclude = {"b"}, .rename = {"c/=a/"}}).value();
  EXPECT_EQ(TextOf(twice), GraphNaming({"a/w", "a/x"}));
}

TEST(RenamedGraphTest, ThatWhichNeedsNoChangeIsTheStoredOne) {
  const auto same = Rename(kDict, {.exclude = {"other"}}).value();
  EXPECT_EQ(same.Get(kObjectGraphKey).value(), kDict.Get(kObjectGraphKey).value());
}

struct Damage {
  const char* what;
  std::string graph;
  Reason reason;
};
class DamagedRenamedGraphTest : public testing::TestWithParam<Damage> {};

TEST_P(DamagedRenamedGraphTest, IsAnErrorThatNamesTheWayOut) {
  const TensorDict dict = DictWith(GetParam().graph, {"a/w", "b"});
  for (const NameRulesText& rules :
       {NameRulesText{.select = {"b"}}, NameRulesText{.exclude = {"b"}},
        NameRulesText{.rename = {"a/=c/"}}}) {
    const auto renamed = Rename(dict, rules);
    const Status status = renamed.ok() ? renamed->Get(kObjectGraphKey).status() : renamed.status();
    EXPECT_EQ(ReasonWord(status.reason()), ReasonWord(GetParam().reason)) << status.message();
    EXPECT_THAT(status.hint(), HasSubstr("--exclude " + kGraphName));
  }
  EXPECT_EQ(TextOf(Rename(dict, {}).value()), GetParam().graph);
  EXPECT_TRUE(Rename(dict, {.exclude = {"b", kGraphName}}).ok());
}

INSTANTIATE_TEST_SUITE_P(
    , DamagedRenamedGraphTest,
    testing::Values(Damage{"no message", "text", Reason::kProto},
                    Damage{"cut", GraphNaming({"a/w"}).substr(0, 9), Reason::kProto},
                    Damage{"a child that is not there", ObjectGraphOf({NodeBytes().Child(7, "x")}),
                           Reason::kGraph},
                    Damage{"two children of one name",
                           ObjectGraphOf({NodeBytes().Child(0, "x").Child(0, "x")}),
                           Reason::kGraph}),
    [](const auto& row) { return RowName(row.param.what); });

}  // namespace
}  // namespace cairn
