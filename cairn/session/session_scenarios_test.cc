// The session_init family against what tensorpack itself did, scenario by scenario
// (tensorpack/session_init/scenarios.json of the corpus).
#include <gtest/gtest.h>

#include <deque>
#include <iostream>
#include <set>

#include "cairn/session/memory_source.h"
#include "cairn/session/model_loader.h"
#include "cairn/session/recorded_fixture.h"
#include "cairn/session/session_init.h"

namespace cairn {
namespace {

// --- Where ours is another answer ---

// Lists by scenario what a program can write in Python and not in C++.
const std::map<std::string, std::string> kDoesNotCompile = {
    {"dict_is_list", "a dict is a TensorDict"},
    {"dict_is_none", "a dict is a TensorDict"},
    {"dict_is_path", "a dict is a TensorDict"},
    {"dict_python_number", "values have a dtype"},
    {"dict_python_list", "values have a dtype"},
    {"dict_python_number_unused", "values have a dtype"},
    {"saver_ignore_string", "`ignore` is a list"},
    {"smart_zero", "a number is no argument"},
    {"smart_number", "a number is no argument"},
    {"smart_tuple", "a tuple is no argument"},
    {"smart_path_object", "a path is a text"},
    {"smart_array", "an array is no argument"},
};

struct OurAnswer {
  std::string reason;
  Reason error = Reason::kNone;
  std::string source = {};                         // of `values`, in sources.json
  std::map<std::string, std::string> values = {};  // variable -> entry; the others stay
  std::vector<std::string> parts = {};             // variables that are the parts of the entry emb
};

const std::map<std::string, std::string> kAllOfPlain = {
    {"conv/W", "conv/W"}, {"conv/b", "conv/b"}, {"fc/W", "fc/W"}, {"global_step", "global_step"}};

// The faults of the record that its README lists, and what we promise beyond it.
const std::map<std::string, OurAnswer> kOurAnswers = {
    {"saver_prefix_no_slash_boundary",
     {"network/w is not in the scope net", Reason::kNone, "ckpt/boundary/model-10", {{"w", "w"}}}},
    {"saver_prefix_trailing_slash",
     {"net/ is the scope net, whose conv/W is not there", Reason::kMissing}},
    {"saver_prefix_empty_string",
     {"an empty prefix is none", Reason::kNone, "ckpt/boundary/model-10", {{"w", "w"}}}},
    {"saver_shape_mismatch_resource", {"shapes are checked for all", Reason::kMismatch}},
    {"saver_count_mismatch_resource", {"shapes are checked for all", Reason::kMismatch}},
    {"saver_init_finalized",
     {"there is no graph to finalise", Reason::kNone, "ckpt/plain/model-10", kAllOfPlain}},
    {"saver_path_directory",
     {"a directory is what its state file names",
      Reason::kNone,
      "ckpt/steps/model-10",
      {{"w", "w"}}}},
    {"saver_path_directory_slash",
     {"a directory is what its state file names",
      Reason::kNone,
      "ckpt/steps/model-10",
      {{"w", "w"}}}},
    {"smart_directory",
     {"a directory is what its state file names",
      Reason::kNone,
      "ckpt/steps/model-10",
      {{"w", "w"}}}},
    {"smart_directory_slash",
     {"a directory is what its state file names",
      Reason::kNone,
      "ckpt/steps/model-10",
      {{"w", "w"}}}},
    {"smart_directory_ignore_mismatch",
     {"a directory is what its state file names",
      Reason::kNone,
      "ckpt/steps/model-10",
      {{"w", "w"}}}},
    {"saver_path_shard_of_two",
     {"any member file will do", Reason::kNone, "ckpt/two_shards/model-10", kAllOfPlain}},
    {"saver_path_npz", {"every format will do", Reason::kNone, "dict/one.npz", {{"w", "w"}}}},
    {"saver_sliced_into_partitioned",
     {"a part takes its part of the whole",
      Reason::kNone,
      "ckpt/sliced/model-10",
      {{"w", "w"}},
      {"emb/part_0", "emb/part_1"}}},
    {"relaxed_sliced_into_partitioned",
     {"a part takes its part of the whole",
      Reason::kNone,
      "ckpt/sliced/model-10",
      {{"w", "w"}},
      {"emb/part_0", "emb/part_1"}}},
    {"dict_partitioned_whole",
     {"a part takes its part of the whole",
      Reason::kNone,
      "dict/whole_of_parts.npz",
      {},
      {"emb/part_0", "emb/part_1"}}},
    {"relaxed_unknown_shape",
     {"a shape that is not known takes any",
      Reason::kNone,
      "ckpt/shapes/model-10",
      {{"matrix", "matrix"}}}},
    {"relaxed_partly_known_shape",
     {"a dimension that is not known takes any",
      Reason::kNone,
      "ckpt/shapes/model-10",
      {{"matrix", "matrix"}}}},
    {"dict_partly_known_shape",
     {"a dimension that is not known takes any", Reason::kNone, "dict/one.npz", {{"w", "w"}}}},
    {"dict_strings_fixed",
     {"texts are texts, however numpy keeps them",
      Reason::kNone,
      "dict/strings_fixed.npz",
      {{"s", "s"}}}},
    {"dict_shared_initial_value",
     {"each variable gets its own value",
      Reason::kNone,
      "dict/two_of_one_tensor.npz",
      {{"a", "a"}, {"b", "b"}}}},
    {"relaxed_shared_initial_value",
     {"each variable gets its own value",
      Reason::kNone,
      "ckpt/both_forms/model-10",
      {{"w", "w:0"}, {"b", "b"}}}},
    {"smart_npy_old_numpy", {"pickled objects are never read", Reason::kUnsafe}},
    {"smart_npy_array", {"an array is a dict of one entry, which nobody asks for", Reason::kNone}},
    {"smart_home", {"~ is for the shell to replace", Reason::kMissing}},
    {"dict_both_forms_reversed",
     {"a dict has no order: w:0 is used",
      Reason::kNone,
      "dict/both_forms_reversed.npz",
      {{"w", "w:0"}}}},
};

// Values as recorded, other words.
const std::map<std::string, std::vector<std::string>> kOurWarnings = {
    // tensorpack lists the entry `split:1` as "split", which is just what it says is missing.
    {"dict_unknown_keys",
     {"in the session, but not in the dict: split",
      "in the dict, but not restored: aa, split:1, zz"}},
};

// The kinds of error that stand for one of tensorpack's, by the first words of that.
const std::vector<std::pair<std::string, std::set<Reason>>> kKinds = {
    {"No variables to save", {Reason::kMissing}},
    {"Restore conflict", {Reason::kMismatch, Reason::kArgument}},
    {"Restoring from checkpoint failed", {Reason::kMismatch, Reason::kMissing}},
};

// --- The record in our words ---

// The record's warnings about names.
std::vector<std::string> RecordedWarnings(const Json& outcome) {
  std::vector<std::string> warnings;
  for (const Json& line : outcome["log"]) {
    const std::string text = line["text"];
    for (const std::string source : {"checkpoint", "dict"}) {
      const std::string missing =
          "The following variables are in the graph, but not found in the " + source + ": ";
      const std::string left_over =
          "The following variables are in the " + source + ", but not found in the graph: ";
      if (text.starts_with(missing)) {
        warnings.push_back("in the session, but not in the " + source + ": " +
                           text.substr(missing.size()));
      }
      if (text.starts_with(left_over)) {
        warnings.push_back("in the " + source +
                           ", but not restored: " + text.substr(left_over.size()));
      }
    }
  }
  return warnings;
}

// Ours, without the path of the source before it.
std::vector<std::string> WarningsOfNames(const RestorePlan& plan) {
  std::vector<std::string> warnings;
  for (const std::string& warning : plan.warnings) {
    const size_t colon = warning.find(": in the ");
    const std::string text = colon == std::string::npos ? warning : warning.substr(colon + 2);
    if (text.starts_with("in the ")) warnings.push_back(text);
  }
  return warnings;
}

// "cast w", "reshaped w", "mismatched w" for each warning about a value.
std::multiset<std::string> RecordedChanges(const Json& outcome) {
  std::multiset<std::string> changes;
  const auto between = [](const std::string& text, const std::string& before,
                          const std::string& after) {
    const size_t start = text.find(before) + before.size();
    return text.substr(start, text.find(after, start) - start);
  };
  for (const Json& line : outcome["log"]) {
    const std::string text = line["text"];
    if (text.starts_with("The tensor is reshaped"))
      changes.insert("reshaped " + between(text, "assigned to '", "'"));
    if (text.starts_with("Cannot load an array"))
      changes.insert("mismatched " + between(text, "variable '", "'"));
    if (text.find("after casting") == std::string::npos) continue;
    const std::string name = between(text, "Variable ", " has");
    changes.erase("reshaped " + name);  // one line tells both
    changes.insert("cast " + name);
  }
  return changes;
}

std::multiset<std::string> ChangesOf(const RestorePlan& plan) {
  std::multiset<std::string> changes;
  for (const RestoreItem& item : plan.items) {
    const bool is_change = item.match == Match::kCast || item.match == Match::kReshaped ||
                           item.match == Match::kMismatched;
    if (is_change) changes.insert(std::string(Name(item.match)) + " " + item.name);
  }
  return changes;
}

// --- Running ---

class ScenarioTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* corpus = std::getenv("CAIRN_CORPUS");
    if (corpus == nullptr) GTEST_SKIP() << "CAIRN_CORPUS is not set";
    directory_ = std::string(corpus) + "/tensorpack/session_init/";
    scenarios_ = ReadRecord("scenarios.json");
    sources_ = ReadRecord("sources.json");
  }

