// cairn state --explain DIR: why each checkpoint is kept, and what the next save would remove.
#ifndef CAIRN_CLI_EXPLAIN_RUN_H_
#define CAIRN_CLI_EXPLAIN_RUN_H_

#include <string>

#include "cairn/formats/format.h"
#include "cli/command.h"

namespace cairn::cli {

enum class ExplanationStyle : uint8_t { kText, kJson };

// Prints the explanation of the run in `directory`. A checkpoint that does not verify is a finding.
ExitCode ExplainRun(const std::string& directory, VerifyDepth depth, ExplanationStyle style,
                    const Context& context);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_EXPLAIN_RUN_H_
