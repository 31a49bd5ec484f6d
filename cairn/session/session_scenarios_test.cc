// SaverRestore and DictRestore against what tensorpack itself did, scenario by scenario
// (tensorpack/session_init/scenarios.json of the corpus).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "cairn/session/memory_session.h"
#include "cairn/session/memory_source.h"
#include "cairn/session/session_init.h"

namespace cairn {
namespace {

using Json = nlohmann::json;

// --- Recorded tensors ---

struct Value {
  DType dtype = DType::kInvalid;
  std::vector<int64_t> dims;
  std::vector<std::byte> bytes;
  std::vector<std::string> strings;

  friend bool operator==(const Value&, const Value&) = default;
};

double Number(const Json& element) {
  if (!element.is_string()) return element.is_boolean() ? element.get<bool>() : double(element);
  if (element == "nan") return std::nan("");
  return element == "-inf" ? -HUGE_VAL : HUGE_VAL;
}

double DecodeSmallFloat(uint16_t bits, int num_mantissa_bits, int bias) {
  const int mantissa = bits & ((1 << num_mantissa_bits) - 1);
  const int exponent = (bits & 0x7fff) >> num_mantissa_bits;
  const int implied = exponent == 0 ? 0 : 1 << num_mantissa_bits;
  const double magnitude =
      std::ldexp(mantissa + implied, std::max(exponent, 1) - bias - num_mantissa_bits);
  return bits & 0x8000 ? -magnitude : magnitude;
}

// Recorded values are exact, so one of the 65536 is it.
uint16_t EncodeSmallFloat(double value, int num_mantissa_bits, int bias) {
  for (uint32_t bits = 0; bits <= 0xffff; ++bits) {
    const auto candidate = static_cast<uint16_t>(bits);
    if (DecodeSmallFloat(candidate, num_mantissa_bits, bias) == value) return candidate;
  }
  ADD_FAILURE() << value << " is no value of this type";
  return 0;
}

template <typename T>
void Append(std::vector<std::byte>& bytes, T value) {
  bytes.resize(bytes.size() + sizeof(T));
  StoreLittleEndian(bytes.data() + bytes.size() - sizeof(T), value);
}

void AppendElement(DType dtype, const Json& element, std::vector<std::byte>& bytes) {
  switch (dtype) {
    case DType::kFloat32:
      return Append(bytes, static_cast<float>(Number(element)));
    case DType::kFloat64:
      return Append(bytes, Number(element));
    case DType::kFloat16:
      return Append(bytes, EncodeSmallFloat(Number(element), 10, 15));
    case DType::kBFloat16:
      return Append(bytes, EncodeSmallFloat(Number(element), 7, 127));
    case DType::kComplex64:
      for (const Json& part : element) Append(bytes, static_cast<float>(Number(part)));
      return;
    case DType::kComplex128:
      for (const Json& part : element) Append(bytes, Number(part));
      return;
    default: {  // integers and bool: the low bytes
      const uint64_t bits = element.is_number_unsigned() ? element.get<uint64_t>()
                            : element.is_boolean()       ? uint64_t{element.get<bool>()}
                                                         : uint64_t(element.get<int64_t>());
      for (uint64_t i = 0; i < ElementNbytes(dtype); ++i) {
        bytes.push_back(static_cast<std::byte>(bits >> (8 * i)));
      }
    }
  }
}

std::string Text(const Json& element) {
  if (element.is_string()) return element;
  const std::string hex = element["hex"];
  std::string text;
  for (size_t i = 0; i < hex.size(); i += 2) {
    text += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return text;
}

Value ToValue(const Json& tensor) {
  Value value{DTypeFromName(std::string(tensor["dtype"])).value_or(DType::kInvalid),
              tensor["shape"],
              {},
              {}};
  for (const Json& element : tensor["values"]) {
    if (value.dtype == DType::kString) {
      value.strings.push_back(Text(element));
    } else {
      AppendElement(value.dtype, element, value.bytes);
    }
  }
  return value;
}

// --- Recorded graphs as sessions ---

// The value of part `i` of `count` along axis 0, as TensorFlow cuts it.
Value Part(const Value& whole, int64_t i, int64_t count) {
  const int64_t rows = whole.dims[0];
  const int64_t begin = i * (rows / count) + std::min(i, rows % count);
  const int64_t length = rows / count + (i < rows % count ? 1 : 0);
  const size_t row_nbytes = whole.bytes.size() / static_cast<size_t>(rows);
  const auto first = whole.bytes.begin() + begin * static_cast<int64_t>(row_nbytes);
  Value part{whole.dtype, whole.dims, {}, {}};
  part.dims[0] = length;
  part.bytes.assign(first, first + length * static_cast<int64_t>(row_nbytes));
  return part;
}

class RecordedSession {
 public:
  // Errors: those of MemorySession::Add.
  Status Build(const Json& graph) {
    for (const Json& variable : graph) {
      const Value initial = ToValue(variable["initial"]);
      const std::string name = variable["name"];
      const int64_t num_parts = variable.value("partitions", 0);
      if (num_parts == 0) CAIRN_RETURN_IF_ERROR(Add(name, initial, variable));
      for (int64_t i = 0; i < num_parts; ++i) {
        const std::string part_name = name + "/part_" + std::to_string(i);
        CAIRN_RETURN_IF_ERROR(Add(part_name, Part(initial, i, num_parts), variable));
      }
      if (variable.contains("added_twice")) CAIRN_RETURN_IF_ERROR(Add(name, initial, variable));
    }
    return {};
  }

  MemorySession& session() { return session_; }
  const std::map<std::string, Value>& values() const { return values_; }

 private:
  Status Add(const std::string& name, const Value& initial, const Json& variable) {
    const Json& collections = variable["collections"];
    const auto has = [&](const char* c) {
      return std::ranges::find(collections, c) != collections.end();
    };
    const Collections ours{.trainable = has("trainable_variables"),
                           .model = has("model_variables"),
                           .local = !has("variables")};
    Value& value = values_.insert({name, initial}).first->second;
    if (value.dtype == DType::kString) return session_.Add(name, value.strings, value.dims, ours);
    return session_.Add(name, value.dtype, value.bytes, value.dims, ours);
  }

  std::map<std::string, Value> values_;
  MemorySession session_;
};

// --- Which scenarios are ours to run ---

// Returns what a scenario needs that is not here yet, or that C++ has no place for; nothing if it
// runs.
std::optional<std::string> NotRunBecause(const Json& scenario) {
  static const std::map<std::string, std::string> by_name = {
      {"saver_v1", "waits for V1 checkpoints"},
      {"saver_path_npz", "waits for npz files"},
      {"saver_sliced_into_whole", "waits for values stored in slices"},
      {"dict_strings_fixed", "waits for npz files (numpy's |S strings)"},
  };
  const Json& loader = scenario["loader"];
  const std::string kind = loader["class"];
  if (kind != "SaverRestore" && kind != "DictRestore") return "waits for " + kind;
  if (const auto named = by_name.find(scenario["name"]); named != by_name.end()) {
    return named->second;
  }
  if (loader.contains("ignore_mismatch")) return "waits for the relaxed value rule";
  for (const Json& line : scenario["outcome"]["log"]) {
    const std::string text = line["text"];
    const bool relaxed = text.find("is reshaped from") != std::string::npos ||
                         text.find("after casting") != std::string::npos;
    if (relaxed) return "waits for the relaxed value rule";
  }
  for (const Json& variable : scenario["graph"]) {
    if (variable.contains("declared")) return "waits for sessions with unknown shapes";
  }
  if (loader.contains("ignore") && loader["ignore"].is_string()) {
    return "cannot be written in C++ (ignore is a list)";
  }
  if (kind == "SaverRestore") return std::nullopt;
  const Json& dict = loader["dict"];
  if (dict.contains("python")) {
    if (dict["python"] == "{}") return std::nullopt;
    return "cannot be written in C++ (a dict is a dict)";
  }
  if (!dict.contains("as")) return std::nullopt;
  for (const Json& as : dict["as"]) {
    if (as == "python number" || as == "python list") {
      return "cannot be written in C++ (values have a dtype)";
    }
  }
  return std::nullopt;
}

// --- Where the record is at fault ---

struct OurAnswer {
  std::string reason;
  Reason error = Reason::kNone;
  std::string source = {};                         // of `values`, in sources.json
  std::map<std::string, std::string> values = {};  // variable -> entry; the others stay
};

const std::map<std::string, std::string> kAllOfPlain = {
    {"conv/W", "conv/W"}, {"conv/b", "conv/b"}, {"fc/W", "fc/W"}, {"global_step", "global_step"}};

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
    {"saver_path_shard_of_two",
     {"any member file will do", Reason::kNone, "ckpt/two_shards/model-10", kAllOfPlain}},
    {"dict_both_forms_reversed",
     {"a dict has no order: w:0 is used",
      Reason::kNone,
      "dict/both_forms_reversed.npz",
      {{"w", "w:0"}}}},
    {"dict_shared_initial_value",
     {"each variable gets its own value",
      Reason::kNone,
      "dict/two_of_one_tensor.npz",
      {{"a", "a"}, {"b", "b"}}}},
};

// Values as recorded, other words.
const std::map<std::string, std::vector<std::string>> kOurWarnings = {
    // tensorpack lists the entry `split:1` as "split", which is just what it says is missing.
    {"dict_unknown_keys",
     {"in the session, but not in the dict: split",
      "in the dict, but not restored: aa, split:1, zz"}},
};

// --- Running ---

// The record's warnings about names, in our words.
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

std::vector<std::string> WarningsOfNames(const RestorePlan& plan) {
  std::vector<std::string> warnings;
  for (const std::string& warning : plan.warnings) {
    if (warning.starts_with("in the ")) warnings.push_back(warning);
  }
  return warnings;
}

class ScenarioTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* corpus = std::getenv("CAIRN_CORPUS");
    if (corpus == nullptr) GTEST_SKIP() << "CAIRN_CORPUS is not set";
    directory_ = std::string(corpus) + "/tensorpack/session_init/";
    std::ifstream scenarios(directory_ + "scenarios.json");
    std::ifstream sources(directory_ + "sources.json");
    ASSERT_TRUE(scenarios && sources) << "not in " << directory_;
    scenarios_ = Json::parse(scenarios);
    sources_ = Json::parse(sources);
  }

