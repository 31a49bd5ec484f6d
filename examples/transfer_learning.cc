// Gives the network that train_mlp trained a new head, for five classes instead of three:
//   transfer_learning PATH
#include <iostream>

#include "cairn/cairn.h"
#include "mlp.h"

int main(int argc, char** argv) {
  if (argc != 2) return std::cerr << "usage: transfer_learning PATH\n", 2;

  std::mt19937 random(1);
  Mlp mlp(2, 32, 5, random);
  cairn::MemorySession session;
  for (Parameter* p : mlp.parameters()) {
    const cairn::Status added = session.Add(p->name, p->value, {p->rows, p->columns});
    if (!added.ok()) return std::cerr << added.message() << "\n", 1;
  }

  // The old head is left out, and so are its slots; the new head keeps the values it began with.
  const cairn::Result<cairn::RestorePlan> plan =
      cairn::Restore(session, argv[1], {.names = {.exclude = {"layer3/**"}}});
  if (!plan.ok()) return std::cerr << plan.status().message() << "\n", 1;
  std::cout << plan->ToString();
}
