#include "cairn/transform/name_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/testing/row_name.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Holds tensors of these names, whose values are their positions in `names`.
TensorDict DictNamed(const std::vector<std::string>& names) {
  TensorDict::Builder builder;
  for (size_t i = 0; i < names.size(); ++i)
    builder.Add(names[i], SourceOf<int32_t>({}, {static_cast<int32_t>(i)}));
  return builder.Build().value();
}

std::vector<std::string> NamesOf(const TensorDict& dict) {
  std::vector<std::string> names;
  for (const TensorInfo& tensor : dict) names.emplace_back(tensor.name);
  return names;
}

const std::vector<std::string> kNames = {"net/fc/W", "net/fc/b", "net/fc/W/Adam", "step"};

struct RulesRow {
  const char* what;
  NameRulesText rules;
  std::vector<std::string> expected;
};

const auto kRowName = [](const auto& row) { return RowName(row.param.what); };

class RenameTest : public testing::TestWithParam<RulesRow> {};

TEST_P(RenameTest, SelectsAndRenames) {
  const Result<TensorDict> renamed = Rename(DictNamed(kNames), GetParam().rules);
  ASSERT_TRUE(renamed.ok()) << renamed.status().message();
  EXPECT_EQ(NamesOf(*renamed), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    , RenameTest,
    testing::Values(
        RulesRow{
            "no rules take all as they are", {}, {"net/fc/W", "net/fc/W/Adam", "net/fc/b", "step"}},
        RulesRow{"a pattern selects", {.select = {"net/*/?"}}, {"net/fc/W", "net/fc/b"}},
        RulesRow{"a pattern excludes", {.exclude = {"**/Adam", "step"}}, {"net/fc/W", "net/fc/b"}},
        RulesRow{"regular expressions match anywhere",
                 {.select = {"fc"}, .exclude = {"Adam$"}, .syntax = PatternSyntax::kRegex},
                 {"net/fc/W", "net/fc/b"}},
        RulesRow{"one name", {.select = {"step"}, .rename = {"step=global_step"}}, {"global_step"}},
        RulesRow{"one name with its slot",
                 {.select = {"net/**"}, .rename = {"net/fc/W=w"}},
                 {"net/fc/b", "w", "w/Adam"}},
        RulesRow{"names of a map, all at once",
                 {.rename_map = {"net/fc/W\tnet/fc/b", "net/fc/b\tnet/fc/W"}},
                 {"net/fc/W", "net/fc/b", "net/fc/b/Adam", "step"}},
        RulesRow{"a prefix is replaced",
                 {.rename = {"net/=body/"}},
                 {"body/fc/W", "body/fc/W/Adam", "body/fc/b", "step"}},
        RulesRow{
            "a prefix is dropped", {.rename = {"net/="}}, {"fc/W", "fc/W/Adam", "fc/b", "step"}},
        RulesRow{"a prefix is put before all",
                 {.select = {"step", "net/fc/b"}, .rename = {"=a/"}},
                 {"a/net/fc/b", "a/step"}},
        RulesRow{"renamings follow each other",
                 {.select = {"net/fc/W"}, .rename = {"net/=", "fc/W=w"}},
                 {"w"}},
        RulesRow{
            "substitutions follow renamings",
            {.select = {"net/fc/?"}, .rename = {"net/="}, .substitute = {"s|^fc/(.)$|\\1_fc|"}},
            {"W_fc", "b_fc"}},
        RulesRow{"a substitution of every match",
                 {.select = {"net/fc/W"}, .substitute = {"s/\\//./g"}},
                 {"net.fc.W"}}),
    kRowName);

struct WrongRow {
  const char* what;
  NameRulesText rules;
  Reason reason;
  const char* message_part;
};

class WrongRulesTest : public testing::TestWithParam<WrongRow> {};

TEST_P(WrongRulesTest, AreRefused) {
  const Status status = Rename(DictNamed(kNames), GetParam().rules).status();
  EXPECT_EQ(status.reason(), GetParam().reason) << status.message();
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message_part));
}

