// Writes findings as JSON documents show them.
#ifndef CAIRN_CLI_PRINT_FINDING_JSON_H_
#define CAIRN_CLI_PRINT_FINDING_JSON_H_

#include "cairn/formats/format.h"
#include "cli/print/json_writer.h"

namespace cairn::cli {

void WriteFinding(JsonWriter& json, const Finding& finding);
// The key "error", null where there is none.
void WriteError(JsonWriter& json, const Status& error);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_FINDING_JSON_H_
