// The options that every verb takes beside its own.
#ifndef CAIRN_CLI_COMMON_OPTIONS_H_
#define CAIRN_CLI_COMMON_OPTIONS_H_

#include "cli/options.h"
#include "cli/output.h"
#include "cli/print/progress_bar.h"

namespace cairn::cli {

struct CommonOptions {
  bool help = false;
  std::string color = "auto";
  std::string progress = "auto";

  ColorChoice color_choice() const;
  ProgressStyle progress_style() const;
};

void AppendCommonOptions(std::vector<Option>& options, CommonOptions& common);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_COMMON_OPTIONS_H_
