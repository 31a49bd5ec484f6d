// Restores checkpoints into sessions of TensorFlow, and answers each job named on standard input,
// one a line, with its time in nanoseconds and the memory that it took at most, beside what the
// process had before:
//
//   restore GRAPH PREFIX THREADS   by Cairn: opens the checkpoint, plans, reads verified, assigns
//   restore-read GRAPH PREFIX THREADS
//                                  the same without mapping the files, whose pages are else counted
//   saver GRAPH PREFIX             by the restore op of the graph
//   prewarm NBYTES                 see limits.h
//
// Each job has a session of its own, whose making is in no time: TensorFlow looks at the whole
// graph when a session runs something for the first time, which is what a program that resumes
// pays. TensorFlow is that of the environment variable CAIRN_TENSORFLOW, in this process.
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include "bench/limits.h"
#include "cairn/core/escape.h"
#include "cairn/engines/tensorflow/start_runtime.h"
#include "cairn/engines/tensorflow/tensorflow_session.h"
#include "cairn/graph/graph_file.h"
#include "cairn/session/session_init.h"

namespace cairn::bench {
namespace {

using Arguments = std::vector<std::string>;

TensorFlowOptions InThisProcess() {
  TensorFlowOptions options;
  options.process = TensorFlowProcess::kThis;
  options.num_intra_op_threads = 2;
  options.num_inter_op_threads = 2;
  return options;
}

// Returns a line of /proc/self/status in bytes: "VmHWM", "VmRSS".
uint64_t StatusOfProcess(const std::string& line_name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(line_name + ":"))
      return std::stoull(line.substr(line_name.size() + 1)) << 10;
  }
  return 0;
}

// Time and memory of what happens between its making and Stop.
class Measurement {
 public:
  Measurement() {
    // Makes VmHWM what is resident now.
    std::ofstream("/proc/self/clear_refs") << "5";
    resident_ = StatusOfProcess("VmRSS");
    start_ = std::chrono::steady_clock::now();
  }
  std::string Stop() const {
    const std::chrono::nanoseconds spent = std::chrono::steady_clock::now() - start_;
    const uint64_t peak = StatusOfProcess("VmHWM");
    return std::to_string(spent.count()) + " " +
           std::to_string(peak > resident_ ? peak - resident_ : 0);
  }

 private:
  uint64_t resident_;
  std::chrono::steady_clock::time_point start_;
};

Result<std::string> RestoreByCairn(const Arguments& args, Access access) {
  CAIRN_ASSIGN_OR_RETURN(const auto session,
                         TensorFlowSession::Open(LocalFileSystem(), args.at(1), InThisProcess()));
  const TransferOptions transfer{.threads = std::stoi(args.at(3))};
  const Measurement measurement;
  CAIRN_ASSIGN_OR_RETURN(
      const RestorePlan plan,
      SaverRestore(LocalFileSystem(), args.at(2), {}, {.access = access}).Init(*session, transfer));
  std::string answer = measurement.Stop();
  if (plan.Count(Match::kMissing) == 0) return answer;
  return Status(Reason::kMissing, "not all variables were restored");
}

Result<std::string> RestoreBySaver(const Arguments& args) {
  CAIRN_ASSIGN_OR_RETURN(const LoadedGraph loaded, LoadGraph(LocalFileSystem(), args.at(1)));
  CAIRN_ASSIGN_OR_RETURN(const auto runtime, tensorflow::StartRuntime(InThisProcess()));
  CAIRN_RETURN_IF_ERROR(runtime->Import(loaded.graph.graph_defs()[0]));
  const SaverDef& saver = *loaded.graph.saver();
  StringTensor prefix;
  prefix.Add(args.at(2));
  const Measurement measurement;
  CAIRN_ASSIGN_OR_RETURN(auto fed, runtime->NewStrings(std::move(prefix), {}));
  const tensorflow::Feed feed{std::string(saver.filename_tensor), std::move(fed)};
  const std::vector<std::string> targets = {std::string(NodeNameOf(saver.restore_op))};
  CAIRN_RETURN_IF_ERROR(runtime->Run({&feed, 1}, {}, targets).status());
  return measurement.Stop();
}

Result<std::string> RunJob(const Arguments& args) {
  const std::string& job = args.at(0);
  if (job == "restore") return RestoreByCairn(args, Access::kMap);
  if (job == "restore-read") return RestoreByCairn(args, Access::kRead);
  if (job == "saver") return RestoreBySaver(args);
  if (job == "prewarm") {
    CAIRN_RETURN_IF_ERROR(Prewarm(std::stoull(args.at(1))));
    return std::string("0 warm");
  }
  return Status(Reason::kArgument, "no job " + Quoted(job));
}

int Main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream stream(line);
    const Result<std::string> done =
        RunJob(Arguments{std::istream_iterator<std::string>(stream), {}});
    std::cout << (done.ok() ? *done : "error " + std::string(done.status().message())) << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace cairn::bench

int main() { return cairn::bench::Main(); }
