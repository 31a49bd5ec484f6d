#include "cli/print/run_text.h"

#include <algorithm>
#include <cmath>

#include "cairn/core/escape.h"
#include "cli/print/clock_text.h"
#include "cli/print/double_text.h"
#include "cli/print/size_text.h"

namespace cairn::cli {
namespace {

// "callbacks a, b", or "no callbacks".
std::string NamesText(std::string_view what, const std::map<std::string, std::string>& texts) {
  std::string names;
  for (const auto& [name, text] : texts) names += (names.empty() ? " " : ", ") + Escape(name);
  return names.empty() ? "no " + std::string(what) : std::string(what) + names;
}

}  // namespace

std::string TextOf(const std::optional<RunState>& state) {
  if (!state) return "saved by another program: only variables and step are resumed";
  return "step " + std::to_string(state->step) + ", epoch " + std::to_string(state->epoch) + "; " +
         NamesText("callbacks", state->callbacks) + "; " +
         NamesText("generators", state->generators) + "; " +
         (state->data_position.empty() ? "no data position" : "data position");
}

std::string CheckpointText(const RunCheckpoint& checkpoint, const std::optional<RunState>& state) {
  std::string text =
      checkpoint.step ? "step " + std::to_string(*checkpoint.step) : std::string("no step");
  if (state) text += ", epoch " + std::to_string(state->epoch);
  return text + ", " + BinarySize(checkpoint.nbytes);
}

std::string SecondsText(double seconds) {
  constexpr double kShort = 10, kLongest = 1e9;
  if (seconds < kShort) return FourDigitText(std::round(seconds * 100) / 100) + " s";
  return ClockText(static_cast<uint64_t>(std::min(seconds, kLongest)));
}

std::string PaceText(const SavePace& pace) {
  return SecondsText(pace.seconds) + " after the one before, " +
         FourDigitText(pace.steps_per_second) + " steps/s";
}

std::string DiskUseText(uint64_t num_checkpoints, uint64_t nbytes,
                        std::optional<uint64_t> free_nbytes) {
  const std::string used = Count(num_checkpoints, "checkpoint") + ", " + BinarySize(nbytes);
  return free_nbytes ? used + "; " + BinarySize(*free_nbytes) + " free" : used;
}

}  // namespace cairn::cli
