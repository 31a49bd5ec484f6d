#include "cairn/monitor/stats_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>

#include "cairn/io/memory_file_system.h"
#include "cairn/monitor/python_json.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/row_name.h"

namespace cairn {
namespace {

using testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// ---- Numbers and strings. Every expected text is what Python 3 prints by json.dumps.

struct NumberRow {
  double value;
  const char* text;
};

TEST(PythonJsonTest, NumbersAreAsPythonWritesThem) {
  const NumberRow rows[] = {
      {0, "0.0"},
      {-0.0, "-0.0"},
      {1, "1.0"},
      {-3, "-3.0"},
      {0.1, "0.1"},
      {1.0f / 3, "0.3333333432674408"},
      {1.6034096479415894, "1.6034096479415894"},
      {0.0001, "0.0001"},
      {0.00009999, "9.999e-05"},
      {1e-5, "1e-05"},
      {1.5e-7, "1.5e-07"},
      {123456789.125, "123456789.125"},
      {1e15, "1000000000000000.0"},
      {9007199254740993.0, "9007199254740992.0"},
      {9999999999999998.0, "9999999999999998.0"},
      {1e16, "1e+16"},
      {-1.25e+22, "-1.25e+22"},
      {5e-324, "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {std::nan(""), "\"NaN\""},
      {kInfinity, "\"Infinity\""},
      {-kInfinity, "\"-Infinity\""},
  };
  for (const NumberRow& row : rows) EXPECT_EQ(PythonNumber(row.value), row.text);
}

TEST(PythonJsonTest, StringsAreAsPythonWritesThem) {
  EXPECT_EQ(PythonString("a/b:0 ~"), R"("a/b:0 ~")");
  EXPECT_EQ(PythonString("\"\\\n\r\t\f\b\x01\x7f"), R"("\"\\\n\r\t\f\b\u0001\u007f")");
  EXPECT_EQ(PythonString("\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"), R"("\u00fc\u20ac\ud83d\ude00")");
  EXPECT_EQ(PythonString("\xff"), R"("\\xff")");  // Not UTF-8, which Python cannot have.
}

// ---- Reading and writing

std::string Again(std::string_view text) {
  const auto stats = StatsHistory::Parse(text);
  return stats.ok() ? stats->Format() : stats.status().ToString();
}

TEST(StatsFileTest, AnEntryHasScalarsThenEpochAndStep) {
  StatsHistory stats;
  EXPECT_EQ(stats.Format(), "[]");
  stats.Append(std::vector<Scalar>{{"cost", 1.5}, {"epoch_num", 7}, {"a \"b\"", std::nan("")}}, 1,
               4);
  stats.Append({}, 2, 8);
  EXPECT_EQ(stats.Format(),
            R"([{"cost": 1.5, "a \"b\"": "NaN", "epoch_num": 1, "global_step": 4}, )"
            R"({"epoch_num": 2, "global_step": 8}])");
  EXPECT_EQ(stats.last_epoch(), 2);
  EXPECT_EQ(Again(stats.Format()), stats.Format());
}

TEST(StatsFileTest, WhatTensorpackWroteStaysToTheByte) {
  const char* corpus = std::getenv("CAIRN_CORPUS");
  if (corpus == nullptr) GTEST_SKIP() << "CAIRN_CORPUS is not set";
  for (const char* run : {"train_run", "resumed_run"}) {
    std::ifstream file(std::string(corpus) + "/tensorpack/" + run + "/stats.json");
    std::stringstream text;
    text << file.rdbuf();
    ASSERT_GT(text.str().size(), 100u) << run;
    EXPECT_EQ(Again(text.str()), text.str()) << run;
    EXPECT_EQ(StatsHistory::Parse(text.str())->last_epoch(), 3) << run;
  }
}

TEST(StatsFileTest, BareWordsOfPythonBecomeStrings) {
  EXPECT_EQ(Again(R"([{"a": NaN, "b": [Infinity, -Infinity], "NaN": "NaN, Infinity", "c": -1}])"),
            R"([{"a": "NaN", "b": ["Infinity", "-Infinity"], "NaN": "NaN, Infinity", "c": -1}])");
  EXPECT_EQ(StatsHistory::Parse(R"([{"epoch_num": NaN}])")->last_epoch(), std::nullopt);
}

TEST(StatsFileTest, EntriesOfOtherProgramsStay) {
  const std::string text =
      R"([{"nested": {"epoch_num": 9, "l": [1, {"x": null}]}, "t": true, "big": 123456789012345678901234567890, )"
      R"("n": 1E-7, "s": "\u00fc\\\" :,[", "epoch_num": 2}, {}])";
  EXPECT_EQ(Again(text), text);
  EXPECT_EQ(Again("\n[ {\"a\"\t:1 ,\"b\":[ ] } ]\r\n"), R"([{"a": 1, "b": []}])");
}

