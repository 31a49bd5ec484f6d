// TensorFlow in a process of its own.
#ifndef CAIRN_ENGINES_TENSORFLOW_WORKER_RUNTIME_H_
#define CAIRN_ENGINES_TENSORFLOW_WORKER_RUNTIME_H_

#include <memory>
#include <string>
#include <vector>

#include "cairn/engines/tensorflow/dropped_tensors.h"
#include "cairn/engines/tensorflow/runtime.h"
#include "cairn/engines/tensorflow/shared_memory.h"
#include "cairn/engines/tensorflow/tensorflow_options.h"
#include "cairn/engines/tensorflow/worker_process.h"

namespace cairn::tensorflow {

// Whatever happens to the worker, this process gets an error: kEngine, the same for all calls after
// it. Tensors that were fetched in one run have their memory together: it is freed with the last.
class WorkerRuntime final : public Runtime {
 public:
  // Runs the worker program of `options`, which opens the TensorFlow in `directory`. Errors:
  // kMissing (there is no such program), those of InProcessRuntime::Open, kEngine.
  static Result<std::unique_ptr<WorkerRuntime>> Open(const std::string& directory,
                                                     const TensorFlowOptions& options);

  const std::string& version() const override { return version_; }
  const std::string& directory() const override { return directory_; }
  Result<std::vector<std::string>> KnownOps() override;
  Status Import(Bytes graph_def) override;
  Result<std::shared_ptr<RuntimeTensor>> NewTensor(DType dtype,
                                                   std::span<const int64_t> dims) override;
  Result<std::shared_ptr<RuntimeTensor>> NewStrings(StringTensor value,
                                                    std::span<const int64_t> dims) override;
  Result<std::vector<std::shared_ptr<RuntimeTensor>>> Run(
      std::span<const Feed> feeds, std::span<const std::string> fetches,
      std::span<const std::string> targets) override;

 private:
  WorkerRuntime(std::unique_ptr<WorkerProcess> process, std::string directory, int64_t patience_ms)
      : process_(std::move(process)),
        directory_(std::move(directory)),
        patience_ms_(patience_ms),
        dropped_(std::make_shared<DroppedTensors>()) {}

  Status StartTensorFlow(const TensorFlowOptions& options);
  // Tells the worker which tensors nobody has any more.
  Status ReleaseDropped();
  Result<Message> Call(MessageKind kind, const std::string& body, int memory = -1);
  // Ends a worker whose answer could not be read; there is no telling what else it does.
  Status CheckAnswer(const Status& read);

  std::unique_ptr<WorkerProcess> process_;
  std::string version_;
  std::string directory_;
  int64_t patience_ms_;
  uint64_t next_id_ = 1;
  std::shared_ptr<DroppedTensors> dropped_;
};

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_WORKER_RUNTIME_H_
