#include "cairn/checkpoint/remote_path.h"

#include <algorithm>
#include <array>
#include <string>

namespace cairn {
namespace {

struct Scheme {
  std::string_view start;
  std::string_view hint;
};

constexpr std::array kSchemes = {
    Scheme{"gs://", "Copy the files first, for example with `gcloud storage cp`."},
    Scheme{"s3://", "Copy the files first, for example with `aws s3 cp`."},
    Scheme{"http://", "Download the files first, for example with `curl -LO`."},
    Scheme{"https://", "Download the files first, for example with `curl -LO`."},
    Scheme{"hdfs://", "Copy the files first, for example with `hdfs dfs -get`."},
    Scheme{"hf://", "Download the files first, for example with `hf download`."},
    Scheme{"file://", "Write the path without file://."},
};

}  // namespace

Status CheckIsLocal(std::string_view path) {
  const auto found = std::ranges::find_if(
      kSchemes, [&](const Scheme& scheme) { return path.starts_with(scheme.start); });
  if (found == kSchemes.end()) return {};
  return Status(Reason::kUnsupported,
                std::string(found->start) + " is not supported, only files of this machine are")
      .AtPath(path)
      .WithHint(std::string(found->hint));
}

}  // namespace cairn
