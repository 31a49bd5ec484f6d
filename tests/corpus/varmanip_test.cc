// Compares our load_chkpt_vars and save_chkpt_vars with tensorpack's, recorded call by call.
// The recording is in the corpus, which CAIRN_CORPUS names.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cairn/compat/chkpt_vars.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/source/extent_source.h"
#include "cairn/source/string_source.h"
#include "cairn/testing/values.h"
#include "cairn/testing/zip_bytes.h"
#include "tests/support/value_hash.h"

namespace cairn::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAreArray;

// Cases in which the reference does otherwise, and why ours is right.
const std::map<std::string, std::string> kOtherwise = {
    {"by the directory", "a directory is its newest checkpoint"},
    {"checkpoint, both forms: the second is renamed", "an error names both"},
    {"checkpoint, names that differ in case only: the second is renamed", "names stay"},
    {"checkpoint, a name inside another", "names stay"},
    {"checkpoint, name with a blank", "names stay"},
    {"checkpoint, name starts with _", "names stay"},
    {"checkpoint, name starts with /", "names stay"},
    {"checkpoint, empty dict", "an empty checkpoint is one"},
};
// Values of Python that have no dtype of their own: there are none in C++.
const std::set<std::string> kOfPython = {"checkpoint, Python numbers and lists",
                                         "npz, Python numbers and lists"};

std::filesystem::path Corpus() {
  const char* folder = std::getenv("CAIRN_CORPUS");
  return folder == nullptr ? "" : std::filesystem::path(folder) / "tensorpack/dump";
}

json Recorded() {
  std::ifstream file(Corpus() / "varmanip.json");
  return json::parse(file);
}

template <typename T>
void Append(std::vector<std::byte>& bytes, T value) {
  const auto* const begin = reinterpret_cast<const std::byte*>(&value);
  bytes.insert(bytes.end(), begin, begin + sizeof value);
}

void AppendElement(std::vector<std::byte>& bytes, const std::string& dtype, const json& value) {
  if (dtype == "float32") return Append(bytes, value.get<float>());
  if (dtype == "float64") return Append(bytes, value.get<double>());
  if (dtype == "int8") return Append(bytes, value.get<int8_t>());
  if (dtype == "int64") return Append(bytes, value.get<int64_t>());
  if (dtype == "bool") return Append(bytes, static_cast<uint8_t>(value.get<bool>()));
  if (dtype == "complex64") {
    Append(bytes, value[0].get<float>());
    return Append(bytes, value[1].get<float>());
  }
  ASSERT_EQ(dtype, "float16");
  // 0, 1, 2, 3, 4, 5: the values that were recorded.
  constexpr uint16_t kHalves[] = {0, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500};
  Append(bytes, kHalves[value.get<size_t>()]);
}

std::shared_ptr<const TensorSource> SourceOfJson(const json& tensor) {
  const std::string dtype = tensor.at("dtype");
  const auto dims = tensor.at("shape").get<std::vector<int64_t>>();
  if (dtype == "string") {
    StringTensor strings;
    for (const json& value : tensor.at("values")) strings.Add(value.get<std::string>());
    return MakeStringSource(DType::kString, *Shape::Make(dims), std::move(strings));
  }
  std::vector<std::byte> bytes;
  for (const json& value : tensor.at("values")) AppendElement(bytes, dtype, value);
  auto memory = std::make_shared<const MemoryFile>(std::move(bytes), "memory");
  const uint64_t nbytes = memory->size();
  return *ExtentSource::Make(*DTypeFromName(dtype), *Shape::Make(dims),
                             {std::move(memory), 0, nbytes, std::nullopt});
}

TensorDict DictOfJson(const json& tensors) {
  TensorDict::Builder builder;
  for (const auto& [name, tensor] : tensors.items()) builder.Add(name, SourceOfJson(tensor));
  return *builder.Build();
}

