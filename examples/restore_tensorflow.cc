// Restores a checkpoint into a graph of TensorFlow, and runs it: restore_tensorflow GRAPH PATH
//
// GRAPH is a .meta file or a SavedModel that has a placeholder `x` of three columns, and an output
// `logits`, such as tests/golden/trained.
#include <iostream>

#include "cairn/cairn.h"
#include "cairn/engines/tensorflow/tensorflow_session.h"

cairn::Status Run(const char* graph, const char* path) {
  // TensorFlow is loaded now, into a process of its own: no graph can end this one.
  CAIRN_ASSIGN_OR_RETURN(const std::unique_ptr<cairn::TensorFlowSession> session,
                         cairn::TensorFlowSession::Open(cairn::LocalFileSystem(), graph));
  CAIRN_ASSIGN_OR_RETURN(const cairn::RestorePlan plan, cairn::Restore(*session, path));
  for (const std::string& warning : plan.warnings) std::cerr << "warning: " << warning << "\n";
  // What the checkpoint lacks gets the value of its initializer.
  CAIRN_RETURN_IF_ERROR(session->InitializeMissing());

  const std::vector<float> x = {1, 2, 3};
  CAIRN_ASSIGN_OR_RETURN(const cairn::TensorDict feeds, cairn::DictOf({{"x", {x, {1, 3}}}}));
  CAIRN_ASSIGN_OR_RETURN(const cairn::TensorDict results, session->Run(feeds, {"logits"}));
  CAIRN_ASSIGN_OR_RETURN(const auto logits, cairn::ReadTensor<float>(results, "logits"));
  std::cout << "logits";
  for (const float logit : logits) std::cout << " " << logit;
  std::cout << "\n";
  return {};
}

int main(int argc, char** argv) {
  if (argc != 3) return std::cerr << "usage: restore_tensorflow GRAPH PATH\n", 2;
  const cairn::Status status = Run(argv[1], argv[2]);
  if (!status.ok()) std::cerr << status.message() << "\n";
  if (!status.hint().empty()) std::cerr << "hint: " << status.hint() << "\n";
  return status.ok() ? 0 : 1;
}
