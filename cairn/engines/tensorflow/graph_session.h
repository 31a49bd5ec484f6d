// A graph and a session for it, of the TensorFlow that runs in this process.
#ifndef CAIRN_ENGINES_TENSORFLOW_GRAPH_SESSION_H_
#define CAIRN_ENGINES_TENSORFLOW_GRAPH_SESSION_H_

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cairn/core/bytes.h"
#include "cairn/core/status.h"
#include "cairn/engines/tensorflow/c_api.h"
#include "cairn/engines/tensorflow/in_process_tensor.h"
#include "cairn/engines/tensorflow/runtime.h"

namespace cairn::tensorflow {

class GraphSession {
 public:
  // Takes a serialised GraphDef and a serialised ConfigProto. Errors: kEngine.
  static Result<std::unique_ptr<GraphSession>> Make(std::shared_ptr<const CApi> api,
                                                    Bytes graph_def, const std::string& config);
  ~GraphSession();

  // Does what Runtime::Run does. Errors: also kArgument (there is no such op or output, or the
  // output is a handle, which has no value to fetch).
  Result<std::vector<std::shared_ptr<RuntimeTensor>>> Run(std::span<const Feed> feeds,
                                                          std::span<const std::string> fetches,
                                                          std::span<const std::string> targets);

 private:
  GraphSession(std::shared_ptr<const CApi> api, Owned<TF_Graph> graph, TF_Session* session)
      : api_(std::move(api)), graph_(std::move(graph)), session_(session) {}

  Result<TF_Operation*> FindOperation(const std::string& name) const;
  Result<TF_Output> FindOutput(const std::string& name) const;
  Status CheckHasValue(TF_Output output, const std::string& name) const;

  std::shared_ptr<const CApi> api_;
  Owned<TF_Graph> graph_;
  TF_Session* session_;
};

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_GRAPH_SESSION_H_
