// Writes findings as JSON documents show them.
#ifndef CAIRN_CLI_PRINT_FINDING_JSON_H_
#define CAIRN_CLI_PRINT_FINDING_JSON_H_

#include "cairn/formats/format.h"
#include "cli/print/json_writer.h"

namespace cairn::cli {

void WriteFinding(JsonWriter& json, const Finding& finding);
// The key "error", null where there is none.
void WriteError(JsonWriter& json, const Status& error);

// The result of verify or repair for all checkpoints together.
struct JudgedTotals {
  std::vector<Finding> findings;
  uint64_t num_tensors = 0;
  uint64_t num_unprotected = 0;
  uint64_t nbytes = 0;
};
// The keys "findings", "num_tensors", "num_unprotected", "nbytes".
void WriteTotals(JsonWriter& json, const JudgedTotals& totals);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_FINDING_JSON_H_
