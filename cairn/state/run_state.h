// Everything a training run needs beside its variables, saved in the same commit: one string tensor
// of the checkpoint.
//
//   {"version":1,"step":40,"epoch":2,"callbacks":{NAME:TEXT…},"generators":{NAME:TEXT…},"data_position":TEXT}
//
// No clock, no host name, no random id: equal runs give equal bytes. TensorFlow leaves the entry
// alone.
#ifndef CAIRN_STATE_RUN_STATE_H_
#define CAIRN_STATE_RUN_STATE_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cairn/core/bookkeeping.h"
#include "cairn/core/export.h"
#include "cairn/core/tensor_dict.h"

namespace cairn {

// Texts are UTF-8; how a state becomes text is its owner's business.
struct RunState {
  int64_t step = 0;                               // steps done since the run began
  int64_t epoch = 0;                              // epochs done
  std::map<std::string, std::string> callbacks;   // by the callback's name
  std::map<std::string, std::string> generators;  // random generators, by name
  std::string data_position;                      // where the data stream stands
};

// Equal states give equal bytes. Errors: kArgument (a text that is not UTF-8, a negative number).
CAIRN_EXPORT Result<std::string> FormatRunState(const RunState& state);
// Fields that this version does not know are passed over. Errors: kFormat, kDuplicate, kLimit
// (nested deeper than 32), kVersion (a later program changed what the fields mean).
CAIRN_EXPORT Result<RunState> ParseRunState(std::string_view text);

// Returns the dict with the state as one more tensor, a scalar string named kRunStateName. Errors:
// those of FormatRunState; kArgument (the dict has a tensor of this name).
CAIRN_EXPORT Result<TensorDict> WithRunState(const TensorDict& dict, const RunState& state);
// The run state of a checkpoint; nothing where it has none (another program wrote it). Errors:
// those of its source and of ParseRunState.
CAIRN_EXPORT Result<std::optional<RunState>> ReadRunState(const TensorDict& dict);

}  // namespace cairn

#endif  // CAIRN_STATE_RUN_STATE_H_
