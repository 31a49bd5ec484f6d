// Saves of a training run: runs jobs named on standard input, one a line, and answers each with its
// time in nanoseconds and what it did:
//
//   stall DIR           a background save of 1 GiB in 400 variables: the time until Save returns,
//                       with no earlier save under way
//   blocking DIR        the same save, durable, until it is done; no older one is removed
//   rotating DIR        the same with the removal of the one before
//   copy DIR            the variables of `stall`, copied by memcpy on two threads into memory that
//                       was touched before
//   disk DIR            one file of 1 GiB: allocated, written, synced, and nothing else
//   disk-rotating DIR   the same with the removal of the one before
//   loop                a loop over 256 MiB that reads and writes each word, twelve times
//   loop-saving DIR     the same loop while a background save of 1 GiB is being written
//   loop-writing DIR    the same loop while another thread writes 1 GiB past the page cache, syncs
//   it,
//                       and does nothing else
//   small DIR           a durable save of 400 variables of 1 MiB in all, with rotation
//   syncs DIR           files of the same sizes, written and synced as such a save needs it
//   prewarm NBYTES      see limits.h
#include <chrono>
#include <cstring>
#include <iostream>
#include <iterator>
#include <map>
#include <numeric>
#include <sstream>
#include <thread>

#include "bench/limits.h"
#include "cairn/checkpoint/remove_checkpoint.h"
#include "cairn/io/path.h"
#include "cairn/session/memory_session.h"
#include "cairn/train/model_saver.h"
#include "cairn/transfer/arena.h"

namespace cairn::bench {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kLargeNbytes = 1000 * kMiB;
constexpr size_t kNumVariables = 400;
constexpr size_t kSmallElements = 655;  // 400 variables of 1 MiB in all
constexpr size_t kLargeElements = 1024 * 640;
constexpr int kThreads = 2;

using Arguments = std::vector<std::string>;
using Nanoseconds = std::chrono::nanoseconds;

// A training run with variables of `elements` numbers each.
class Run {
 public:
  Run(const std::string& directory, size_t elements, bool background, uint64_t max_to_keep)
      : variables_(kNumVariables, std::vector<float>(elements, 0.5f)),
        saver_(LocalFileSystem(), directory, session_, components_,
               {.retention = {.max_to_keep = max_to_keep, .keep_checkpoint_every_n_hours = 0},
                .background = background}) {
    for (size_t i = 0; i < kNumVariables; ++i) {
      std::iota(variables_[i].begin(), variables_[i].end(), static_cast<float>(i));
      status_ = session_.Add("layer_" + std::to_string(i) + "/w", variables_[i],
                             {static_cast<int64_t>(elements)});
      if (!status_.ok()) return;
    }
  }

  Status Wait() { return saver_.Wait(); }
  // Every save has other values, as it has in a training.
  Status Save() {
    CAIRN_RETURN_IF_ERROR(status_);
    return saver_.Save({.step = ++step_}).status();
  }
  void Change() { variables_[0][0] += 1; }
  // So that the next save has nothing to remove.
  Status RemoveLast() {
    const std::string path = JoinPath(saver_.directory(), "model-" + std::to_string(step_));
    return step_ == 0 ? Status() : RemoveCheckpoint(LocalFileSystem(), path).status();
  }
  const std::vector<std::vector<float>>& variables() const { return variables_; }

 private:
  std::vector<std::vector<float>> variables_;
  MemorySession session_;
  RunComponents components_;
  ModelSaver saver_;
  Status status_;
  int64_t step_ = 0;
};

template <typename Work>
Result<Nanoseconds> Timed(Work work) {
  const auto start = std::chrono::steady_clock::now();
  CAIRN_RETURN_IF_ERROR(work());
  return std::chrono::duration_cast<Nanoseconds>(std::chrono::steady_clock::now() - start);
}

// Writes a new file of these bytes, 2 MiB at a time, and syncs it.
Status WriteAndSync(const std::string& path, Bytes content,
                    PageCache page_cache = PageCache::kUse) {
  CAIRN_ASSIGN_OR_RETURN(const auto file, LocalFileSystem().CreateForWriting(path));
  CAIRN_RETURN_IF_ERROR(file->Allocate(content.size()));
  file->WriteBehind();
  if (page_cache == PageCache::kBypass) file->BypassPageCache();
  for (uint64_t done = 0; done < content.size(); done += 2 * kMiB) {
    const uint64_t left = content.size() - done;
    CAIRN_RETURN_IF_ERROR(file->WriteAt(done, content.subspan(done, std::min(left, 2 * kMiB))));
  }
  CAIRN_RETURN_IF_ERROR(file->Sync());
  return file->Close();
}

class Bench {
 public:
  Result<Nanoseconds> Stall(const Arguments& args) {
    Run& run = RunIn(args.at(1), kLargeElements, true);
    CAIRN_RETURN_IF_ERROR(run.Wait());
    run.Change();
    auto stall = Timed([&] { return run.Save(); });
    CAIRN_RETURN_IF_ERROR(run.Wait());
    return stall;
  }

