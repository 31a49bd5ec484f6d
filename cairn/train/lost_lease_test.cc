// A run that another host takes over between the commit of a checkpoint and its copy: the copy is
// not made, and the one that was there stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/row_name.h"
#include "cairn/train/durable_run_fixture.h"

namespace cairn {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

void TakeOver(MemoryFileSystem& fs) {
  ProcessIdentity holder;
  holder.host = "other-host";
  const std::string lease = FormatLease({.number = 99, .holder = holder});
  EXPECT_TRUE(fs.Put("run/.cairn.lock", AsBytes(lease)).ok());
}

// The steps of all checkpoints, in the order of their names.
std::vector<int64_t> StepsByName(MemoryFileSystem& fs) {
  std::map<std::string, int64_t> steps;
  const Result<RunDirectory> run = ScanRunDirectory(fs, "run");
  EXPECT_TRUE(run.ok()) << run.status().message();
  for (const RunCheckpoint& checkpoint : run->checkpoints)
    steps[checkpoint.name] = checkpoint.step.value_or(-1);
  std::vector<int64_t> in_order;
  for (const auto& [name, step] : steps) in_order.push_back(step);
  return in_order;
}

class LostLeaseTest
    : public testing::TestWithParam<std::tuple<CheckpointFormat, /*background*/ bool>> {};

TEST_P(LostLeaseTest, NothingIsCopied) {
  const auto& [format, background] = GetParam();
  MemoryFileSystem disk;
  FaultFileSystem fs(disk);
  ToyRun run;
  std::vector<SavedCheckpoint> saved;
  ModelSaverOptions options = {.format = format, .background = background};
  options.on_saved = [&](const SavedCheckpoint& checkpoint) { saved.push_back(checkpoint); };
  ModelSaver saver(fs, "run", run.session, run.components, options);
  for (const int64_t step : {1, 2}) {
    run.Step();
    // The state file gets its name after the commit.
    if (step == 2) fs.script().After(Call::kRename, "run/checkpoint", [&] { TakeOver(disk); });
    saver.CopyTo("min-cost", step);
    ASSERT_TRUE(saver.Save({.step = step}).ok());
    ASSERT_TRUE(saver.Wait().ok());
  }

  ASSERT_THAT(saved, SizeIs(2));
  EXPECT_THAT(saved[0].copies, ElementsAre("min-cost"));
  EXPECT_THAT(saved[1].copies, IsEmpty());
  EXPECT_THAT(saved[1].not_copied, ElementsAre("min-cost"));
  EXPECT_THAT(saved[1].warnings,
              ElementsAre(AllOf(HasSubstr("is not copied to min-cost"), HasSubstr("other-host"))));
  EXPECT_TRUE(saver.TakeFailedCopy("min-cost"));
  EXPECT_THAT(StepsByName(disk), ElementsAre(/*min-cost*/ 1, /*model-1*/ 1, /*model-2*/ 2));

  const Status next = saver.Save({.step = 3}).status();
  EXPECT_EQ(next.ok() ? saver.Wait().reason() : next.reason(), Reason::kLocked);
}

INSTANTIATE_TEST_SUITE_P(, LostLeaseTest,
                         testing::Combine(testing::ValuesIn(kFormats), testing::Bool()),
                         [](const auto& test_info) {
                           const bool background = std::get<1>(test_info.param);
                           return RowName(ToString(std::get<0>(test_info.param)) +
                                          (background ? " in the background" : " blocking"));
                         });

}  // namespace
}  // namespace cairn
