#include "cairn/engines/tensorflow/start_runtime.h"

#include "cairn/engines/tensorflow/find_tensorflow.h"
#include "cairn/engines/tensorflow/in_process_runtime.h"
#include "cairn/engines/tensorflow/worker_runtime.h"

namespace cairn::tensorflow {
namespace {

Status CheckOptions(const TensorFlowOptions& options) {
  if (options.num_intra_op_threads < 0 || options.num_inter_op_threads < 0)
    return Status(Reason::kArgument, "a number of threads is negative");
  if (options.worker_timeout_ms < 0)
    return Status(Reason::kArgument, "worker_timeout_ms is negative");
  return {};
}

}  // namespace

Result<std::unique_ptr<Runtime>> StartRuntime(const TensorFlowOptions& options) {
  CAIRN_RETURN_IF_ERROR(CheckOptions(options));
  CAIRN_ASSIGN_OR_RETURN(const std::string directory, FindTensorFlow(options.directory));
  if (options.process == TensorFlowProcess::kThis) {
    CAIRN_ASSIGN_OR_RETURN(auto runtime,
                           InProcessRuntime::Open(directory, options, LoadMessages::kHide));
    return std::unique_ptr<Runtime>(std::move(runtime));
  }
  CAIRN_ASSIGN_OR_RETURN(auto runtime, WorkerRuntime::Open(directory, options));
  return std::unique_ptr<Runtime>(std::move(runtime));
}

}  // namespace cairn::tensorflow