INSTANTIATE_TEST_SUITE_P(
    , WrongRulesTest,
    testing::Values(
        WrongRow{"no sign", {.rename = {"a"}}, Reason::kArgument, "no '='"},
        WrongRow{"a prefix and a name", {.rename = {"net/=b"}}, Reason::kArgument, "'net/=b'"},
        WrongRow{"a name and a prefix", {.rename = {"step=b/"}}, Reason::kArgument, "'step=b/'"},
        WrongRow{"no new name", {.rename = {"step="}}, Reason::kArgument, "new name is empty"},
        WrongRow{"no old name", {.rename = {"=step"}}, Reason::kArgument, "old name is empty"},
        WrongRow{"no name", {.rename = {"="}}, Reason::kArgument, "both sides are empty"},
        WrongRow{"no pattern", {.select = {"[a"}}, Reason::kArgument, "'[a'"},
        WrongRow{"no substitution", {.substitute = {"x"}}, Reason::kArgument, "'x'"},
        WrongRow{"a name of no tensor", {.rename = {"stop=x"}}, Reason::kMissing, "'stop'"},
        WrongRow{"a prefix of no tensor", {.rename = {"nat/="}}, Reason::kMissing, "'nat/'"}),
    kRowName);

TEST(NameRulesTest, ARenamingMadeByHandFollowsTheSameRule) {
  const TensorDict dict = DictNamed(kNames);
  const auto dropped = PlanNames(dict, {.renamings = {{"net/", ""}}});
  ASSERT_TRUE(dropped.ok()) << dropped.status().message();
  EXPECT_EQ(dropped->front().name, "fc/W");
  for (const Renaming& wrong : {Renaming{"net/", "b"}, Renaming{"step", ""}, Renaming{"", "b"},
                                Renaming{"step", "b/"}, Renaming{"", ""}}) {
    const Status status = PlanNames(dict, {.renamings = {wrong}}).status();
    EXPECT_EQ(status.reason(), Reason::kArgument) << wrong.from << "=" << wrong.to;
    EXPECT_EQ(status.message(), ParseRenaming(wrong.from + "=" + wrong.to).status().message());
  }
}

TEST(NameRulesTest, TwoTensorsForOneNameAreRefusedByBothNames) {
  const Status status = Rename(DictNamed({"a/w", "w"}), {.rename = {"a/="}}).status();
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr("'a/w' and 'w' would both be called 'w'"));
}

TEST(NameRulesTest, APrefixBeforeNoTensorIsFine) {
  const Result<TensorDict> renamed = Rename(TensorDict(), {.rename = {"=a/"}});
  ASSERT_TRUE(renamed.ok()) << renamed.status().message();
  EXPECT_EQ(renamed->size(), 0u);
}

UnmatchedRules UnmatchedOf(const NameRulesText& text) {
  UnmatchedRules unmatched;
  const auto rules = ParseNameRules(text);
  EXPECT_TRUE(PlanNames(DictNamed(kNames), rules.value(), &unmatched).ok());
  return unmatched;
}

TEST(NameRulesTest, RulesWithoutAnEffectAreReported) {
  const UnmatchedRules unmatched =
      UnmatchedOf({.select = {"net/**", "not", "**/W", "nit/**"},
                   .exclude = {"**/Adam", "no", "step"},
                   .substitute = {"s/net/body/", "s/net/other/", "s/step/x/", "s/W/W/"}});
  EXPECT_THAT(unmatched.select, ElementsAre("not", "nit/**"));
  EXPECT_THAT(unmatched.exclude, ElementsAre("no"));
  EXPECT_THAT(unmatched.substitutions, ElementsAre("s/net/other/", "s/step/x/", "s/W/W/"));
  EXPECT_THAT(UnmatchedOf({.select = {"**", "step"}, .exclude = {"*"}}).select, ElementsAre());
}