  void Run(const Json& scenario) {
    RecordedSession session;
    Status status = session.Build(scenario["graph"]);
    const std::map<std::string, RecordedValue> before = session.values();
    if (status.ok()) status = RunLoader(scenario, session.session());
    const auto ours = kOurAnswers.find(scenario["name"]);
    if (ours != kOurAnswers.end()) {
      CheckOurs(ours->second, scenario, status, before, session.values());
    } else {
      CheckRecorded(scenario["outcome"], status, before, session.values());
    }
  }

  std::string directory_;
  Json scenarios_;
  Json sources_;

 private:
  Status RunLoader(const Json& scenario, Session& session) {
    CAIRN_ASSIGN_OR_RETURN(const std::unique_ptr<SessionInit> init, MakeLoader(scenario["loader"]));
    for (int i = 0; i < scenario["times"]; ++i) {
      const Result<RestorePlan> plan = init->Plan(session);
      CheckPlan(scenario, plan);
      CAIRN_RETURN_IF_ERROR(init->Init(session).status());
    }
    return {};
  }

  Result<std::unique_ptr<SessionInit>> MakeLoader(const Json& loader) {
    if (loader.is_null()) return std::unique_ptr<SessionInit>();
    const std::string kind = loader["class"];
    const bool ignore_mismatch = loader.value("ignore_mismatch", false);
    if (kind == "JustCurrentSession")
      return std::unique_ptr<SessionInit>(std::make_unique<JustCurrentSession>());
    if (kind == "DictRestore") {
      return std::unique_ptr<SessionInit>(
          std::make_unique<DictRestore>(Dict(loader["dict"]), ignore_mismatch));
    }
    if (kind == "SmartInit" || kind == "get_model_loader")
      return SmartInit(LocalFileSystem(), Argument(loader["arg"]), ignore_mismatch);
    if (kind == "ChainInit") {
      std::vector<std::unique_ptr<SessionInit>> members;
      for (const Json& member : loader["of"]) {
        CAIRN_ASSIGN_OR_RETURN(members.emplace_back(), MakeLoader(member));
      }
      return std::unique_ptr<SessionInit>(std::make_unique<ChainInit>(std::move(members)));
    }
    RestoreRules rules;
    if (loader.contains("prefix")) rules.prefix = loader["prefix"];
    if (loader.contains("ignore")) rules.ignore = loader["ignore"];
    const std::string path = directory_ + std::string(loader["path"]);
    if (kind == "SaverRestoreRelaxed") {
      return std::unique_ptr<SessionInit>(
          std::make_unique<SaverRestoreRelaxed>(LocalFileSystem(), path, rules));
    }
    EXPECT_EQ(kind, "SaverRestore");
    return std::unique_ptr<SessionInit>(
        std::make_unique<SaverRestore>(LocalFileSystem(), path, rules));
  }

