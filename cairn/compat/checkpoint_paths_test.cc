// get_checkpoint_path and get_all_checkpoints against what tensorpack itself answered: every row of
// the record in the corpus, and our answer where tensorpack's is a fault.
#include "cairn/compat/checkpoint_paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "cairn/io/memory_file_system.h"
#include "cairn/io/path.h"

namespace cairn {
namespace {

using nlohmann::json;

// Returns nothing if the corpus is not there.
std::optional<json> ReadRecord() {
  const char* corpus = std::getenv("CAIRN_CORPUS");
  if (corpus == nullptr) return std::nullopt;
  std::ifstream file(std::string(corpus) + "/tensorpack/paths/paths.json");
  return json::parse(file);
}

std::string ReplaceAll(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

constexpr std::string_view kMissing = "E_MISSING";

struct OurAnswer {
  std::string answer;  // a path, or the word of an error
  const char* reason;
};

// Where tensorpack's answer is a fault, by the description of the row.
const std::map<std::string, OurAnswer>& BetterPaths() {
  constexpr const char* kDirectory = "a directory is taken for its newest checkpoint";
  constexpr const char* kShard = "every data file stands for its checkpoint";
  constexpr const char* kState =
      "a stale or damaged state file is explained, and the directory has a checkpoint";
  static const std::map<std::string, OurAnswer> answers = {
      {"directory", {"./run/model-10", kDirectory}},
      {"directory with slash", {"run/model-10", kDirectory}},
      {"empty string", {"./model-10", "the current directory is one, too"}},
      {"state file empty", {"run/model-9", kState}},
      {"state file names one that is gone", {"run/model-9", kState}},
      {"state file is no state file", {"run/model-9", kState}},
      {"state file with an unknown field", {"run/model-9", "unknown fields are passed over"}},
      {"state file with an absolute path of another place", {"run/model-9", kState}},
      {"state file with an absolute path",
       {"run/model-9",
        "the same one, named beside its state file: what a file says leads nowhere else"}},
      {"V1 and its metagraph", {"run/model-9", "a metagraph stands for its checkpoint"}},
      {"metagraph", {"E_MISSING", "a metagraph is no checkpoint"}},
      {"data file of two", {"run/m", kShard}},
      {"data file 1 of two", {"run/m", kShard}},
      {"a folder with .data in its name, data file",
       {"run/x.data/model-9", "only the ending of the name is cut"}},
      {"a folder with .index in its name, index",
       {"run/x.index/model-9", "only the ending of the name is cut"}},
  };
  return answers;
}

// The record's folder is run/, and the current folder is that or its parent. Here both are the
// root, and run/ is there again.
void MakeFolder(MemoryFileSystem& fs, const json& row) {
  for (const auto& [name, content] : row["files in run/"].items()) {
    const std::string text = ReplaceAll(content.get<std::string>(), "$DIR", "/work");
    ASSERT_TRUE(fs.Put("run/" + name, AsBytes(text)).ok());
    ASSERT_TRUE(fs.Put("/work/run/" + name, AsBytes(text)).ok());
    if (row["cwd"] != "run") continue;
    ASSERT_TRUE(fs.Put(name, AsBytes(text)).ok());
  }
}

TEST(CheckpointPathsTest, GetCheckpointPathAnswersAsTensorpackOrBetter) {
  const auto record = ReadRecord();
  if (!record) GTEST_SKIP() << "the corpus (CAIRN_CORPUS) is not here";
  const json& rows = (*record)["get_checkpoint_path"];
  ASSERT_EQ(rows.size(), 48u);
  size_t num_better = 0;
  for (const json& row : rows) {
    const std::string description = row["description"];
    MemoryFileSystem fs;
    MakeFolder(fs, row);
    const std::string path = ReplaceAll(row["path"], "$DIR", "/work");
    const auto found = GetCheckpointPath(fs, path);
    const std::string answer =
        found.ok() ? found->path : std::string(ReasonWord(found.status().reason()));
    const auto better = BetterPaths().find(description);
    if (better != BetterPaths().end()) {
      ++num_better;
      EXPECT_EQ(answer, better->second.answer) << description << ": " << better->second.reason;
    } else if (row.contains("error")) {
      EXPECT_EQ(answer, kMissing) << description;
    } else {
      EXPECT_EQ(answer, ReplaceAll(row["result"], "$DIR", "/work")) << description;
      // It says what it corrected whenever tensorpack does.
      const bool is_silent = found.ok() && found->note.empty();
      EXPECT_FALSE(is_silent && !row["log"].empty()) << description;
    }
  }
  EXPECT_EQ(num_better, BetterPaths().size()) << "a row of our answers is of no use";
}

using Steps = std::vector<std::pair<std::string, int64_t>>;

struct OurSteps {
  Steps answer;
  const char* reason;
};

const std::map<std::string, OurSteps>& BetterSteps() {
  constexpr const char* kStray = "names that do not end in a step are left out";
  constexpr const char* kNoNumber = "no saver writes a step like this";
  constexpr const char* kPrefix = "the prefix that was given is looked for";
  static const std::map<std::string, OurSteps> answers = {
      {"stray name with letters", {{{"run/model-9", 9}}, kStray}},
      {"stray name with step at the end", {{{"run/model-9", 9}}, kStray}},
      {"underscore in the number", {{}, kNoNumber}},
      {"blank in the number", {{}, kNoNumber}},
      {"other prefix of the same length: the pattern is model-* all the same",
       {{{"run/other-7", 7}}, kPrefix}},
      {"other, shorter prefix", {{{"run/net-7", 7}}, kPrefix}},
      {"other, longer prefix", {{{"run/network-7", 7}}, kPrefix}},
      {"other prefix, no model-*", {{{"run/net-7", 7}}, kPrefix}},
      {"a directory named like an index", {{}, "only a file is an index"}},
      {"huge number", {{}, "a global step has 64 bits"}},
  };
  return answers;
}

// tensorpack's names keep their `.index`, which no loader of it takes away again; ours are
// prefixes.
Steps StepsOf(const json& result) {
  Steps steps;
  for (const json& one : result)
    steps.emplace_back(ReplaceAll(one[0], ".index", ""), one[1].get<int64_t>());
  return steps;
}

TEST(CheckpointPathsTest, GetAllCheckpointsAnswersAsTensorpackOrBetter) {
  const auto record = ReadRecord();
  if (!record) GTEST_SKIP() << "the corpus (CAIRN_CORPUS) is not here";
  const json& rows = (*record)["get_all_checkpoints"];
  ASSERT_EQ(rows.size(), 26u);
  size_t num_better = 0;
  for (const json& row : rows) {
    const std::string description = row["description"];
    MemoryFileSystem fs;
    for (const json& name : row["files in run/"])
      ASSERT_TRUE(fs.Put("run/" + name.get<std::string>(), {}).ok());
    const std::string prefix = row["prefix"].is_null() ? "model" : row["prefix"];
    const auto found = GetAllCheckpoints(fs, row["dir"], prefix);
    ASSERT_TRUE(found.ok()) << description << ": " << found.status().message();
    Steps answer;
    for (const StepCheckpoint& one : *found) answer.emplace_back(one.prefix, one.step);
    const auto better = BetterSteps().find(description);
    num_better += better != BetterSteps().end();
    if (better != BetterSteps().end()) {
      EXPECT_EQ(answer, better->second.answer) << description << ": " << better->second.reason;
    } else {
      ASSERT_FALSE(row.contains("error")) << description;
      EXPECT_EQ(answer, StepsOf(row["result"])) << description;
    }
  }
  EXPECT_EQ(num_better, BetterSteps().size()) << "a row of our answers is of no use";
}

TEST(GetLatestCheckpointTest, IsTheOneThatTheStateFileNames) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.Put("run/model-9.index", AsBytes("")).ok());
  ASSERT_TRUE(fs.Put("run/checkpoint", AsBytes("model_checkpoint_path: \"model-9\"\n")).ok());
  ASSERT_TRUE(fs.Put("run/best", AsBytes("model_checkpoint_path: \"model-7\"\n")).ok());

  EXPECT_EQ(GetLatestCheckpoint(fs, "run").value(), "run/model-9");
  EXPECT_EQ(GetLatestCheckpoint(fs, "run", "best").value(), std::nullopt) << "it is not there";
  EXPECT_EQ(GetLatestCheckpoint(fs, "run", "last").value(), std::nullopt) << "no state file";
  EXPECT_EQ(GetLatestCheckpoint(fs, "other").value(), std::nullopt) << "no directory";
}

TEST(GetLatestCheckpointTest, SaysWhatIsWrongWithAStateFile) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.Put("run/checkpoint", AsBytes("model_checkpoint_path: \n")).ok());
  EXPECT_EQ(GetLatestCheckpoint(fs, "run").status().reason(), Reason::kFormat);
}

}  // namespace
}  // namespace cairn
