// TensorFlow in this process.
#ifndef CAIRN_ENGINES_TENSORFLOW_IN_PROCESS_RUNTIME_H_
#define CAIRN_ENGINES_TENSORFLOW_IN_PROCESS_RUNTIME_H_

#include <memory>
#include <string>
#include <vector>

#include "cairn/engines/tensorflow/graph_session.h"
#include "cairn/engines/tensorflow/open_tensorflow.h"
#include "cairn/engines/tensorflow/runtime.h"
#include "cairn/engines/tensorflow/tensorflow_options.h"

namespace cairn::tensorflow {

class InProcessRuntime final : public Runtime {
 public:
  // Opens the library in `directory`, tries it with a tiny graph, and loads the libraries of ops.
  // It uses the op libraries and the numbers of threads of `options`. Errors: those of
  // OpenTensorFlow; kEngine (the tiny graph does not run, a library of ops cannot be loaded).
  static Result<std::unique_ptr<InProcessRuntime>> Open(const std::string& directory,
                                                        const TensorFlowOptions& options,
                                                        LoadMessages messages);

  const std::string& version() const override { return version_; }
  const std::string& directory() const override { return directory_; }
  Result<std::vector<std::string>> KnownOps() override;
  // Errors: also kArgument (a graph was imported before).
  Status Import(Bytes graph_def) override;
  Result<std::shared_ptr<RuntimeTensor>> NewTensor(DType dtype,
                                                   std::span<const int64_t> dims) override;
  Result<std::shared_ptr<RuntimeTensor>> NewStrings(StringTensor value,
                                                    std::span<const int64_t> dims) override;
  // Errors: as GraphSession::Run; also kArgument (no graph was imported).
  Result<std::vector<std::shared_ptr<RuntimeTensor>>> Run(
      std::span<const Feed> feeds, std::span<const std::string> fetches,
      std::span<const std::string> targets) override;

  const std::shared_ptr<const CApi>& api() const { return api_; }

 private:
  InProcessRuntime(std::shared_ptr<const CApi> api, std::string directory, std::string config)
      : api_(std::move(api)),
        version_(api_->TF_Version()),
        directory_(std::move(directory)),
        config_(std::move(config)) {}

  std::shared_ptr<const CApi> api_;
  std::string version_;
  std::string directory_;
  std::string config_;
  std::unique_ptr<GraphSession> session_;  // null until a graph is imported
};

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_IN_PROCESS_RUNTIME_H_
