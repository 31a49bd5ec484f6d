// The answers of TensorFlow's own reader about a checkpoint, stored as JSON beside the corpus and
// the golden files: data/expected/README.md of the corpus defines the fields.
#ifndef CAIRN_TESTS_SUPPORT_EXPECTED_CHECKPOINT_H_
#define CAIRN_TESTS_SUPPORT_EXPECTED_CHECKPOINT_H_

#include <cstdint>
#include <filesystem>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "cairn/core/tensor_dict.h"

namespace cairn::testing {

struct ExpectedTensor {
  std::string dtype;
  std::vector<int64_t> shape;
  std::string sha256;  // empty: TensorFlow lists the tensor and cannot give its value
};

struct ExpectedCheckpoint {
  std::string name;    // of the JSON file, without the ending
  std::string prefix;  // relative to the folder of the checkpoints
  std::map<std::string, ExpectedTensor> tensors;
};

// Every JSON file of `folder`, by name. A file that is not as it should be is a failure of the
// machine, and ends the program.
std::vector<ExpectedCheckpoint> ReadExpected(const std::filesystem::path& folder);

// A test failure for each name, dtype and shape of `dict` that is not as expected.
void ExpectSameTensors(const TensorDict& dict, const ExpectedCheckpoint& expected);

// A test failure unless the value is the expected one, by stream, by ReadAt and by extent.
void ExpectSameValue(const TensorSource& source, const ExpectedTensor& expected);

// For the names of parameterised tests.
std::ostream& operator<<(std::ostream& out, const ExpectedCheckpoint& expected);

}  // namespace cairn::testing

#endif  // CAIRN_TESTS_SUPPORT_EXPECTED_CHECKPOINT_H_