TEST(StatsFileTest, TheLastEpochIsWhatTheReferenceTakes) {
  const std::pair<const char*, std::optional<int64_t>> rows[] = {
      {R"([])", std::nullopt},
      {R"([{"epoch_num": 3}])", 3},
      {R"([{"epoch_num": 3.7}])", 3},
      {R"([{"epoch_num": -2}])", -2},
      {R"([{"epoch_num": "3"}])", 3},
      {R"([{"epoch_num": "three"}])", std::nullopt},
      {R"([{"epoch_num": ""}])", std::nullopt},
      {R"([{"epoch_num": "-3"}])", std::nullopt},
      {R"([{"epoch_num": true}])", std::nullopt},
      {R"([{"epoch_num": null}])", std::nullopt},
      {R"([{"epoch_num": 1e300}])", std::nullopt},
      {R"([{"epoch_num": 18446744073709551615}])", std::nullopt},
      {R"([{"epoch_num": "99999999999999999999"}])", std::nullopt},
      {R"([{"epoch_num": 1, "epoch_num": 2}])", 2},
      {R"([{"epoch_num": 1, "epoch_num": [2]}])", std::nullopt},
      {R"([{"x": {"epoch_num": 5}}])", std::nullopt},
      {R"([{"epoch_num": 3}, {"cost": 1.0}])", std::nullopt},
  };
  for (const auto& [text, epoch] : rows) {
    const auto stats = StatsHistory::Parse(text);
    ASSERT_TRUE(stats.ok()) << text << stats.status();
    EXPECT_EQ(stats->last_epoch(), epoch) << text;
  }
}

TEST(StatsFileTest, CutsTheFirstLaterStepAndAllThatFollow) {
  const std::string text =
      R"([{"global_step": 4}, {"a": 1}, {"global_step": 8}, {"b": 1}, {"global_step": 2}])";
  const auto cut_after = [&](int64_t step) {
    StatsHistory stats = *StatsHistory::Parse(text);
    stats.CutAfter(step);
    return stats.size();
  };
  EXPECT_EQ(cut_after(8), 5u);
  EXPECT_EQ(cut_after(7), 2u);
  EXPECT_EQ(cut_after(3), 0u);
}

// ---- Damage

struct Damage {
  const char* what;
  const char* text;
  const char* message;
};
void PrintTo(const Damage& damage, std::ostream* out) { *out << damage.what; }

class DamagedStatsTest : public testing::TestWithParam<Damage> {};

TEST_P(DamagedStatsTest, IsAnErrorThatSaysWhere) {
  const Status status = StatsHistory::Parse(GetParam().text).status();
  EXPECT_EQ(status.reason(), Reason::kFormat);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    , DamagedStatsTest,
    testing::Values(
        Damage{"empty", "", "byte"}, Damage{"blank", "  ", "byte"},
        Damage{"cut in a string", R"([{"epoch_num": 3, "cos)", "byte 23"},
        Damage{"cut after an entry", R"([{"epoch_num": 3})", "byte"},
        Damage{"cut after a backslash", "[{\"a\\", "byte"},
        Damage{"an object", R"({"epoch_num": 3})", "a list of objects expected, found an object"},
        Damage{"a number", "3", "a list of objects expected, found a number"},
        Damage{"a bare word", "NaN", "a list of objects expected, found a string"},
        Damage{"a list of numbers", "[{}, 1]", "entry 1: an object expected, found a number"},
        Damage{"a list in a list", "[[]]", "entry 0: an object expected, found a list"},
        Damage{"null as an entry", "[null]", "entry 0: an object expected, found null"},
        Damage{"a bare name", R"([{NaN : 1}])", "byte"},
        Damage{"an unknown bare word", R"([{"a": Nan}])", "byte"},
        Damage{"a bare word that goes on", R"([{"a": NaNa}])", "byte"},
        Damage{"a number too large", R"([{"a": 1e999}])", "byte"},
        Damage{"text after the list", "[] []", "byte"},
        Damage{"zeros after the list", "[]\x01", "byte"},
        Damage{"text that is not UTF-8", "[{\"\xff\": 1}]", "byte"}),
    [](const auto& row) { return RowName(row.param.what); });

TEST(StatsFileTest, ZerosAndDeepNestingAndSizeAreRefusedOrRead) {
  EXPECT_EQ(StatsHistory::Parse(std::string_view("[]\0\0", 4)).status().reason(), Reason::kFormat);
  EXPECT_EQ(StatsHistory::Parse(std::string(64, '\0')).status().reason(), Reason::kFormat);
  const std::string deep(100'000, '[');
  EXPECT_EQ(StatsHistory::Parse(R"([{"a": )" + deep).status().reason(), Reason::kFormat);
  EXPECT_EQ(StatsHistory::Parse("[{}]", 3).status().reason(), Reason::kLimit);
  EXPECT_TRUE(StatsHistory::Parse("[{}]", 4).ok());
}

// ---- The file

TEST(StatsFileTest, TheFileIsReplacedWhole) {
  MemoryFileSystem disk;
  FaultFileSystem fs(disk);
  ASSERT_TRUE(disk.CreateDirectories("run").ok());
  EXPECT_EQ(ReadStatsFile(fs, "run").status().reason(), Reason::kMissing);
  StatsHistory stats;
  stats.Append({}, 1, 4);
  ASSERT_TRUE(WriteStatsFile(fs, "run", stats).ok());
  EXPECT_EQ(ReadStatsFile(fs, "run")->Format(), stats.Format());
  EXPECT_EQ(fs.script().count(Call::kSync) + fs.script().count(Call::kSyncDirectory), 0u);

  fs.script().Inject({.call = Call::kWrite, .reason = Reason::kNoSpace});
  EXPECT_EQ(WriteStatsFile(fs, "run", StatsHistory()).reason(), Reason::kNoSpace);
  EXPECT_EQ(ReadStatsFile(fs, "run")->Format(), stats.Format());
  EXPECT_EQ(disk.List("run")->size(), 1u);
}

TEST(StatsFileTest, AnErrorOfTheFileNamesIt) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.Put("run/stats.json", AsBytes("[{")).ok());
  EXPECT_THAT(std::string(ReadStatsFile(fs, "run").status().message()),
              HasSubstr("run/stats.json: no JSON at byte 3"));
}

}  // namespace
}  // namespace cairn
