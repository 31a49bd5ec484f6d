// A run's directory in memory, for the tests of what is in it and of what a run resumes from.
#ifndef CAIRN_RUN_RUN_DIRECTORY_FIXTURE_H_
#define CAIRN_RUN_RUN_DIRECTORY_FIXTURE_H_

#include <gtest/gtest.h>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/run/resume_point.h"
#include "cairn/state/run_directory.h"
#include "cairn/state/run_state.h"
#include "cairn/state/state_file.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/values.h"

namespace cairn {

class RunDirectoryTest : public testing::Test {
 protected:
  // Two tensors, and a run state where a step is given.
  void SaveAt(const std::string& prefix, std::optional<int64_t> step = std::nullopt,
              float value = 1) {
    TensorDict::Builder builder;
    builder.Add("a", SourceOf<float>({2}, {value, 2}));
    builder.Add("b", SourceOf<int64_t>({}, {7}));
    TensorDict dict = *builder.Build();
    RunState state;
    state.step = step.value_or(0);
    if (step) dict = *WithRunState(dict, state);
    const auto report = Save(fs_, prefix, dict);
    ASSERT_TRUE(report.ok()) << report.status().message();
  }
  void Put(const std::string& path, std::string_view content) {
    ASSERT_TRUE(fs_.Put(path, AsBytes(content)).ok());
  }
  void Name(const std::string& latest) {
    StateFile state;
    state.latest = latest;
    ASSERT_TRUE(WriteStateFile(fs_, "run", state).ok());
  }
  void FlipBitOf(const std::string& path, uint64_t bit) {
    ASSERT_TRUE(fs_.Put(path, FlipBit(*fs_.Get(path), bit)).ok());
  }
  RunDirectory Scan() {
    auto run = ScanRunDirectory(fs_, "run");
    EXPECT_TRUE(run.ok()) << run.status().message();
    return *run;
  }
  static ResumeChoice ChooseIn(FileSystem& fs, const std::string& directory,
                               const VerifyOptions& options = {}) {
    const auto run = ScanRunDirectory(fs, directory);
    if (!run.ok()) return {.point = run.status()};
    return ChooseResumePoint(fs, *run, options);
  }
  Status ChooseError() { return ChooseIn(fs_, "run").point.status(); }
  ResumePoint Choose() {
    const auto point = ChooseIn(fs_, "run").point;
    EXPECT_TRUE(point.ok()) << point.status().message();
    return point.ok() ? *point : ResumePoint{"(error)", ""};
  }
  std::vector<std::string> PassedOverLines(FileSystem& fs) {
    std::vector<std::string> lines;
    for (const PassedOver& other : ChooseIn(fs, "run").passed_over)
      lines.push_back(other.ToString());
    return lines;
  }
  std::vector<std::string> Notes() { return NotesOnChoice(Scan(), ChooseIn(fs_, "run")); }
  static std::vector<std::string> Names(const RunDirectory& run) {
    std::vector<std::string> names;
    for (const RunCheckpoint& checkpoint : run.checkpoints) names.push_back(checkpoint.name);
    return names;
  }

  MemoryFileSystem fs_;
};

}  // namespace cairn

#endif  // CAIRN_RUN_RUN_DIRECTORY_FIXTURE_H_