void ExpectDict(const TensorDict& dict, const json& tensors) {
  std::vector<std::string> expected;
  for (const auto& [name, tensor] : tensors.items()) expected.push_back(name);
  std::vector<std::string> names;
  for (const TensorInfo& tensor : dict) names.emplace_back(tensor.name);
  ASSERT_THAT(names, ElementsAreArray(expected));
  for (const auto& [name, tensor] : tensors.items()) {
    const auto source = *dict.Get(name);
    EXPECT_EQ(Name(source->dtype()), tensor.at("dtype").get<std::string>()) << name;
    EXPECT_THAT(source->shape().dims(),
                ElementsAreArray(tensor.at("shape").get<std::vector<int64_t>>()))
        << name;
    EXPECT_EQ(*HashOfValue(*source), tensor.at("sha256").get<std::string>()) << name;
  }
}

class VarmanipTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (Corpus().empty()) GTEST_SKIP() << "CAIRN_CORPUS does not name the corpus";
  }
};

TEST_F(VarmanipTest, LoadsAsTheReferenceDid) {
  const json all = Recorded();
  for (const json& recorded : all.at("load_chkpt_vars")) {
    const std::string what = recorded.at("description");
    SCOPED_TRACE(what);
    const std::string path = recorded.at("path");  // in/…
    const auto dict =
        LoadChkptVars(LocalFileSystem(), (Corpus() / "varmanip" / path.substr(3)).string());
    if (recorded.contains("result")) {
      ASSERT_TRUE(dict.ok()) << dict.status().message();
      ExpectDict(*dict, recorded.at("result"));
    } else if (kOtherwise.contains(what)) {
      EXPECT_TRUE(dict.ok()) << dict.status().message();
    } else {
      EXPECT_EQ(dict.status().reason(), Reason::kMissing);
    }
  }
}

TEST_F(VarmanipTest, SavesAsTheReferenceDid) {
  const json all = Recorded();
  for (const json& recorded : all.at("save_chkpt_vars")) {
    const std::string what = recorded.at("description");
    if (kOfPython.contains(what)) continue;
    SCOPED_TRACE(what);
    MemoryFileSystem fs;
    const std::string path = recorded.at("path");
    const TensorDict given = DictOfJson(recorded.at("given"));
    for (size_t i = 0; i < given.size(); ++i)
      EXPECT_EQ(
          *HashOfValue(**given.source(i)),
          recorded.at("given").at(std::string(given.name(i))).at("sha256").get<std::string>());
    const auto saved = SaveChkptVars(fs, path, given);
    if (kOtherwise.contains(what)) {
      const bool is_written = kOtherwise.at(what).starts_with("names stay") || given.size() == 0;
      EXPECT_EQ(saved.ok(), is_written);
      if (is_written) {
        ExpectDict(*Open(fs, path), recorded.at("given"));
      }
      continue;
    }
    if (recorded.contains("error")) {
      EXPECT_EQ(saved.status().reason(), Reason::kArgument);
      continue;
    }
    ASSERT_TRUE(saved.ok()) << saved.status().message();
    ExpectDict(*Open(fs, path), recorded.at("written"));
    if (recorded.contains("files")) {
      EXPECT_THAT(*fs.List(std::filesystem::path(path).parent_path().string()),
                  ElementsAreArray(recorded.at("files").get<std::vector<std::string>>()));
    }
  }
}

TEST_F(VarmanipTest, TheLaterOfTwoFormsIsTheOneBehind) {
  MemoryFileSystem fs;
  const auto array = [](char value) {
    return NpyBytes("{'descr': '|i1', 'fortran_order': False, 'shape': (1,), }\n",
                    std::string(1, value));
  };
  ZipBytes zip;
  zip.members = {StoredMember("w:0.npy", array('a')), StoredMember("w.npy", array('b'))};
  ASSERT_TRUE(fs.Put("m.npz", AsBytes(zip.file())).ok());
  EXPECT_EQ(*ReadAsText(*LoadChkptVars(fs, "m.npz"), "w"), "b");
}

}  // namespace
}  // namespace cairn::testing
