// Shows the plan of a verb that makes a checkpoint.
#ifndef CAIRN_CLI_PRINT_MAKING_PLAN_PRINTER_H_
#define CAIRN_CLI_PRINT_MAKING_PLAN_PRINTER_H_

#include <string>

#include "cairn/making/making_plan.h"
#include "cli/output.h"

namespace cairn::cli {

// One line for each tensor and one for all, and what else is to be known.
void PrintPlan(const MakingPlan& plan, Output& out);

// The plan as one document, and what was written; `report` is null for a dry run.
std::string JsonOf(const MakingPlan& plan, const SaveReport* report);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_MAKING_PLAN_PRINTER_H_
