#include "tests/support/expected_checkpoint.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/value_hash.h"

namespace cairn::testing {
namespace {

using nlohmann::json;

ExpectedCheckpoint ParseExpected(const std::filesystem::path& path) {
  std::ifstream file(path);
  const json parsed = json::parse(file);
  ExpectedCheckpoint expected{path.stem().string(), parsed.at("prefix"), {}};
  for (const auto& [name, entry] : parsed.at("tensors").items()) {
    expected.tensors[name] = {entry.at("dtype"), entry.at("shape"), entry.value("sha256", "")};
  }
  return expected;
}

}  // namespace

std::vector<ExpectedCheckpoint> ReadExpected(const std::filesystem::path& folder) {
  std::vector<ExpectedCheckpoint> all;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") all.push_back(ParseExpected(entry.path()));
  }
  std::ranges::sort(all, {}, &ExpectedCheckpoint::name);
  return all;
}

void ExpectSameTensors(const TensorDict& dict, const ExpectedCheckpoint& expected) {
  std::vector<std::string> names;
  for (const TensorInfo& tensor : dict) names.emplace_back(tensor.name);
  std::vector<std::string> expected_names;
  for (const auto& [name, tensor] : expected.tensors) expected_names.push_back(name);
  ASSERT_THAT(names, ::testing::ElementsAreArray(expected_names));

  for (const TensorInfo& info : dict) {
    const ExpectedTensor& tensor = expected.tensors.at(std::string(info.name));
    EXPECT_EQ(Name(info.dtype), tensor.dtype) << info.name;
    EXPECT_THAT(info.dims, ::testing::ElementsAreArray(tensor.shape)) << info.name;
  }
}

void ExpectSameValue(const TensorSource& source, const ExpectedTensor& expected) {
  EXPECT_EQ(Name(source.dtype()), expected.dtype);
  EXPECT_THAT(source.shape().dims(), ::testing::ElementsAreArray(expected.shape));
  const Result<std::string> streamed = HashOfValue(source);
  ASSERT_TRUE(streamed.ok()) << streamed.status().message();
  EXPECT_EQ(*streamed, expected.sha256) << "by stream";
  if (source.dtype() == DType::kString) return;

  const Result<std::string> read = HashByReadAt(source);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(*read, expected.sha256) << "by ReadAt";
  if (!source.extent()) return;

  EXPECT_EQ(source.extent()->nbytes, source.nbytes());
  const Result<std::string> taken = HashOfExtent(*source.extent());
  ASSERT_TRUE(taken.ok()) << taken.status().message();
  EXPECT_EQ(*taken, expected.sha256) << "by extent";
}

std::ostream& operator<<(std::ostream& out, const ExpectedCheckpoint& expected) {
  return out << expected.name;
}

}  // namespace cairn::testing
