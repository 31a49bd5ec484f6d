// Options that say which TensorFlow a session uses, and where it runs.
#ifndef CAIRN_ENGINES_TENSORFLOW_TENSORFLOW_OPTIONS_H_
#define CAIRN_ENGINES_TENSORFLOW_TENSORFLOW_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace cairn {

// Where TensorFlow runs.
enum class TensorFlowProcess : uint8_t {
  // In a worker process. TensorFlow ends its process on some malformed graphs; this one only gets
  // an error.
  kWorker,
  // In this process, for programs that trust the graph.
  kThis,
};

struct TensorFlowOptions {
  // The directory of the installed package, the one that holds libtensorflow_cc.so.2. Empty: the
  // environment variable CAIRN_TENSORFLOW, else what `python3` would import.
  std::string directory = {};
  TensorFlowProcess process = TensorFlowProcess::kWorker;
  // Libraries with further ops, which TensorFlow loads before the graph.
  std::vector<std::string> op_libraries = {};
  // Threads within an op and across ops; 0: as TensorFlow chooses. The first session in a process
  // fixes them for all.
  int num_intra_op_threads = 0;
  int num_inter_op_threads = 0;

  // These are for the worker process alone.
  //
  // The program that it runs. Empty: `cairn-tensorflow-worker` in the directory of the running
  // program, else in ../libexec/cairn or ../lib/cairn from there.
  std::string worker_program = {};
  // Bytes of memory that it may take for itself; 0: no limit. TensorFlow needs about 100 MiB, and
  // 8 MiB for each thread, before it holds a graph.
  uint64_t worker_memory_limit = 0;
  // How long a call may take before the worker is killed; 0: no limit. The start of the worker may
  // take a minute in any case.
  int64_t worker_timeout_ms = 0;
};

}  // namespace cairn

#endif  // CAIRN_ENGINES_TENSORFLOW_TENSORFLOW_OPTIONS_H_