  ModelArgument Argument(const Json& arg) {
    if (arg.is_null()) return nullptr;
    if (arg.is_object()) return Dict(arg);
    if (arg.is_array()) {
      ModelArgument::List list;
      for (const Json& element : arg) list.push_back(Argument(element));
      return list;
    }
    const std::string path = arg;
    const bool is_relative = !path.empty() && path[0] != '~';
    return is_relative ? directory_ + path : path;
  }

  TensorDict Dict(const Json& dict) {
    std::map<std::string, Array> arrays;
    if (!dict.contains("npz")) return TensorDict();
    const std::string path = dict["npz"];
    const bool is_of_objects = dict.contains("as") && dict["as"].begin().value() == "bytes objects";
    if (!dict.contains("as") || !is_of_objects) return OpenNpz(path);
    for (const auto& [key, tensor] : sources_["dicts"][path].items()) {
      const RecordedValue& value = kept_.emplace_back(ToValue(tensor));
      Array array(value.dtype, value.bytes, value.dims);
      array.strings = value.strings;
      arrays.insert({key, array});
    }
    const Result<TensorDict> made = DictOf(arrays);
    EXPECT_TRUE(made.ok()) << made.status().message();
    return made.ok() ? *made : TensorDict();
  }

  TensorDict OpenNpz(const std::string& path) {
    const Result<TensorDict> opened = Open(LocalFileSystem(), directory_ + path);
    EXPECT_TRUE(opened.ok()) << opened.status().message();
    return opened.ok() ? *opened : TensorDict();
  }

