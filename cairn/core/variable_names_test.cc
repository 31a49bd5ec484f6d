#include "cairn/core/variable_names.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

namespace cairn {
namespace {

using Json = nlohmann::json;

// Compares names with those that tensorpack answered; skipped if the corpus is not there.
class RecordedNamesTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* corpus = std::getenv("CAIRN_CORPUS");
    if (corpus == nullptr) GTEST_SKIP() << "CAIRN_CORPUS is not set";
    std::ifstream file(std::string(corpus) + "/tensorpack/paths/names.json");
    ASSERT_TRUE(file) << "no tensorpack/paths/names.json in " << corpus;
    names_ = Json::parse(file);
  }

  const Json& Rows(const char* function) {
    EXPECT_FALSE(names_[function].empty());
    return names_[function];
  }

 private:
  Json names_;
};

TEST_F(RecordedNamesTest, OpAndTensorNames) {
  for (const Json& row : Rows("get_op_tensor_name")) {
    const std::string name = row["name"];
    EXPECT_EQ(OpName(name), row["result"][0].get<std::string>()) << name;
    EXPECT_EQ(TensorName(name), row["result"][1].get<std::string>()) << name;
  }
}

TEST_F(RecordedNamesTest, TrainingState) {
  for (const Json& row : Rows("is_training_name")) {
    EXPECT_EQ(LooksLikeTrainingState(std::string(row["name"])), row["result"]) << row;
  }
}

// Rows where tensorpack is at fault: it compares the prefix without a slash and then cuts one
// character more.
struct OurAnswer {
  std::string_view reason;
  std::string_view name;
};
const std::map<std::pair<std::string, std::string>, OurAnswer> kOurAnswers = {
    {{"network/w", "net"}, {"begins with the letters, not with the scope", "network/w"}},
    {{"net", "net"}, {"is the scope's name, not in it", "net"}},
    {{"net:0", "net"}, {"is the scope's name, not in it", "net:0"}},
    {{"net/w", "net/"}, {"a slash at the end means the same scope", "w"}},
    {{"net/w", ""}, {"an empty prefix is none", "net/w"}},
};

TEST_F(RecordedNamesTest, Prefixes) {
  size_t num_ours = 0;
  for (const Json& row : Rows("get_savename_from_varname")) {
    const std::string name = row["name"];
    const std::string prefix = row["varname_prefix"].is_null() ? "" : row["varname_prefix"];
    const auto ours =
        row["varname_prefix"].is_null() ? kOurAnswers.end() : kOurAnswers.find({name, prefix});
    if (ours == kOurAnswers.end()) {
      EXPECT_EQ(WithoutPrefix(name, prefix), row["result"].get<std::string>()) << row;
      continue;
    }
    ++num_ours;
    EXPECT_NE(row["result"].get<std::string>(), ours->second.name) << "no longer a fault: " << row;
    EXPECT_EQ(WithoutPrefix(name, prefix), ours->second.name) << ours->second.reason;
  }
  EXPECT_EQ(num_ours, kOurAnswers.size()) << "a row of the table is not in the record";
}

TEST(VariableNamesTest, AnEntryHoldsTheVariableWithoutItsOutput) {
  EXPECT_EQ(VariableOfEntry("w"), "w");
  EXPECT_EQ(VariableOfEntry("w:0"), "w");
  EXPECT_EQ(VariableOfEntry("w:1"), "w:1");
  EXPECT_EQ(VariableOfEntry("w:0:0"), "w:0");
  EXPECT_EQ(VariableOfEntry("w:10"), "w:10");
  EXPECT_EQ(VariableOfEntry(":0"), ":0");
  EXPECT_EQ(VariableOfEntry(""), "");
}

TEST(VariableNamesTest, OnlyADigitIsAnOutput) {
  EXPECT_EQ(OpName("w:x"), "w:x");
  EXPECT_EQ(TensorName("w:x"), "w:x:0");
}

TEST(VariableNamesTest, PrefixesOfSeveralScopes) {
  EXPECT_EQ(WithoutPrefix("a/net/w", "a/net"), "w");
  EXPECT_EQ(WithoutPrefix("a/net/w", "a/net/"), "w");
  EXPECT_EQ(WithoutPrefix("a/net", "a/net"), "a/net");
  EXPECT_EQ(WithoutPrefix("/w", "/"), "/w");
}

TEST(VariableNamesTest, Bookkeeping) {
  EXPECT_TRUE(IsBookkeepingEntry("_CHECKPOINTABLE_OBJECT_GRAPH"));
  EXPECT_TRUE(IsBookkeepingEntry("_CAIRN_RUN_STATE"));
  EXPECT_FALSE(IsBookkeepingEntry("_CAIRN_RUN_STATE/w"));
}

}  // namespace
}  // namespace cairn