  Result<Nanoseconds> Blocking(const Arguments& args) {
    Run& run = RunIn(args.at(1), kLargeElements, false, /*max_to_keep=*/2);
    CAIRN_RETURN_IF_ERROR(run.RemoveLast());
    run.Change();
    return Timed([&] { return run.Save(); });
  }

  Result<Nanoseconds> Rotating(const Arguments& args) {
    Run& run = RunIn(args.at(1), kLargeElements, false);
    run.Change();
    return Timed([&] { return run.Save(); });
  }

  Result<Nanoseconds> Small(const Arguments& args) {
    Run& run = RunIn(args.at(1), kSmallElements, false);
    run.Change();
    return Timed([&] { return run.Save(); });
  }

  Result<Nanoseconds> Copy(const Arguments& args) {
    CAIRN_RETURN_IF_ERROR(MakeMemory());
    Run& run = RunIn(args.at(1), kLargeElements, true);
    CAIRN_RETURN_IF_ERROR(run.Wait());
    const auto& variables = run.variables();
    // Each thread copies every second variable.
    const auto copy = [&](size_t first) {
      for (size_t i = first; i < variables.size(); i += kThreads) {
        const Bytes from = std::as_bytes(std::span(variables[i]));
        std::memcpy(memory_->bytes().data() + i * from.size(), from.data(), from.size());
      }
    };
    return Timed([&] {
      std::thread other(copy, 1);
      copy(0);
      other.join();
      return Status();
    });
  }

  Result<Nanoseconds> Disk(const Arguments& args) {
    CAIRN_RETURN_IF_ERROR(MakeMemory());
    CAIRN_RETURN_IF_ERROR(LocalFileSystem().CreateDirectories(args.at(1)));
    const std::string path = JoinPath(args[1], "file");
    auto time = Timed([&]() -> Status {
      CAIRN_RETURN_IF_ERROR(WriteAndSync(path, memory_->bytes().first(kLargeNbytes)));
      return LocalFileSystem().SyncDirectory(args[1]);
    });
    CAIRN_RETURN_IF_ERROR(LocalFileSystem().Remove(path));
    return time;
  }

  Result<Nanoseconds> DiskRotating(const Arguments& args) {
    CAIRN_RETURN_IF_ERROR(MakeMemory());
    FileSystem& fs = LocalFileSystem();
    CAIRN_RETURN_IF_ERROR(fs.CreateDirectories(args.at(1)));
    const std::string path = JoinPath(args[1], "file");
    const std::string older = path + ".older";
    const auto write = [&] { return WriteAndSync(path, memory_->bytes().first(kLargeNbytes)); };
    CAIRN_ASSIGN_OR_RETURN(const bool has_older, fs.Exists(older));
    if (!has_older) {
      CAIRN_RETURN_IF_ERROR(write());
      CAIRN_RETURN_IF_ERROR(fs.Rename(path, older));
    }
    auto time = Timed([&]() -> Status {
      CAIRN_RETURN_IF_ERROR(write());
      CAIRN_RETURN_IF_ERROR(fs.SyncDirectory(args[1]));
      return fs.Remove(older);
    });
    CAIRN_RETURN_IF_ERROR(fs.Rename(path, older));
    return time;
  }

  Result<Nanoseconds> Loop(const Arguments&) {
    CAIRN_RETURN_IF_ERROR(MakeMemory());
    return Timed([&] { return RunLoop(), Status(); });
  }

  Result<Nanoseconds> LoopSaving(const Arguments& args) {
    CAIRN_RETURN_IF_ERROR(MakeMemory());
    Run& run = RunIn(args.at(1), kLargeElements, true);
    CAIRN_RETURN_IF_ERROR(run.Wait());
    CAIRN_RETURN_IF_ERROR(run.Save());
    auto time = Timed([&] { return RunLoop(), Status(); });
    CAIRN_RETURN_IF_ERROR(run.Wait());
    return time;
  }

