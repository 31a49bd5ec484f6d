#include "cli/graph_run.h"

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/core/escape.h"
#include "cli/print/tensor_printer.h"

namespace cairn::cli {
namespace {

// "Y=out.npy": the name of a tensor of the graph, and a file.
struct Transfer {
  std::string name;
  std::string path;  // empty where no file is named
};

Transfer ParseTransfer(const std::string& text) {
  const size_t equals = text.rfind('=');
  if (equals == text.npos) return {text, ""};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

Result<TensorDict> ReadFeeds(const std::vector<std::string>& feeds) {
  TensorDict::Builder builder;
  for (const std::string& text : feeds) {
    const auto [name, path] = ParseTransfer(text);
    if (path.empty())
      return Status(Reason::kArgument, "--feed: " + Quoted(text) + " is not understood")
          .WithHint("write it as NAME=FILE.npy");
    CAIRN_ASSIGN_OR_RETURN(const TensorDict dict,
                           Open(LocalFileSystem(), path, {.access = Access::kRead}));
    if (dict.size() != 1)
      return Status(Reason::kArgument, "has " + std::to_string(dict.size()) + " tensors, not one")
          .AtPath(path);
    CAIRN_ASSIGN_OR_RETURN(auto source, dict.source(0));
    builder.Add(name, std::move(source));
  }
  return builder.Build();
}

Status WriteFile(const TensorDict& results, const Transfer& fetch) {
  TensorDict::Builder one;
  CAIRN_ASSIGN_OR_RETURN(auto source, results.Get(fetch.name));
  one.Add(fetch.name, std::move(source));
  CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, one.Build());
  return Save(LocalFileSystem(), fetch.path, dict, {.if_exists = IfExists::kReplace}).status();
}

Status Print(const TensorDict& results, const std::string& name, const Context& context) {
  CAIRN_ASSIGN_OR_RETURN(const TensorInfo info, results.Info(name));
  CAIRN_ASSIGN_OR_RETURN(const auto source, results.Get(name));
  context.out.Write(context.out.Styled(Style::kBold, Escape(name)) + "\n");
  ProgressBar progress("fetch " + name, ProgressStyle::kNone);
  return PrintTensor(info, *source, {}, progress, context.out);
}

}  // namespace

std::vector<Option> GraphRun::options() {
  return {
      {.names = "--run",
       .target = &run,
       .help = "then run this signature, or op, of GRAPH",
       .value = "NAME"},
      {.names = "--feed",
       .target = &feeds,
       .help = "with the array of a file; repeatable",
       .value = "X=a.npy"},
      {.names = "--fetch",
       .target = &fetches,
       .help = "and print Y, or write it to a file; repeatable",
       .value = "Y[=out.npy]"},
  };
}

Status GraphRun::Check() const {
  if (!feeds.empty() && !is_wanted())
    return Status(Reason::kArgument, "--feed is given, and nothing to run")
        .WithHint("add --run NAME or --fetch NAME");
  return ReadFeeds(feeds).status();
}

Status GraphRun::Run(TensorFlowSession& session, const Context& context) const {
  CAIRN_ASSIGN_OR_RETURN(const TensorDict fed, ReadFeeds(feeds));
  std::vector<Transfer> wanted;
  std::vector<std::string> names;
  for (const std::string& text : fetches)
    names.push_back(wanted.emplace_back(ParseTransfer(text)).name);
  const bool is_signature = !run.empty() && session.HasSignature(run);
  const std::vector<std::string> targets =
      run.empty() || is_signature ? std::vector<std::string>() : std::vector<std::string>{run};
  CAIRN_ASSIGN_OR_RETURN(const TensorDict results, is_signature ? session.RunSignature(run, fed)
                                                                : session.Run(fed, names, targets));
  if (wanted.empty()) {
    for (const TensorInfo& result : results) wanted.push_back({std::string(result.name), ""});
  }
  for (const Transfer& fetch : wanted) {
    CAIRN_RETURN_IF_ERROR(fetch.path.empty() ? Print(results, fetch.name, context)
                                             : WriteFile(results, fetch));
  }
  return {};
}

}  // namespace cairn::cli
