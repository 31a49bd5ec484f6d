#include "cairn/train/function_callback.h"

namespace cairn {

Status FunctionCallback::Setup(const TrainConfig& config) {
  if (!functions_.save_state != !functions_.load_state)
    return Status(Reason::kArgument, "only one of save_state and load_state is given");
  return functions_.setup ? functions_.setup(config) : Status();
}

std::string FunctionCallback::SaveState() const {
  return functions_.save_state ? functions_.save_state() : std::string();
}

Status FunctionCallback::LoadState(std::string_view state) {
  if (functions_.load_state) return functions_.load_state(state);
  return Status(Reason::kArgument, "has a saved state, but no function load_state");
}

}  // namespace cairn
