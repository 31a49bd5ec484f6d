// Restores the backbone of a model from one checkpoint, and its head from another:
//   restore_chain BACKBONE HEAD
#include <iostream>

#include "cairn/cairn.h"

cairn::Status Run(const char* backbone, const char* head) {
  std::vector<float> fc_weights(6), fc_bias(2), head_weights(6), head_bias(2);
  int64_t step = 0;
  cairn::MemorySession session;
  CAIRN_RETURN_IF_ERROR(session.Add("fc/W", fc_weights, {3, 2}));
  CAIRN_RETURN_IF_ERROR(session.Add("fc/b", fc_bias, {2}));
  CAIRN_RETURN_IF_ERROR(session.Add("head/W", head_weights, {3, 2}));
  CAIRN_RETURN_IF_ERROR(session.Add("head/b", head_bias, {2}));
  CAIRN_RETURN_IF_ERROR(session.Add("global_step", step));

  // For a variable that both have, the last one counts. Nothing is assigned before both are
  // accepted.
  CAIRN_ASSIGN_OR_RETURN(const std::unique_ptr<cairn::SessionInit> loader,
                         cairn::GetModelLoader({backbone, head}));
  CAIRN_ASSIGN_OR_RETURN(const cairn::RestorePlan plan, loader->Init(session));
  std::cout << plan.ToString();
  return {};
}

int main(int argc, char** argv) {
  if (argc != 3) return std::cerr << "usage: restore_chain BACKBONE HEAD\n", 2;
  const cairn::Status status = Run(argv[1], argv[2]);
  if (!status.ok()) return std::cerr << status.message() << "\n", 1;
}
