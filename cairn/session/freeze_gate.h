// Keeps a program from changing variables that are frozen: for those who write a session.
#ifndef CAIRN_SESSION_FREEZE_GATE_H_
#define CAIRN_SESSION_FREEZE_GATE_H_

#include <memory>
#include <span>

#include "cairn/core/export.h"
#include "cairn/session/session.h"

namespace cairn {

// Counts for each variable how often it is frozen, and lets threads wait until it is not. Safe to
// use from several threads at once.
class CAIRN_EXPORT FreezeGate {
 public:
  FreezeGate();
  FreezeGate(const FreezeGate&) = delete;
  FreezeGate& operator=(const FreezeGate&) = delete;
  // What is frozen stays so until it is released.
  ~FreezeGate();

  // Freezes `frozen`, positions in `variables`, whose values are `values`. The result may outlive
  // the gate.
  std::unique_ptr<FrozenVariables> Freeze(std::span<const Variable> variables,
                                          std::span<const VariableId> frozen, TensorDict values);

  bool IsFrozen(VariableId variable) const;
  // Waits until the variable is not frozen.
  void WaitUntilReleased(VariableId variable) const;
  // Waits until no variable is frozen.
  void WaitUntilReleased() const;

 private:
  class Counts;
  class Frozen;

  std::shared_ptr<Counts> counts_;
};

}  // namespace cairn

#endif  // CAIRN_SESSION_FREEZE_GATE_H_
