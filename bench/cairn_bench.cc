// Runs jobs named on standard input, one a line, and answers each with its time in nanoseconds and
// what it did, so that the start of a process is in no measurement:
//
//   open PREFIX                   opens and lists: name, dtype and shape of every tensor
//   verify PREFIX THREADS         opens, reads and checks everything
//   load PREFIX THREADS           opens, and fills verified the buffers of an earlier load
//   load-fresh PREFIX THREADS     the same into new memory
//   save FROM TO THREADS          saves what FROM holds (in memory since an earlier save) as TO, of
//                                 the format that its name says
//   save-durable FROM TO THREADS  the same with its syncs
//   convert FROM TO THREADS       opens FROM, of any format, and saves it as the name TO says
//   shard FROM TO THREADS NBYTES  the same, in files of at most so many bytes
//   link FROM TO THREADS          as convert, with the files of FROM under other names
//   pack FROM TO THREADS          as save, deflated
//   load-any PATH THREADS         as load, of any format
//   load-cast PATH DTYPE THREADS  as load-any, cast to that dtype
//   load-average THREADS PATH…    the same with the average of several
//   restore PATH THREADS          opens PATH, of any format, plans its restore into arrays of
//   float32
//                                 that are there since an earlier restore, and applies the plan
//   plan COUNT                    plans the restore of so many tensors into as many variables
//   view PATH THREADS             opens PATH, of any format, checks every value and has it mapped
//   stats PREFIX THREADS          opens, and computes the statistics of every tensor
//   diff A B THREADS              opens both, of any format, and compares every value
//   read NBYTES THREADS, copy NBYTES THREADS, pread PATH THREADS, write PATH NBYTES THREADS FILES,
//   prewarm NBYTES                see limits.h
//
// `cairn_bench --target NAME` computes with the instruction set of that name only, as Highway calls
// it: AVX3 (which is AVX-512), AVX2, SSE4, …
#include <algorithm>
#include <chrono>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>

#include "bench/limits.h"
#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/resolve.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/formats/tf_v1/tf_v1.h"
#include "cairn/inspect/block_kernel_table.h"
#include "cairn/inspect/dict_diff.h"
#include "cairn/inspect/pair_kernels.h"
#include "cairn/inspect/statistics.h"
#include "cairn/session/memory_session.h"
#include "cairn/session/memory_source.h"
#include "cairn/session/session_init.h"
#include "cairn/source/element_kernels.h"
#include "cairn/transfer/arena.h"
#include "cairn/transfer/check_all.h"
#include "cairn/transfer/materialize.h"
#include "cairn/transfer/read_all.h"
#include "cairn/transform/combine_dicts.h"
#include "cairn/transform/recipe.h"

namespace cairn::bench {
namespace {

using Arguments = std::vector<std::string>;

// Time is what the job spends between Start and Stop.
class Stopwatch {
 public:
  void Start() { start_ = std::chrono::steady_clock::now(); }
  void Stop() { spent_ = std::chrono::steady_clock::now() - start_; }
  int64_t nanoseconds() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(spent_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::duration spent_{};
};

Result<TensorDict> OpenBundle(const std::string& prefix) {
  return tf_bundle::Open(LocalFileSystem(), prefix, {});
}

TransferOptions Threads(const std::string& count) { return {.threads = std::stoi(count)}; }

// Buffers and dicts that outlive a job, as those of a training program do.
class Bench {
 public:
  Result<std::string> Open(const Arguments& args, Stopwatch& watch) {
    watch.Start();
    CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, OpenBundle(args.at(1)));
    uint64_t total = 0;
    for (size_t i = 0; i < dict.size(); ++i) {
      const TensorInfo info = dict.info(i);
      total += info.name.size() + info.dims.size() + static_cast<uint64_t>(info.dtype);
    }
    watch.Stop();
    return std::to_string(dict.size()) + " tensors, sum " + std::to_string(total);
  }

  Result<std::string> Verify(const Arguments& args, Stopwatch& watch) {
    VerifyOptions options;
    options.transfer = Threads(args.at(2));
    watch.Start();
    CAIRN_ASSIGN_OR_RETURN(const VerifyReport report,
                           tf_bundle::Verify(LocalFileSystem(), args.at(1), options));
    watch.Stop();
    if (!report.ok()) return report.findings[0].error;
    return std::to_string(report.nbytes) + " bytes";
  }

  Result<std::string> Load(const Arguments& args, const Format& format, Stopwatch& watch) {
    watch.Start();
    CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, format.open(LocalFileSystem(), args.at(1), {}));
    return LoadDict(dict, args.at(2), watch);
  }

