// Shows the facts about a run beside its checkpoints as text for people.
#ifndef CAIRN_CLI_PRINT_RUN_TEXT_H_
#define CAIRN_CLI_PRINT_RUN_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "cairn/state/run_state.h"
#include "cli/run_glance.h"

namespace cairn::cli {

// The run state of a checkpoint: what of a run it has, and what it lacks. "step 40, epoch 2;
// callbacks PrintEpoch; generators noise, random; no data position".
std::string TextOf(const std::optional<RunState>& state);

// "step 40, epoch 2, 6.9 KiB".
std::string CheckpointText(const RunCheckpoint& checkpoint, const std::optional<RunState>& state);

// "0.42 s", "7.31 s", "0:31".
std::string SecondsText(double seconds);

// "0:31 after the one before, 38.7 steps/s".
std::string PaceText(const SavePace& pace);

// "3 checkpoints, 20.6 KiB; 102.3 GiB free".
std::string DiskUseText(uint64_t num_checkpoints, uint64_t nbytes,
                        std::optional<uint64_t> free_nbytes);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_RUN_TEXT_H_