// Four tensors of an object graph. Two have one full name, and one has none.
const ObjectNames kObjectNames = {{"o/0/V", {"model/conv/kernel", "conv_1/kernel"}},
                                  {"o/1/V", {"model/conv/bias", "conv_1/bias"}},
                                  {"m/2/V", {"model/total", "total"}},
                                  {"m/3/V", {"model/other/total", "total"}}};
const std::vector<std::string> kKeys = {"o/0/V", "o/1/V", "m/2/V", "m/3/V", "plain"};

struct NamesRow {
  const char* what;
  NameRulesText rules;
  std::vector<std::string> expected;
};
class ObjectNamesTest : public testing::TestWithParam<NamesRow> {};

Result<std::vector<std::string>> PlannedWithObjects(const NameRulesText& text,
                                                    const std::vector<std::string>& keys = kKeys) {
  CAIRN_ASSIGN_OR_RETURN(NameRules rules, ParseNameRules(text));
  rules.object_names = &kObjectNames;
  CAIRN_ASSIGN_OR_RETURN(const auto plan, PlanNames(DictNamed(keys), rules));
  std::vector<std::string> names;
  for (const RenamedTensor& tensor : plan) names.push_back(tensor.name);
  return names;
}

TEST_P(ObjectNamesTest, AreNamesToo) {
  const auto names = PlannedWithObjects(GetParam().rules);
  ASSERT_TRUE(names.ok()) << names.status().message();
  EXPECT_EQ(*names, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    , ObjectNamesTest,
    testing::Values(
        NamesRow{"a path selects", {.select = {"model/conv/*"}}, {"o/0/V", "o/1/V"}},
        NamesRow{"a full name selects", {.select = {"conv_1/bias"}}, {"o/1/V"}},
        NamesRow{"a full name selects every tensor that has it",
                 {.select = {"total"}},
                 {"m/2/V", "m/3/V"}},
        NamesRow{"names exclude", {.exclude = {"conv_1/*", "model/total", "m/3/V"}}, {"plain"}},
        NamesRow{"a full name is renamed",
                 {.select = {"o/*/V"}, .rename = {"conv_1/kernel=w"}},
                 {"o/1/V", "w"}},
        NamesRow{"a path is renamed",
                 {.select = {"o/*/V"}, .rename = {"model/conv/bias=b"}},
                 {"b", "o/0/V"}},
        NamesRow{"the beginning of paths is replaced",
                 {.select = {"o/*/V"}, .rename = {"model/conv/="}},
                 {"bias", "kernel"}},
        NamesRow{"the beginning of full names is replaced",
                 {.select = {"o/*/V"}, .rename = {"conv_1/=c/"}},
                 {"c/bias", "c/kernel"}},
        NamesRow{"a substitution in paths",
                 {.select = {"o/*/V"}, .substitute = {"s/.*\\/(kern)/\\1/"}},
                 {"kernel", "o/1/V"}},
        NamesRow{"keys come first",
                 {.select = {"o/*/V"}, .rename = {"o/=p/"}, .substitute = {"s/p/q/"}},
                 {"q/0/V", "q/1/V"}},
        NamesRow{"a key is a name under any style",
                 {.select = {"o/*/V"}, .rename = {"o/0/V=k"}, .names = NameStyle::kFull},
                 {"conv_1/bias", "k"}},
        NamesRow{
            "paths are written",
            {.names = NameStyle::kPath},
            {"model/conv/bias", "model/conv/kernel", "model/other/total", "model/total", "plain"}},
        NamesRow{"full names are written, and renamed",
                 {.exclude = {"m/3/V"}, .rename = {"conv_1/=c/"}, .names = NameStyle::kFull},
                 {"c/bias", "c/kernel", "plain", "total"}}),
    kRowName);

// The variable is called k, or net/k in its program.
TEST(NameRulesTest, SlotsMoveWithAVariableOfAnyName) {
  const std::string value = "/.ATTRIBUTES/VARIABLE_VALUE";
  const std::string slot = "/.OPTIMIZER_SLOT/o/m" + value;
  const ObjectNames objects = {{"k" + value, {"k", "net/k"}}};
  for (const auto& [text, expected] : std::vector<std::pair<NameRulesText, std::string>>{
           {{.rename = {"k" + value + "=x" + value}}, "x"},
           {{.rename = {"k=x"}}, "x"},
           {{.rename = {"net/k=x"}}, "x"},
           {{.rename = {"net/=s/"}}, "s/k"},
           {{.rename_map = {"net/k\tx"}}, "x"},
           {{.rename_map = {"net/k\tx", "k" + slot + "\tx/own"}}, ""},
       }) {
    NameRules rules = ParseNameRules(text).value();
    rules.object_names = &objects;
    const auto plan = PlanNames(DictNamed({"k" + value, "k" + slot}), rules);
    ASSERT_TRUE(plan.ok()) << plan.status().message();
    EXPECT_EQ(plan->back().name, expected.empty() ? "x/own" : expected + slot);
  }
}

TEST(NameRulesTest, ANameOfSeveralTensorsIsNotRenamed) {
  const Status status = PlannedWithObjects({.rename = {"total=x"}}).status();
  EXPECT_EQ(status.reason(), Reason::kArgument);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("'total' is the name of 2 tensors: 'm/2/V', 'm/3/V'"));
  EXPECT_EQ(*PlannedWithObjects({.select = {"m/2/V"}, .rename = {"total=x"}}),
            std::vector<std::string>{"x"});
  // A plain key wins.
  EXPECT_EQ(*PlannedWithObjects({.rename = {"total=x"}}, {"m/2/V", "m/3/V", "total"}),
            (std::vector<std::string>{"m/2/V", "m/3/V", "x"}));
}