  Result<std::string> LoadCast(const Arguments& args, Stopwatch& watch) {
    watch.Start();
    CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, cairn::Open(LocalFileSystem(), args.at(1)));
    CAIRN_ASSIGN_OR_RETURN(const TensorDict cast, EditTensors(dict, {.dtype = {args.at(2)}}));
    return LoadDict(cast, args.at(3), watch);
  }

  Result<std::string> LoadAverage(const Arguments& args, Stopwatch& watch) {
    watch.Start();
    std::vector<TensorDict> dicts;
    for (size_t i = 2; i < args.size(); ++i) {
      CAIRN_ASSIGN_OR_RETURN(TensorDict dict, cairn::Open(LocalFileSystem(), args[i]));
      dicts.push_back(std::move(dict));
    }
    CAIRN_ASSIGN_OR_RETURN(const TensorDict average, AverageDicts(dicts));
    return LoadDict(average, args.at(1), watch);
  }

  Result<std::string> Stats(const Arguments& args, Stopwatch& watch) {
    watch.Start();
    CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, OpenBundle(args.at(1)));
    std::vector<std::shared_ptr<const TensorSource>> sources;
    for (size_t i = 0; i < dict.size(); ++i) {
      CAIRN_ASSIGN_OR_RETURN(auto source, dict.source(i));
      sources.push_back(std::move(source));
    }
    CAIRN_ASSIGN_OR_RETURN(const auto statistics, ComputeStatistics(sources, Threads(args.at(2))));
    watch.Stop();
    CAIRN_RETURN_IF_ERROR(statistics.at(0).error);
    std::ostringstream text;
    text << "mean " << std::get<Statistics>(statistics[0].values).mean;
    return text.str();
  }

  static Result<std::string> Diff(const Arguments& args, Stopwatch& watch) {
    watch.Start();
    CAIRN_ASSIGN_OR_RETURN(const TensorDict a, cairn::Open(LocalFileSystem(), args.at(1)));
    CAIRN_ASSIGN_OR_RETURN(const TensorDict b, cairn::Open(LocalFileSystem(), args.at(2)));
    CAIRN_ASSIGN_OR_RETURN(const DictDiff diff,
                           DiffDicts(a, b, {.read_all = true, .transfer = Threads(args.at(3))}));
    watch.Stop();
    if (!diff.errors.empty()) return diff.errors[0];
    return std::to_string(diff.changed.size()) + " of " + std::to_string(diff.num_compared) +
           " tensors changed, " + std::to_string(diff.nbytes_read) + " bytes";
  }

  Result<std::string> LoadFresh(const Arguments& args, Stopwatch& watch) {
    watch.Start();
    CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, OpenBundle(args.at(1)));
    CAIRN_ASSIGN_OR_RETURN(const TensorDict loaded, Materialize(dict, Threads(args.at(2))));
    watch.Stop();
    return std::to_string(loaded.size()) + " tensors";
  }

  // TensorFlow does not sync what it saves, so a comparison of speed must not either.
  Result<std::string> Save(const Arguments& args, Durability durability, Stopwatch& watch,
                           bool compress = false) {
    if (!held_.contains(args.at(1))) {
      CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, OpenBundle(args.at(1)));
      CAIRN_ASSIGN_OR_RETURN(TensorDict loaded, Materialize(dict, {}));
      held_[args.at(1)] = std::move(loaded);
    }
    const SaveOptions options{
        .compress = compress, .durability = durability, .transfer = Threads(args.at(3))};
    watch.Start();
    CAIRN_ASSIGN_OR_RETURN(const SaveReport report,
                           cairn::Save(LocalFileSystem(), args.at(2), held_[args.at(1)], options));
    watch.Stop();
    return std::to_string(report.nbytes) + " bytes";
  }

  Result<std::string> Convert(const Arguments& args, Stopwatch& watch, SaveOptions options = {}) {
    options.transfer = Threads(args.at(3));
    options.durability = Durability::kNone;
    watch.Start();
    CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, cairn::Open(LocalFileSystem(), args.at(1)));
    CAIRN_ASSIGN_OR_RETURN(const SaveReport report,
                           cairn::Save(LocalFileSystem(), args.at(2), dict, options));
    watch.Stop();
    return std::to_string(report.nbytes) + " bytes";
  }

  Result<std::string> View(const Arguments& args, Stopwatch& watch) {
    watch.Start();
    CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, cairn::Open(LocalFileSystem(), args.at(1)));
    std::vector<std::shared_ptr<const TensorSource>> sources;
    for (size_t i = 0; i < dict.size(); ++i) {
      CAIRN_ASSIGN_OR_RETURN(auto source, dict.source(i));
      sources.push_back(std::move(source));
    }
    CAIRN_ASSIGN_OR_RETURN(const auto checked, CheckAll(sources, Threads(args.at(2))));
    uint64_t nbytes = 0;
    for (size_t i = 0; i < sources.size(); ++i) {
      CAIRN_RETURN_IF_ERROR(checked[i].error);
      const auto extent = sources[i]->extent();
      if (!extent || extent->file->mapped().empty())
        return Status(Reason::kUnsupported, "a value is not mapped");
      nbytes += extent->file->mapped().subspan(extent->offset, extent->nbytes).size();
    }
    watch.Stop();
    return std::to_string(nbytes) + " bytes";
  }

  Result<std::string> LoadAny(const Arguments& args, Stopwatch& watch) {
    CAIRN_ASSIGN_OR_RETURN(const Resolved resolved, Resolve(LocalFileSystem(), args.at(1)));
    return Load(args, *resolved.format, watch);
  }

  Result<std::string> Restore(const Arguments& args, Stopwatch& watch) {
    CAIRN_ASSIGN_OR_RETURN(const TensorDict listed, Open(LocalFileSystem(), args.at(1)));
    CAIRN_ASSIGN_OR_RETURN(MemorySession session, ArraysFor(listed));
    watch.Start();
    CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, Open(LocalFileSystem(), args.at(1)));
    const RestorePlan plan = MakePlan(session, dict, DictRestore::DictRules());
    CAIRN_RETURN_IF_ERROR(Apply(session, plan, Threads(args.at(2))));
    watch.Stop();
    return std::to_string(plan.items.size()) + " variables";
  }

  Result<std::string> Plan(const Arguments& args, Stopwatch& watch) {
    const size_t count = std::stoull(args.at(1));
    std::vector<float> values(count);
    MemorySession session;
    TensorDict::Builder builder;
    for (size_t i = 0; i < count; ++i) {
      const std::string name = "block_" + std::to_string(i) + "/sublayer/attention/kernel";
      CAIRN_RETURN_IF_ERROR(session.Add(name, values[i]));
      CAIRN_ASSIGN_OR_RETURN(
          auto source,
          MemorySource(name, DType::kFloat32, std::as_bytes(std::span(&values[i], 1)), {}));
      builder.Add(name, std::move(source));
    }
    CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, builder.Build());
    watch.Start();
    const RestorePlan plan = MakePlan(session, dict);
    watch.Stop();
    return std::to_string(plan.Count(Match::kMatched)) + " matched";
  }

  Result<std::string> Read(const Arguments& args, Stopwatch& watch) {
    CAIRN_ASSIGN_OR_RETURN(const MutableBytes memory, Memory(std::stoull(args.at(1))));
    watch.Start();
    const uint64_t sum = SumWords(memory, std::stoi(args.at(2)));
    watch.Stop();
    return "sum " + std::to_string(sum);
  }

  Result<std::string> Copy(const Arguments& args, Stopwatch& watch) {
    CAIRN_ASSIGN_OR_RETURN(const MutableBytes memory, Memory(2 * std::stoull(args.at(1))));
    watch.Start();
    CopyHalf(memory, std::stoi(args.at(2)));
    watch.Stop();
    return std::string("copied");
  }

  static Result<std::string> Pread(const Arguments& args, Stopwatch& watch) {
    watch.Start();
    CAIRN_RETURN_IF_ERROR(ReadFile(args.at(1), std::stoi(args.at(2))));
    watch.Stop();
    return std::string("read");
  }

  static Result<std::string> Write(const Arguments& args, Stopwatch& watch) {
    watch.Start();
    CAIRN_RETURN_IF_ERROR(WriteFiles(args.at(1), std::stoull(args.at(2)), std::stoi(args.at(3)),
                                     std::stoull(args.at(4))));
    watch.Stop();
    return std::string("written");
  }

 private:
  Result<std::string> LoadDict(const TensorDict& dict, const std::string& threads,
                               Stopwatch& watch) {
    std::vector<ReadJob> jobs;
    CAIRN_RETURN_IF_ERROR(AddJobs(dict, jobs));
    CAIRN_RETURN_IF_ERROR(ReadAll(jobs, Threads(threads)));
    watch.Stop();
    return std::to_string(jobs.size()) + " tensors";
  }

  // A session of float32 arrays of the shapes of a dict, in memory that is there from the second
  // time on.
  Result<MemorySession> ArraysFor(const TensorDict& dict) {
    uint64_t total = 0;
    for (const TensorInfo& tensor : dict) {
      CAIRN_ASSIGN_OR_RETURN(const uint64_t count, NumElements(tensor.dims));
      total += count * sizeof(float) + 64;
    }
    CAIRN_ASSIGN_OR_RETURN(MutableBytes memory, Memory(total));
    MemorySession session;
    for (const TensorInfo& tensor : dict) {
      CAIRN_ASSIGN_OR_RETURN(const uint64_t count, NumElements(tensor.dims));
      const uint64_t nbytes = count * sizeof(float);
      const std::vector<int64_t> dims(tensor.dims.begin(), tensor.dims.end());
      CAIRN_RETURN_IF_ERROR(
          session.Add(std::string(tensor.name), DType::kFloat32, memory.first(nbytes), dims));
      memory = memory.subspan((nbytes + 63) / 64 * 64);
    }
    return session;
  }

  // Gives each tensor a place in memory that is there from the second load on.
  Status AddJobs(const TensorDict& dict, std::vector<ReadJob>& jobs) {
    uint64_t total = 0;
    for (const TensorInfo& tensor : dict) total += tensor.nbytes + 64;
    CAIRN_ASSIGN_OR_RETURN(MutableBytes memory, Memory(total));
    for (size_t i = 0; i < dict.size(); ++i) {
      CAIRN_ASSIGN_OR_RETURN(auto source, dict.source(i));
      const uint64_t nbytes = source->nbytes();
      jobs.push_back({std::move(source), memory.first(nbytes)});
      memory = memory.subspan((nbytes + 63) / 64 * 64);
    }
    return {};
  }

  // The same memory each time, once it is large enough.
  Result<MutableBytes> Memory(uint64_t nbytes) {
    if (memory_ == nullptr || memory_->bytes().size() < nbytes) {
      memory_.reset();
      CAIRN_ASSIGN_OR_RETURN(memory_, Arena::Make(nbytes));
      std::ranges::fill(memory_->bytes(), std::byte{1});
    }
    return memory_->bytes().first(nbytes);
  }

  std::shared_ptr<Arena> memory_;
  std::map<std::string, TensorDict> held_;
};

