#include "cairn/saver/retention_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "cairn/core/escape.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr double kInf = std::numeric_limits<double>::infinity();

const RetentionRecord kRecord = {
    .rules = {.max_to_keep = 3,
              .keep_checkpoint_every_n_hours = 0.5,
              .keep_every_n_steps = 1000,
              .keep_best = {.statistic = "val_loss", .count = 2, .largest = true},
              .max_nbytes = uint64_t{10} << 30},
    .values = {{9, 0.312}, {10, std::nan("")}, {20, kInf}, {30, -kInf}}};
constexpr std::string_view kText =
    R"({"max_to_keep":3,"keep_checkpoint_every_n_hours":0.5,"keep_every_n_steps":1000,)"
    R"("keep_best":{"statistic":"val_loss","count":2,"order":"largest"},"max_nbytes":10737418240,)"
    R"("values":{"9":0.312,"10":"NaN","20":"Infinity","30":"-Infinity"}})";

std::string Replaced(std::string_view from, std::string_view to) {
  std::string text(kText);
  const size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(RetentionRecordTest, TextIsAsDocumented) { EXPECT_EQ(FormatRetentionRecord(kRecord), kText); }

TEST(RetentionRecordTest, ReadsBackAsItWas) {
  const auto read = ParseRetentionRecord(kText);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->rules, kRecord.rules);
  EXPECT_EQ(FormatRetentionRecord(*read), kText);
  EXPECT_TRUE(std::isnan(read->values.at(10)));
  EXPECT_EQ(read->values.at(30), -kInf);
}

TEST(RetentionRecordTest, LimitsReadBackAsTheyWere) {
  RetentionRecord record = {.rules = {.max_to_keep = UINT64_MAX,
                                      .keep_checkpoint_every_n_hours = kInf,
                                      .keep_every_n_steps = INT64_MIN,
                                      .keep_best = {.count = UINT64_MAX},
                                      .max_nbytes = UINT64_MAX},
                            .values = {{0, 0}, {INT64_MAX, 1}}};
  auto read = ParseRetentionRecord(FormatRetentionRecord(record));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->rules, record.rules);
  EXPECT_EQ(read->values, record.values);
  record.rules.keep_every_n_steps = INT64_MAX;
  read = ParseRetentionRecord(FormatRetentionRecord(record));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->rules.keep_every_n_steps, INT64_MAX);
}

TEST(RetentionRecordTest, ANameThatIsNotUtf8IsEscaped) {
  const std::string text =
      FormatRetentionRecord({.rules = {.keep_best = {.statistic = "a\xff\"\n"}}});
  EXPECT_TRUE(IsUtf8(text));
  const auto read = ParseRetentionRecord(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->rules.keep_best.statistic, "a\\xff\"\\n");
}

RC_GTEST_PROP(RetentionRecordProperty, NumbersReadBackExactly, ()) {
  // Any bits, and whole numbers of any size, which are written without an exponent.
  const auto bits = *rc::gen::arbitrary<uint64_t>();
  const auto exponent = *rc::gen::inRange(0, 70);
  for (const double value :
       {std::bit_cast<double>(bits), std::ldexp(static_cast<double>(bits), -64 + exponent),
        -static_cast<double>(bits), -0.0}) {
    const auto read = ParseRetentionRecord(FormatRetentionRecord({.values = {{5, value}}}));
    RC_ASSERT(read.ok());
    const double again = read->values.at(5);
    const bool is_same = std::isnan(value)
                             ? std::isnan(again)
                             : std::bit_cast<uint64_t>(again) == std::bit_cast<uint64_t>(value);
    RC_ASSERT(is_same);
  }
}

struct DamagedRecord {
  std::string_view name;
  std::string_view from;  // replaced in kText
  std::string_view to;
  std::string_view message;
};
void PrintTo(const DamagedRecord& damage, std::ostream* out) { *out << damage.name; }

class DamagedRecordTest : public testing::TestWithParam<DamagedRecord> {};