  Result<Nanoseconds> LoopWriting(const Arguments& args) {
    CAIRN_RETURN_IF_ERROR(MakeMemory());
    CAIRN_RETURN_IF_ERROR(LocalFileSystem().CreateDirectories(args.at(1)));
    const std::string path = JoinPath(args[1], "file");
    Status written;
    std::thread writer([&] {
      // The loop works in the first half of the memory.
      const Bytes content = memory_->bytes().last(kLargeNbytes);
      written = WriteAndSync(path, content, PageCache::kBypass);
    });
    auto time = Timed([&] { return RunLoop(), Status(); });
    writer.join();
    CAIRN_RETURN_IF_ERROR(written);
    CAIRN_RETURN_IF_ERROR(LocalFileSystem().Remove(path));
    return time;
  }

  // The syncs of a save: data, its name; index, its name; state file, its name; the removal of the
  // old index.
  Result<Nanoseconds> Syncs(const Arguments& args) {
    CAIRN_RETURN_IF_ERROR(MakeMemory());
    CAIRN_RETURN_IF_ERROR(LocalFileSystem().CreateDirectories(args.at(1)));
    FileSystem& fs = LocalFileSystem();
    ++num_syncs_;
    return Timed([&]() -> Status {
      for (const auto& [name, nbytes] : {std::pair<std::string, uint64_t>{"data", kMiB},
                                         {"index", 20 << 10},
                                         {"checkpoint", 200}}) {
        const std::string path = JoinPath(args[1], name);
        CAIRN_RETURN_IF_ERROR(WriteAndSync(path + ".tmp", memory_->bytes().first(nbytes)));
        CAIRN_RETURN_IF_ERROR(fs.Rename(path + ".tmp", path));
        CAIRN_RETURN_IF_ERROR(fs.SyncDirectory(args[1]));
      }
      CAIRN_RETURN_IF_ERROR(fs.Remove(JoinPath(args[1], "index")));
      CAIRN_RETURN_IF_ERROR(fs.SyncDirectory(args[1]));
      return fs.Remove(JoinPath(args[1], "data"));
    });
  }

  Result<Nanoseconds> PrewarmPages(const Arguments& args) {
    CAIRN_RETURN_IF_ERROR(Prewarm(std::stoull(args.at(1))));
    return Nanoseconds(0);
  }

 private:
  Run& RunIn(const std::string& directory, size_t elements, bool background,
             uint64_t max_to_keep = 1) {
    std::unique_ptr<Run>& run = runs_[directory];
    if (!run) run = std::make_unique<Run>(directory, elements, background, max_to_keep);
    return *run;
  }

  // Two times the size of the variables, touched.
  Status MakeMemory() {
    if (memory_) return {};
    CAIRN_ASSIGN_OR_RETURN(memory_, Arena::Make(2 * kLargeNbytes));
    std::memset(memory_->bytes().data(), 1, memory_->bytes().size());
    return {};
  }

  void RunLoop() {
    auto* const words = reinterpret_cast<uint64_t*>(memory_->bytes().data());
    for (int pass = 0; pass < 12; ++pass) {
      for (size_t i = 0; i < 256 * kMiB / sizeof(uint64_t); ++i) words[i] += i;
      asm volatile("" ::: "memory");  // the passes shall not become one
    }
  }

  std::map<std::string, std::unique_ptr<Run>> runs_;
  std::shared_ptr<Arena> memory_;
  int num_syncs_ = 0;
};

Result<Nanoseconds> Do(Bench& bench, const Arguments& args) {
  using Job = Result<Nanoseconds> (Bench::*)(const Arguments&);
  static const std::map<std::string, Job> kJobs = {{"stall", &Bench::Stall},
                                                   {"blocking", &Bench::Blocking},
                                                   {"copy", &Bench::Copy},
                                                   {"rotating", &Bench::Rotating},
                                                   {"disk-rotating", &Bench::DiskRotating},
                                                   {"disk", &Bench::Disk},
                                                   {"loop", &Bench::Loop},
                                                   {"loop-saving", &Bench::LoopSaving},
                                                   {"loop-writing", &Bench::LoopWriting},
                                                   {"small", &Bench::Small},
                                                   {"syncs", &Bench::Syncs},
                                                   {"prewarm", &Bench::PrewarmPages}};
  const auto job = kJobs.find(args.at(0));
  if (job == kJobs.end()) return Status(Reason::kArgument, "no such job");
  return (bench.*job->second)(args);
}

int Main() {
  Bench bench;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    const Arguments args(std::istream_iterator<std::string>(words), {});
    const Result<Nanoseconds> time = Do(bench, args);
    if (time.ok()) {
      std::cout << time->count() << " done" << std::endl;
    } else {
      std::cout << "error " << time.status().message() << std::endl;
    }
  }
  return 0;
}

}  // namespace
}  // namespace cairn::bench

int main() { return cairn::bench::Main(); }
