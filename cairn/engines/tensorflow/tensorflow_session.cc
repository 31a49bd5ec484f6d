#include "cairn/engines/tensorflow/tensorflow_session.h"

#include "cairn/engines/tensorflow/runtime_session.h"
#include "cairn/engines/tensorflow/session_graph.h"
#include "cairn/engines/tensorflow/start_runtime.h"

namespace cairn {

Result<std::unique_ptr<TensorFlowSession>> TensorFlowSession::Open(
    FileSystem& fs, const std::string& path, const TensorFlowOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(tensorflow::SessionGraph read, tensorflow::ReadSessionGraph(fs, path));
  CAIRN_ASSIGN_OR_RETURN(auto runtime, tensorflow::StartRuntime(options));
  return tensorflow::RuntimeSession::Make(std::move(read.graph), read.checkpoint,
                                          std::move(runtime));
}

}  // namespace cairn