  void Run(const Json& scenario) {
    RecordedSession session;
    const Status built = session.Build(scenario["graph"]);
    const std::map<std::string, Value> before = session.values();
    const std::unique_ptr<SessionInit> init = MakeInit(scenario["loader"]);
    Status status = built;
    for (int i = 0; built.ok() && i < scenario["times"]; ++i) {
      CheckWarnings(scenario, init->Plan(session.session()));
      status = init->Init(session.session()).status();
    }
    const bool is_ours = kOurAnswers.contains(scenario["name"]);
    if (is_ours) {
      CheckOurs(kOurAnswers.at(scenario["name"]), scenario, status, before, session.values());
    } else {
      CheckRecorded(scenario["outcome"], status, before, session.values());
    }
  }

  std::string directory_;
  Json scenarios_;
  Json sources_;

 private:
  std::unique_ptr<SessionInit> MakeInit(const Json& loader) {
    if (loader["class"] == "DictRestore")
      return std::make_unique<DictRestore>(Dict(loader["dict"]));
    RestoreRules rules;
    if (loader.contains("prefix")) rules.prefix = loader["prefix"];
    if (loader.contains("ignore")) rules.ignore = loader["ignore"];
    const std::string path = directory_ + std::string(loader["path"]);
    return std::make_unique<SaverRestore>(LocalFileSystem(), path, rules);
  }

