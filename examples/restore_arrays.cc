// Assigns the values of a checkpoint to the program's own arrays, after a look at the plan:
//   restore_arrays PATH
#include <iostream>

#include "cairn/cairn.h"

int main(int argc, char** argv) {
  if (argc != 2) return std::cerr << "usage: restore_arrays PATH\n", 2;

  std::vector<float> weights(6, 0.5f);
  std::vector<float> bias(2);
  int64_t step = 0;

  cairn::MemorySession session;
  for (const cairn::Status& added :
       {session.Add("fc/W", weights, {3, 2}), session.Add("fc/b", bias, {2}),
        session.Add("global_step", step)}) {
    if (!added.ok()) return std::cerr << added.message() << "\n", 1;
  }

  // The plan is made of metadata alone: no value is read, and none is assigned.
  const cairn::Result<cairn::RestorePlan> plan = cairn::SaverRestore(argv[1]).Plan(session);
  if (!plan.ok()) return std::cerr << plan.status().message() << "\n", 1;
  std::cout << plan->ToString();

  // All or nothing: a checkpoint that is damaged or does not match leaves the arrays as they are.
  const cairn::Status restored = cairn::Apply(session, *plan);
  if (!restored.ok()) return std::cerr << restored.message() << "\n", 1;
  std::cout << "step " << step << ", first weight " << weights[0] << "\n";
}
