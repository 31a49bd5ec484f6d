// The report of a run, as text and as JSON.
#ifndef CAIRN_CLI_PRINT_RUN_REPORT_PRINTER_H_
#define CAIRN_CLI_PRINT_RUN_REPORT_PRINTER_H_

#include <cstddef>
#include <string>

#include "cli/run_report.h"

namespace cairn::cli {

// A line for each checkpoint, then what stands beside them, then what a resumed run would take. At
// most `max_rows` lines in all where that can be: the oldest checkpoints that are good are then one
// line together.
void PrintText(const RunReport& report, size_t max_rows, Output& out);

// The whole report as one document.
std::string JsonOf(const RunReport& report);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_RUN_REPORT_PRINTER_H_
