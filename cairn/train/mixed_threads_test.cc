// One program does everything at once: it trains and saves, in the background too, and names its
// best checkpoints, while other threads of it read, verify and convert the newest checkpoints and
// resume from them. ThreadSanitizer runs it, too.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "cairn/testing/row_name.h"
#include "cairn/testing/temp_directory.h"
#include "cairn/testing/values.h"
#include "cairn/train/toy_run.h"

namespace cairn {
namespace {

constexpr int64_t kNumSteps = 40;
constexpr TransferOptions kTwoThreads = {.threads = 2};

// How the run saves.
struct Way {
  const char* what;
  bool background;
  IfStillSaving if_still_saving = IfStillSaving::kWait;
  SaveDurability durability = SaveDurability::kPower;
};
void PrintTo(const Way& way, std::ostream* out) { *out << way.what; }

struct Training {
  FileSystem& fs;
  const std::string& directory;
  const Way& way;
  std::atomic<bool> has_begun = false;  // there is a checkpoint
  std::atomic<bool> has_ended = false;
  // The counts of all readers together; each kind of work succeeds at least once.
  std::atomic<int> num_read = 0;
  std::atomic<int> num_verified = 0;
  std::atomic<int> num_converted = 0;
  std::atomic<int> num_resumed = 0;
  std::atomic<int64_t> newest = 0;  // the step that was acknowledged last
};

// The run removes old checkpoints under the readers, which must be said as that and nothing else.
bool IsExpected(const Status& status) {
  return status.reason() == Reason::kGone || status.reason() == Reason::kMissing;
}

// Each step writes its number into every element of every variable.
void Train(Training& training) {
  std::vector<float> weights(50'000);
  std::vector<int64_t> counts(3);
  MemorySession session;
  ASSERT_TRUE(session.Add("w", weights, {50'000}, {.trainable = true}).ok());
  ASSERT_TRUE(session.Add("n", counts, {3}).ok());
  const RunComponents components;
  ModelSaverOptions options = {.retention = {.max_to_keep = 2},
                               .durability = training.way.durability,
                               .background = training.way.background,
                               .if_still_saving = training.way.if_still_saving};
  options.save.transfer = kTwoThreads;
  options.on_saved = [&](const SavedCheckpoint& saved) {
    EXPECT_TRUE(saved.warnings.empty()) << saved.warnings.front();
    training.newest = StepOfSavedName(saved.name).value();
    training.has_begun = true;
  };
  ModelSaver saver(training.fs, training.directory, session, components, options);
  for (int64_t step = 1; step <= kNumSteps; ++step) {
    std::ranges::fill(weights, static_cast<float>(step));
    std::ranges::fill(counts, step);
    if (step % 5 == 0) saver.CopyTo("min-cost", step);  // as MinSaver does
    const auto saved = saver.Save({.step = step});
    ASSERT_TRUE(saved.ok()) << saved.status().message();
  }
  const Status waited = saver.Wait();
  EXPECT_TRUE(waited.ok()) << waited.message();
  EXPECT_EQ(training.newest, kNumSteps);
}

void ExpectOneStep(const TensorDict& dict) {
  const auto weights = ReadAsText(dict, "w");
  const auto counts = ReadAsText(dict, "n");
  ASSERT_TRUE(weights.ok() && counts.ok());
  const auto step = LoadLittleEndian<int64_t>(AsBytes(*counts).data());
  for (size_t at = 0; at < weights->size(); at += sizeof(float)) {
    const auto weight = LoadLittleEndian<float>(AsBytes(*weights).data() + at);
    ASSERT_EQ(weight, static_cast<float>(step));
  }
}

// Two threads share one dict.
void ReadNewest(Training& training) {
  const auto dict = Open(training.fs, training.directory, {.access = Access::kRead});
  if (!dict.ok()) {
    EXPECT_TRUE(IsExpected(dict.status())) << dict.status().message();
    return;
  }
  std::thread other([&] { ExpectOneStep(*dict); });
  ExpectOneStep(*dict);
  other.join();
  ++training.num_read;
}

void VerifyNewest(Training& training) {
  const auto report = Verify(training.fs, training.directory,
                             {.access = Access::kRead, .limits = {}, .transfer = kTwoThreads});
  if (!report.ok()) {
    EXPECT_TRUE(IsExpected(report.status())) << report.status().message();
    return;
  }
  EXPECT_TRUE(report->ok()) << report->findings.front().error.message();
  ++training.num_verified;
}

void ConvertNewest(Training& training, const std::string& to) {
  const auto dict = Open(training.fs, training.directory, {.access = Access::kRead});
  if (!dict.ok()) return;
  SaveOptions options;
  options.if_exists = IfExists::kReplace;
  options.transfer = kTwoThreads;
  const auto saved = Save(training.fs, to, *dict, options);
  ASSERT_TRUE(saved.ok()) << saved.status().message();
  const auto converted = Open(training.fs, to);
  ASSERT_TRUE(converted.ok()) << converted.status().message();
  ExpectOneStep(*converted);
  ++training.num_converted;
}

void ResumeNewest(Training& training) {
  std::vector<float> weights(50'000);
  std::vector<int64_t> counts(3);
  MemorySession session;
  ASSERT_TRUE(session.Add("w", weights, {50'000}, {.trainable = true}).ok());
  ASSERT_TRUE(session.Add("n", counts, {3}).ok());
  RunComponents components;
  const auto resumed = Resume(training.fs, training.directory, session, components);
  if (!resumed.ok()) {
    EXPECT_TRUE(IsExpected(resumed.status())) << resumed.status().message();
    return;
  }
  EXPECT_EQ(weights.front(), static_cast<float>(resumed->position.step));
  EXPECT_EQ(counts.back(), resumed->position.step);
  ++training.num_resumed;
}

class MixedThreadsTest : public testing::TestWithParam<Way> {};

TEST_P(MixedThreadsTest, ReadersOfALiveRunSeeWholeCheckpointsOrNone) {
  const TempDirectory temp;
  const std::string run = temp.path() + "/run";
  Training training{LocalFileSystem(), run, GetParam()};
  const auto until_the_end = [&](auto work) {
    return std::thread([&training, work] {
      while (!training.has_begun && !training.has_ended) std::this_thread::yield();
      while (!training.has_ended) work();
      work();  // once more, after the last save
    });
  };
  std::thread readers[] = {
      until_the_end([&] { ReadNewest(training); }), until_the_end([&] { VerifyNewest(training); }),
      until_the_end([&] { ConvertNewest(training, temp.path() + "/a.safetensors"); }),
      until_the_end([&] { ConvertNewest(training, temp.path() + "/b.npz"); }),
      until_the_end([&] { ResumeNewest(training); })};
  Train(training);
  training.has_ended = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_GT(training.num_read, 0);
  EXPECT_GT(training.num_verified, 0);
  EXPECT_GT(training.num_converted, 1);
  EXPECT_GT(training.num_resumed, 0);
}

INSTANTIATE_TEST_SUITE_P(
    , MixedThreadsTest,
    testing::Values(Way{"blocking", false}, Way{"in the background", true},
                    Way{"replacing the one that waits", true, IfStillSaving::kReplaceWaiting},
                    Way{"for the process", true, IfStillSaving::kReplaceWaiting,
                        SaveDurability::kProcess}),
    [](const auto& test_info) { return RowName(test_info.param.what); });

}  // namespace
}  // namespace cairn
