#include "cli/common_options.h"

namespace cairn::cli {

ColorChoice CommonOptions::color_choice() const {
  if (color == "always") return ColorChoice::kAlways;
  return color == "never" ? ColorChoice::kNever : ColorChoice::kAuto;
}

ProgressStyle CommonOptions::progress_style() const {
  if (progress == "plain") return ProgressStyle::kPlain;
  return progress == "none" ? ProgressStyle::kNone : ProgressStyle::kAuto;
}

void AppendCommonOptions(std::vector<Option>& options, CommonOptions& common) {
  options.push_back({.names = "--color",
                     .target = &common.color,
                     .help = "auto, always or never; auto honours NO_COLOR",
                     .value = "WHEN",
                     .choices = {"auto", "always", "never"},
                     .is_common = true});
  options.push_back({.names = "--progress",
                     .target = &common.progress,
                     .help = "auto (a bar on a terminal), plain (lines) or none",
                     .value = "HOW",
                     .choices = {"auto", "plain", "none"},
                     .is_common = true});
  options.push_back({.names = "-h,--help",
                     .target = &common.help,
                     .help = "this text, or that of a verb",
                     .is_common = true});
}

}  // namespace cairn::cli
