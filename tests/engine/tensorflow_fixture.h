// Where the tests of the TensorFlow engine find real files and real TensorFlow.
#ifndef CAIRN_TESTS_ENGINE_TENSORFLOW_FIXTURE_H_
#define CAIRN_TESTS_ENGINE_TENSORFLOW_FIXTURE_H_

#include <cstdlib>
#include <string>

#include "cairn/engines/tensorflow/tensorflow_options.h"
#include "cairn/testing/sanitizer.h"

namespace cairn::testing {

inline std::string Environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Returns why there is no TensorFlow to test with; "" where there is one.
inline std::string WhyNoTensorFlow() {
  if (kHasThreadSanitizer) return "TensorFlow's own threads are not known to ThreadSanitizer";
  return Environment("CAIRN_TENSORFLOW").empty()
             ? "CAIRN_TENSORFLOW does not name the directory of a TensorFlow package"
             : "";
}

// The same for tests that need files of the corpus, too.
inline std::string WhyNoRealFiles() {
  return Environment("CAIRN_CORPUS").empty() ? "CAIRN_CORPUS does not name the folder of the corpus"
                                             : WhyNoTensorFlow();
}

inline std::string PathInCorpus(const std::string& path) {
  return Environment("CAIRN_CORPUS") + "/" + path;
}

// TensorFlow in the process of the test, or in a worker.
inline TensorFlowOptions TensorFlowIn(TensorFlowProcess process) {
  TensorFlowOptions options;
  options.directory = Environment("CAIRN_TENSORFLOW");
  options.process = process;
  return options;
}
inline TensorFlowOptions TensorFlowHere() { return TensorFlowIn(TensorFlowProcess::kThis); }

}  // namespace cairn::testing

#endif  // CAIRN_TESTS_ENGINE_TENSORFLOW_FIXTURE_H_