Result<std::string> RunJob(Bench& bench, const Arguments& args, Stopwatch& watch) {
  const std::string& job = args.at(0);
  if (job == "open") return bench.Open(args, watch);
  if (job == "verify") return bench.Verify(args, watch);
  if (job == "load") return bench.Load(args, tf_bundle::kFormat, watch);
  if (job == "load-any") return bench.LoadAny(args, watch);
  if (job == "load-cast") return bench.LoadCast(args, watch);
  if (job == "load-average") return bench.LoadAverage(args, watch);
  if (job == "restore") return bench.Restore(args, watch);
  if (job == "plan") return bench.Plan(args, watch);
  if (job == "convert") return bench.Convert(args, watch);
  if (job == "pack") return bench.Save(args, Durability::kNone, watch, true);
  if (job == "view") return bench.View(args, watch);
  if (job == "shard")
    return bench.Convert(args, watch, {.max_shard_nbytes = std::stoull(args.at(4))});
  if (job == "link") return bench.Convert(args, watch, {.share = Sharing::kHardLink});
  if (job == "load-v1") return bench.Load(args, tf_v1::kFormat, watch);
  if (job == "stats") return bench.Stats(args, watch);
  if (job == "diff") return bench.Diff(args, watch);
  if (job == "load-fresh") return bench.LoadFresh(args, watch);
  if (job == "save") return bench.Save(args, Durability::kNone, watch);
  if (job == "save-durable") return bench.Save(args, Durability::kSynced, watch);
  if (job == "read") return bench.Read(args, watch);
  if (job == "copy") return bench.Copy(args, watch);
  if (job == "pread") return bench.Pread(args, watch);
  if (job == "write") return bench.Write(args, watch);
  if (job == "prewarm") {
    CAIRN_RETURN_IF_ERROR(Prewarm(std::stoull(args.at(1))));
    return std::string("warm");
  }
  return Status(Reason::kArgument, "no job " + job);
}

// False where the machine does not have it.
bool LimitKernels(std::string_view name) {
  const bool is_there = UseKernelsOf<BlockKernels>(name) && UseKernelsOf<PairKernels>(name) &&
                        UseKernelsOf<ElementKernels>(name);
  if (!is_there) std::cerr << "cairn_bench: this machine has no " << name << "\n";
  return is_there;
}

int Main(std::span<char* const> words) {
  if (words.size() == 3 && words[1] == std::string_view("--target")) {
    if (!LimitKernels(words[2])) return 2;
  } else if (words.size() != 1) {
    std::cerr << "usage: cairn_bench [--target NAME]\n";
    return 2;
  }
  Bench bench;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream stream(line);
    const Arguments args{std::istream_iterator<std::string>(stream), {}};
    Stopwatch watch;
    const Result<std::string> done = RunJob(bench, args, watch);
    if (!done.ok()) {
      std::cout << "error " << done.status().message() << "\n";
    } else {
      std::cout << watch.nanoseconds() << " " << *done << "\n";
    }
    std::cout.flush();
  }
  return 0;
}

}  // namespace
}  // namespace cairn::bench

int main(int argc, char** argv) { return cairn::bench::Main({argv, static_cast<size_t>(argc)}); }