  TensorDict Dict(const Json& dict) {
    std::map<std::string, Array> arrays;
    if (!dict.contains("npz")) return TensorDict();
    for (const auto& [key, tensor] : sources_["dicts"][std::string(dict["npz"])].items()) {
      const Value& value = kept_.emplace_back(ToValue(tensor));
      Array array(value.dtype, value.bytes, value.dims);
      array.strings = value.strings;
      arrays.insert({key, array});
    }
    const Result<TensorDict> made = DictOf(arrays);
    EXPECT_TRUE(made.ok()) << made.status().message();
    return made.ok() ? *made : TensorDict();
  }

  static void CheckWarnings(const Json& scenario, const Result<RestorePlan>& plan) {
    const std::vector<std::string> recorded = RecordedWarnings(scenario["outcome"]);
    // Tensorpack's failures come before its warnings.
    const bool failed_first = !scenario["outcome"]["error"].is_null() && recorded.empty();
    if (!plan.ok() || failed_first || kOurAnswers.contains(scenario["name"])) return;
    const auto ours = kOurWarnings.find(scenario["name"]);
    EXPECT_EQ(WarningsOfNames(*plan), ours == kOurWarnings.end() ? recorded : ours->second);
  }

  static void CheckRecorded(const Json& outcome, const Status& status,
                            const std::map<std::string, Value>& before,
                            const std::map<std::string, Value>& after) {
    EXPECT_EQ(status.ok(), outcome["error"].is_null()) << status.message() << outcome["error"];
    if (!status.ok()) {
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

  void CheckOurs(const OurAnswer& ours, const Json& scenario, const Status& status,
                 const std::map<std::string, Value>& before,
                 const std::map<std::string, Value>& after) {
    SCOPED_TRACE(ours.reason);
    EXPECT_EQ(status.reason(), ours.error) << status.message();
    const Json& all = sources_[ours.source.starts_with("dict/") ? "dicts" : "checkpoints"];
    std::map<std::string, Value> expected = before;
    for (const auto& [variable, entry] : ours.values) {
      expected[variable] = ToValue(all[ours.source][entry]);
    }
    EXPECT_EQ(after, expected);
    CheckItIsAFault(scenario["outcome"], ours, expected);
  }

  // A row of kOurAnswers that says what tensorpack does anyway has no place there.
  static void CheckItIsAFault(const Json& outcome, const OurAnswer& ours,
                              const std::map<std::string, Value>& expected) {
    bool differs = outcome["error"].is_null() != (ours.error == Reason::kNone);
    for (const auto& [name, value] : expected) {
      const Json& tensor = outcome["variables"][name + ":0"];
      differs |= tensor.contains("uninitialized") || ToValue(tensor) != value;
    }
    EXPECT_TRUE(differs) << "the record agrees";
  }

  std::deque<Value> kept_;  // arrays that dicts borrow
};

TEST_F(ScenarioTest, RestoresAsTensorpackDid) {
  std::map<std::string, std::vector<std::string>> not_run;
  size_t num_run = 0;
  size_t num_ours = 0;
  for (const Json& scenario : scenarios_) {
    const std::string name = scenario["name"];
    SCOPED_TRACE(name);
    if (const auto because = NotRunBecause(scenario)) {
      not_run[*because].push_back(name);
      continue;
    }
    ++num_run;
    num_ours += kOurAnswers.count(name);
    Run(scenario);
  }
  EXPECT_EQ(num_ours, kOurAnswers.size()) << "a row of kOurAnswers is not run";
  std::cout << num_run << " of " << scenarios_.size() << " scenarios run, " << num_ours
            << " of them with our own answer\n";
  for (const auto& [because, names] : not_run) {
    std::cout << names.size() << " " << because << ":";
    for (const std::string& name : names) std::cout << " " << name;
    std::cout << "\n";
  }
  // A rule above that begins to swallow scenarios shows here.
  EXPECT_EQ(num_run, 104);
}

}  // namespace
}  // namespace cairn
