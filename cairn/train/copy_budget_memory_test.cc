// The memory of a save with `copy_budget`: the copy and the buffers of the writer, however large
// the variables are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/session/memory_session.h"
#include "cairn/testing/allocation_meter.h"
#include "cairn/testing/sanitizer.h"
#include "cairn/testing/temp_directory.h"
#include "cairn/train/model_saver.h"

namespace cairn {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kNumVariables = 12;
constexpr uint64_t kVariableNbytes = 8 * kMiB;
constexpr uint64_t kBufferNbytes = 4 * kMiB;  // of the writer
constexpr uint64_t kSlack = 6 * kMiB;         // of small things, and of pages that are rounded up

// The memory of this process that is not of a file. The copy is not from `operator new`.
uint64_t AnonymousNbytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("RssAnon:")) continue;
    return std::stoull(line.substr(line.find_first_of("0123456789"))) << 10;
  }
  ADD_FAILURE() << "/proc/self/status has no RssAnon";
  return 0;
}

struct MemoryUse {
  uint64_t copied = 0;   // more than before the save, when Save has returned
  uint64_t written = 0;  // the same after the checkpoint was written
  uint64_t heap = 0;     // the most that `operator new` gave at once
};

MemoryUse MeasureSave(std::optional<uint64_t> budget) {
  std::vector<std::vector<float>> values(kNumVariables);
  MemorySession session;
  for (size_t i = 0; i < values.size(); ++i) {
    values[i].assign(kVariableNbytes / sizeof(float), static_cast<float>(i));
    const std::string name = "v" + std::to_string(i);
    EXPECT_TRUE(session.Add(name, values[i], {kVariableNbytes / sizeof(float)}).ok());
  }
  session.AllowFreezing();
  TempDirectory temp;
  RunComponents components;
  MemoryUse use;
  const uint64_t before = AnonymousNbytes();
  const auto more = [&] { return AnonymousNbytes() - std::min(before, AnonymousNbytes()); };
  ModelSaverOptions options = {.durability = SaveDurability::kProcess,
                               .background = true,
                               .copy_budget = budget,
                               .on_saved = [&](const SavedCheckpoint&) { use.written = more(); }};
  options.save.transfer.memory_budget = kBufferNbytes;
  ModelSaver saver(LocalFileSystem(), temp.path() + "/run", session, components, options);
  const AllocationMeter meter;
  EXPECT_TRUE(saver.Save({.step = 1}).ok());
  use.copied = more();
  // A step changes each variable as soon as it may.
  for (size_t i = 0; i < values.size(); ++i) {
    session.WaitUntilReleased(i);
    values[i][0] = -1;
  }
  EXPECT_TRUE(saver.Wait().ok());
  use.heap = meter.peak_nbytes();
  EXPECT_TRUE(Verify(LocalFileSystem(), temp.path() + "/run/model-1")->ok());
  return use;
}

TEST(CopyBudgetMemoryTest, ACopyOfEverythingTakesAsMuchAsTheVariables) {
  const MemoryUse use = MeasureSave(std::nullopt);
  EXPECT_GE(use.copied, kNumVariables * kVariableNbytes);
}

TEST(CopyBudgetMemoryTest, ABudgetBoundsIt) {
  if (kHasThreadSanitizer) GTEST_SKIP() << "what the sanitizer remembers of each byte is counted";
  for (const uint64_t num_copied : {0, 1, 3}) {
    const uint64_t budget = num_copied * kVariableNbytes;
    const MemoryUse use = MeasureSave(budget);
    EXPECT_GE(use.copied + kSlack, budget);
    EXPECT_LE(use.copied, budget + kBufferNbytes + kSlack) << num_copied;
    EXPECT_LE(use.written, budget + kBufferNbytes + kSlack) << num_copied;
    EXPECT_LE(use.heap, kBufferNbytes + kSlack) << num_copied;
  }
}

}  // namespace
}  // namespace cairn
