// Writes the facts about a run beside its checkpoints as JSON.
#ifndef CAIRN_CLI_PRINT_RUN_JSON_H_
#define CAIRN_CLI_PRINT_RUN_JSON_H_

#include <optional>

#include "cairn/state/run_state.h"
#include "cli/print/json_writer.h"
#include "cli/run_statistics.h"
#include "cli/run_writer.h"

namespace cairn::cli {

// But for WriteRecordFields, each writes a value: an object, or null where there is nothing.

// {"step","epoch","callbacks":[NAME…],"generators":[NAME…],"data_position":true|false}
void WriteRunState(JsonWriter& json, const std::optional<RunState>& state);

// Writes the members "epoch","step","values":{NAME:NUMBER…} of an object.
void WriteRecordFields(JsonWriter& json, const RunStatistics::Record& record);
// {"epoch","step","values":{NAME:NUMBER…}}, or {"error"} where stats.json cannot be read.
void WriteLastRecord(JsonWriter& json, const RunStatistics& statistics);

// {"lease","state":"ended|running|gone|elsewhere|unknown","process","host","error"}
void WriteWriter(JsonWriter& json, const RunWriter& writer);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_RUN_JSON_H_