TEST(NameRulesTest, FullNamesOfSeveralTensorsAreNotWritten) {
  const Status status = PlannedWithObjects({.names = NameStyle::kFull}).status();
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("'m/2/V' and 'm/3/V' would both be called 'total'"));
}

TEST(NameRulesTest, HintsKnowEveryName) {
  const Status status = PlannedWithObjects({.rename = {"conv_1/kernl=x"}}).status();
  EXPECT_THAT(status.hint(), HasSubstr("'conv_1/kernel'"));
}

TEST(NameRulesTest, OldNamesAreTakenAsListingsShowThem) {
  const TensorDict dict = DictNamed({"bad\xff", "back\\slash", "dir\n/w"});
  const auto renamed =
      Rename(dict, {.rename = {"bad\\xff=good", "back\\slash=forward", "dir\\n/=dir/"}});
  ASSERT_TRUE(renamed.ok()) << renamed.status().message();
  EXPECT_THAT(NamesOf(*renamed), ElementsAre("dir/w", "forward", "good"));
  // A name that is stored as it is written comes first.
  const auto literal = Rename(DictNamed({"bad\\xff", "bad\xff"}), {.rename = {"bad\\xff=x"}});
  EXPECT_THAT(NamesOf(literal.value()), ElementsAre("bad\xff", "x"));
}

TEST(NameRulesTest, ValuesAndMetadataStay) {
  TensorDict::Builder builder;
  builder.SetMetadata({{"format", "pt"}});
  builder.Add("a/w", SourceOf<int32_t>({2}, {7, 8}));
  const Result<TensorDict> renamed = Rename(builder.Build().value(), {.rename = {"a/=b/"}});
  ASSERT_TRUE(renamed.ok());
  EXPECT_THAT(*ValuesOf<int32_t>(**renamed->Get("b/w")), ElementsAre(7, 8));
  EXPECT_EQ(renamed->metadata().at("format"), "pt");
}

}  // namespace
}  // namespace cairn
