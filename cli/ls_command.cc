// cairn ls PATH: name, dtype, shape and size of each tensor.
#include <fmt/format.h>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/core/escape.h"
#include "cli/command.h"

namespace cairn::cli {
namespace {

int RunLs(const std::string& path) {
  const Result<TensorDict> dict = Open(LocalFileSystem(), path);
  if (!dict.ok()) {
    fmt::print(stderr, "cairn: error: {}\n", dict.status().message());
    return dict.status().code() == StatusCode::kDataLoss ? kFinding : kTrouble;
  }
  for (size_t i = 0; i < dict->size(); ++i) {
    const TensorInfo info = dict->info(i);
    fmt::print("{}  {}  {}  {}\n", Escape(info.name), Name(info.dtype), ToString(info.dims),
               info.nbytes);
  }
  return kDone;
}

}  // namespace

void AddLsCommand(CLI::App& app, int& exit_code) {
  CLI::App* ls = app.add_subcommand("ls", "Lists the tensors of a checkpoint");
  auto path = std::make_shared<std::string>();
  ls->add_option("PATH", *path, "the checkpoint")->required();
  ls->callback([path, &exit_code] { exit_code = RunLs(*path); });
}

}  // namespace cairn::cli