  static void CheckPlan(const Json& scenario, const Result<RestorePlan>& plan) {
    const Json& outcome = scenario["outcome"];
    const std::vector<std::string> recorded = RecordedWarnings(outcome);
    // Tensorpack's failures come before its warnings.
    const bool failed_first = !outcome["error"].is_null() && recorded.empty();
    if (!plan.ok() || failed_first || kOurAnswers.contains(scenario["name"])) return;
    std::vector<std::string> warnings;  // tensorpack warns each time
    for (int i = 0; i < scenario["times"]; ++i)
      std::ranges::copy(WarningsOfNames(*plan), std::back_inserter(warnings));
    const auto ours = kOurWarnings.find(scenario["name"]);
    EXPECT_EQ(warnings, ours == kOurWarnings.end() ? recorded : ours->second);
    if (outcome["error"].is_null()) {
      EXPECT_EQ(ChangesOf(*plan), RecordedChanges(outcome));
    }
  }

  static void CheckRecorded(const Json& outcome, const Status& status,
                            const std::map<std::string, RecordedValue>& before,
                            const std::map<std::string, RecordedValue>& after) {
    EXPECT_EQ(status.ok(), outcome["error"].is_null()) << status.message() << outcome["error"];
    if (!status.ok()) {
      CheckKind(outcome["error"], status);
      EXPECT_EQ(after, before) << "an error must leave the session as it was";
      return;
    }
    for (const auto& [tensor_name, tensor] : outcome["variables"].items()) {
      const std::string name = tensor_name.substr(0, tensor_name.size() - 2);
      ASSERT_TRUE(after.contains(name)) << name;
      const bool unset = tensor.contains("uninitialized");
      EXPECT_EQ(after.at(name), unset ? before.at(name) : ToValue(tensor)) << name;
    }
    EXPECT_EQ(after.size(), outcome["variables"].size());
  }

  static void CheckKind(const Json& error, const Status& status) {
    const std::string text = error.is_null() ? "" : error["text"];
    for (const auto& [words, reasons] : kKinds) {
      if (!text.starts_with(words)) continue;
      EXPECT_TRUE(reasons.contains(status.reason())) << status.ToString() << " for " << text;
    }
  }

  void CheckOurs(const OurAnswer& ours, const Json& scenario, const Status& status,
                 const std::map<std::string, RecordedValue>& before,
                 const std::map<std::string, RecordedValue>& after) {
    SCOPED_TRACE(ours.reason);
    EXPECT_EQ(status.reason(), ours.error) << status.message();
    const Json& all = sources_[ours.source.starts_with("dict/") ? "dicts" : "checkpoints"];
    std::map<std::string, RecordedValue> expected = before;
    for (const auto& [variable, entry] : ours.values) {
      expected[variable] = ToValue(all[ours.source][entry]);
    }
    const auto num_parts = static_cast<int64_t>(ours.parts.size());
    for (int64_t i = 0; i < num_parts; ++i)
      expected[ours.parts[i]] = Part(ToValue(all[ours.source]["emb"]), i, num_parts);
    EXPECT_EQ(after, expected);
    CheckItIsAFault(scenario["outcome"], ours, expected);
  }

  // A row of kOurAnswers that says what tensorpack does anyway has no place there.
  static void CheckItIsAFault(const Json& outcome, const OurAnswer& ours,
                              const std::map<std::string, RecordedValue>& expected) {
    bool differs = outcome["error"].is_null() != (ours.error == Reason::kNone);
    for (const auto& [name, value] : expected) {
      const Json& tensor = outcome["variables"][name + ":0"];
      differs |= tensor.contains("uninitialized") || ToValue(tensor) != value;
    }
    EXPECT_TRUE(differs) << "the record agrees";
  }

  std::deque<RecordedValue> kept_;  // arrays that dicts borrow
};

TEST_F(ScenarioTest, RestoresAsTensorpackDid) {
  size_t num_run = 0;
  size_t num_ours = 0;
  size_t num_not_compiled = 0;
  for (const Json& scenario : scenarios_) {
    const std::string name = scenario["name"];
    SCOPED_TRACE(name);
    if (kDoesNotCompile.contains(name)) {
      ++num_not_compiled;
      continue;
    }
    ++num_run;
    num_ours += kOurAnswers.count(name);
    Run(scenario);
  }
  EXPECT_EQ(num_ours, kOurAnswers.size()) << "a row of kOurAnswers is not run";
  EXPECT_EQ(num_not_compiled, kDoesNotCompile.size()) << "a row of kDoesNotCompile is no scenario";
  EXPECT_EQ(num_run + num_not_compiled, 223u);
  std::cout << num_run << " of " << scenarios_.size() << " scenarios run, " << num_ours
            << " of them with our own answer; C++ cannot write " << num_not_compiled << "\n";
}

}  // namespace
}  // namespace cairn