TEST_P(DamagedRecordTest, IsAnError) {
  const std::string text = GetParam().from.empty() ? std::string(GetParam().to)
                                                   : Replaced(GetParam().from, GetParam().to);
  const Status error = ParseRetentionRecord(text).status();
  EXPECT_EQ(error.reason(), Reason::kFormat);
  EXPECT_EQ(error.message(), "retention record: " + std::string(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    , DamagedRecordTest,
    testing::Values(
        DamagedRecord{"nothing", "", "", "no JSON at byte 1"},
        DamagedRecord{"cut", "}}", "", "no JSON at byte 233"},
        DamagedRecord{"text after it", "}}", "}}}", "no JSON at byte 235"},
        DamagedRecord{"a NUL", "}}", std::string_view("}}\0", 3), "a NUL at byte 234 of the JSON"},
        DamagedRecord{"not UTF-8", "val_loss", "\xff", "no JSON at byte 106"},
        DamagedRecord{"an array", "", "[]", "an array, expected an object"},
        DamagedRecord{"a number", "", "7", "the number 7, expected an object"},
        DamagedRecord{"an empty object", "", "{}", "no 'max_to_keep'"},
        DamagedRecord{"no max_to_keep", "\"max_to_keep\":3,", "", "no 'max_to_keep'"},
        DamagedRecord{"no hours", "\"keep_checkpoint_every_n_hours\":0.5,", "",
                      "no 'keep_checkpoint_every_n_hours'"},
        DamagedRecord{"no steps", "\"keep_every_n_steps\":1000,", "", "no 'keep_every_n_steps'"},
        DamagedRecord{"no statistic", "\"statistic\":\"val_loss\",", "", "no 'statistic'"},
        DamagedRecord{"no count", "\"count\":2,", "", "no 'count'"},
        DamagedRecord{"no order", ",\"order\":\"largest\"", "", "no 'order'"},
        DamagedRecord{"no max_nbytes", "\"max_nbytes\":10737418240,", "", "no 'max_nbytes'"},
        DamagedRecord{"another name for values", "\"values\"", "\"Values\"", "no 'values'"},
        DamagedRecord{"a field of another object", "\"max_nbytes\"", "\"count\"",
                      "no 'max_nbytes'"},
        DamagedRecord{"max_to_keep twice", "\"keep_every_n_steps\"", "\"max_to_keep\"",
                      "'max_to_keep' twice"},
        DamagedRecord{"a step twice", "\"10\"", "\"9\"", "'9' twice"},
        DamagedRecord{"a negative max_to_keep", ":3,", ":-3,", "'max_to_keep' is negative"},
        DamagedRecord{"a fraction as max_to_keep", ":3,", ":3.5,", "'max_to_keep' is a fraction"},
        DamagedRecord{"max_to_keep above 64 bits", ":3,", ":18446744073709551616,",
                      "'max_to_keep' is a fraction"},
        DamagedRecord{"a boolean as max_to_keep", ":3,", ":true,", "'max_to_keep' is a boolean"},
        DamagedRecord{"null as hours", ":0.5,", ":null,",
                      "'keep_checkpoint_every_n_hours' is null"},
        DamagedRecord{"a text as hours", ":0.5,", ":\"0.5\",",
                      "'keep_checkpoint_every_n_hours' is the string '0.5'"},
        DamagedRecord{"a number above 63 bits as steps", ":1000,", ":9223372036854775808,",
                      "'keep_every_n_steps' is the number 9223372036854775808"},
        DamagedRecord{"a number as statistic", "\"val_loss\"", "5", "'statistic' is the number 5"},
        DamagedRecord{"another order", "\"largest\"", "\"best\"", "'order' is the string 'best'"},
        DamagedRecord{"an array as keep_best",
                      "{\"statistic\":\"val_loss\",\"count\":2,\"order\":\"largest\"}", "[]",
                      "'keep_best' is an array"},
        DamagedRecord{"an object as count", ":2,", ":{},", "'count' is an object"},
        DamagedRecord{"a value that is an object", "0.312", "{}", "'9' is an object"},
        DamagedRecord{"a value of another name", "\"Infinity\"", "\"inf\"",
                      "'20' is the string 'inf'"},
        DamagedRecord{"a value of no step",
                      "\"9\":", "\"model-9\":", "a value of 'model-9', expected a step"},
        DamagedRecord{"a step with a zero before it",
                      "\"9\":", "\"09\":", "a value of '09', expected a step"},
        DamagedRecord{"a step above 63 bits", "\"9\":", "\"9223372036854775808\":",
                      "a value of '9223372036854775808', expected a step"}));

TEST(RetentionRecordTest, EveryCutIsAnError) {
  for (size_t size = 0; size < kText.size(); ++size)
    EXPECT_EQ(ParseRetentionRecord(kText.substr(0, size)).status().reason(), Reason::kFormat)
        << size;
}

TEST(RetentionRecordTest, UnknownFieldsArePassedOver) {
  for (const std::string_view unknown :
       {R"("later":[1,-2,0.5,"x",null,true,{"max_to_keep":7,"max_to_keep":8}],)",
        R"("later":{"count":1,"values":{"x":1}},)", R"("count":7,)", R"("keep_best.count":7,)"}) {
    const auto read = ParseRetentionRecord(Replaced("{", "{" + std::string(unknown)));
    ASSERT_TRUE(read.ok()) << unknown << ": " << read.status();
    EXPECT_EQ(FormatRetentionRecord(*read), kText);
  }
  const auto read = ParseRetentionRecord(Replaced("\"count\"", "\"max_nbytes\":[],\"count\""));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(FormatRetentionRecord(*read), kText);
}

TEST(PruneValuesTest, TheBestAndTheNewestRemain) {
  const std::map<int64_t, double> values = {{1, 0.1}, {2, 0.3}, {3, 0.1}, {4, 0.2}, {5, 0.4}};
  RetentionRules rules = {.max_to_keep = 1, .keep_best = {.count = 1}};
  EXPECT_THAT(PruneValues(rules, values), ElementsAre(Pair(1, 0.1), Pair(5, 0.4)))
      << "of two equal ones the earlier";
  rules.keep_best.count = 2;
  EXPECT_THAT(PruneValues(rules, values), ElementsAre(Pair(1, 0.1), Pair(3, 0.1), Pair(5, 0.4)));
  rules.keep_best = {.count = 2, .largest = true};
  EXPECT_THAT(PruneValues(rules, values), ElementsAre(Pair(2, 0.3), Pair(5, 0.4)));
  rules.keep_best.count = 0;
  EXPECT_THAT(PruneValues(rules, values), ElementsAre(Pair(5, 0.4)));
}

TEST(PruneValuesTest, NanIsNeverAmongTheBest) {
  const RetentionRules rules = {.max_to_keep = 1, .keep_best = {.count = 5}};
  EXPECT_THAT(PruneValues(rules, {{1, std::nan("")}, {2, kInf}, {3, 0}}),
              ElementsAre(Pair(2, kInf), Pair(3, 0)));
}

TEST(PruneValuesTest, IsBoundedWhereAllCheckpointsStay) {
  std::map<int64_t, double> values;
  for (int64_t step = 1; step <= 5000; ++step) values[step] = static_cast<double>(step);
  const auto kept = PruneValues({.max_to_keep = 0, .keep_best = {.count = 2}}, values);
  EXPECT_EQ(kept.size(), 1002u);
  EXPECT_TRUE(kept.contains(1) && kept.contains(2) && kept.contains(4001));
}

// A run that is resumed begins with what was pruned before, another one with everything.
RC_GTEST_PROP(PruneValuesProperty, PruningEarlierChangesNothing, ()) {
  const RetentionRules rules = {.max_to_keep = *rc::gen::inRange<uint64_t>(1, 5),
                                .keep_best = {.count = *rc::gen::inRange<uint64_t>(0, 5),
                                              .largest = *rc::gen::arbitrary<bool>()}};
  std::map<int64_t, double> all;
  std::map<int64_t, double> pruned;
  const auto count = *rc::gen::inRange<int64_t>(0, 30);
  for (int64_t step = 0; step < count; ++step) {
    const int number = *rc::gen::inRange(-3, 4);
    const double value = number == 3 ? std::nan("") : number / 2.0;
    all[step] = pruned[step] = value;
    if (*rc::gen::arbitrary<bool>()) pruned = PruneValues(rules, pruned);
  }
  const auto text = [&](const std::map<int64_t, double>& values) {
    return FormatRetentionRecord({rules, PruneValues(rules, values)});
  };
  RC_ASSERT(text(pruned) == text(all));
}

}  // namespace
}  // namespace cairn
