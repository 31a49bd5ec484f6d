// A hundred thousand names, members, files or lines take ten times as long as ten thousand.
#include <gtest/gtest.h>

#include <functional>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/resolve.h"
#include "cairn/formats/npz/npz.h"
#include "cairn/formats/safetensors/safetensors.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/state/run_directory.h"
#include "cairn/state/state_file.h"
#include "cairn/testing/bundle_bytes.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/format_conformance.h"
#include "cairn/testing/growth.h"
#include "cairn/testing/sanitizer.h"

namespace cairn {
namespace {

constexpr int kMany = kHasSlowSanitizer ? 20'000 : 100'000;
constexpr int kFew = kMany / 10;

void PutText(MemoryFileSystem& fs, const std::string& path, const std::string& text) {
  ASSERT_TRUE(fs.Put(path, AsBytes(text)).ok()) << path;
}

// Returns how often `work` calls the file system and the files that it opens.
uint64_t NumCallsOf(MemoryFileSystem& disk, const std::function<void(FileSystem&)>& work) {
  FaultFileSystem fs(disk);
  work(fs);
  uint64_t count = 0;
  for (size_t call = 0; call < kNumCalls; ++call)
    count += fs.script().count(static_cast<Call>(call));
  return count;
}

struct GrowthRow {
  const char* name;
  const Format* format;
  const char* path;
  bool compress = false;
  int num_tensors = kMany;
};

class FormatGrowthTest : public testing::TestWithParam<GrowthRow> {
 protected:
  void SaveTo(MemoryFileSystem& fs, const TensorDict& dict) {
    const SaveOptions options{
        .compress = GetParam().compress,
        .if_exists = GetParam().format->is_one_file ? IfExists::kReplace : IfExists::kFail};
    const auto saved = SaveAs(fs, *GetParam().format, GetParam().path, dict, options);
    ASSERT_TRUE(saved.ok()) << saved.status().message();
  }

  // Opens and reads what there is to know of each tensor, and looks for one that is not there.
  static void ReadAllMetadata(FileSystem& fs, size_t count) {
    const auto dict = Open(fs, GetParam().path);
    ASSERT_TRUE(dict.ok()) << dict.status().message();
    ASSERT_EQ(dict->size(), count);
    for (size_t i = 0; i < dict->size(); ++i) {
      ASSERT_TRUE(dict->source(i).ok());
      ASSERT_TRUE(dict->Find(dict->name(i)));
    }
    EXPECT_FALSE(dict->Get("no such name").ok());
  }

  static void VerifyQuickly(FileSystem& fs) {
    const auto report = Verify(fs, GetParam().path, {.depth = VerifyDepth::kQuick});
    ASSERT_TRUE(report.ok() && report->ok());
  }
};

TEST_P(FormatGrowthTest, OfNames) {
  const int num_tensors = GetParam().num_tensors;
  const TensorDict few_tensors = ManyTensors(num_tensors / 10);
  const TensorDict many_tensors = ManyTensors(num_tensors);
  MemoryFileSystem few;
  MemoryFileSystem many;
  EXPECT_LT(TimesAsLong(
                [&] {
                  MemoryFileSystem fs;
                  SaveTo(fs, many_tensors);
                },
                [&] {
                  MemoryFileSystem fs;
                  SaveTo(fs, few_tensors);
                }),
            kGrowthOfTen);
  SaveTo(few, few_tensors);
  SaveTo(many, many_tensors);
  EXPECT_LT(TimesAsLong([&] { ReadAllMetadata(many, num_tensors); },
                        [&] { ReadAllMetadata(few, num_tensors / 10); }),
            kGrowthOfTen);
  EXPECT_LT(TimesAsLong([&] { VerifyQuickly(many); }, [&] { VerifyQuickly(few); }), kGrowthOfTen);
}
INSTANTIATE_TEST_SUITE_P(
    , FormatGrowthTest,
    testing::Values(GrowthRow{"tf", &tf_bundle::kFormat, "m"},
                    GrowthRow{"npz", &npz::kNpzFormat, "m.npz"},
                    GrowthRow{"npz_compressed", &npz::kNpzFormat, "m.npz", true},
                    GrowthRow{"safetensors", &safetensors::kFormat, "m.safetensors"}),
    [](const auto& row) { return row.param.name; });

// A checkpoint of a few tensors beside `count` files that are not of it: logs, and data files and
// indexes of other names.
class ManyFilesTest : public testing::Test {
 protected:
  static void Fill(MemoryFileSystem& fs, int count) {
    ASSERT_TRUE(Save(fs, "run/model-1", SmallTensors()).ok());
    PutText(fs, "run/checkpoint", "model_checkpoint_path: \"model-1\"\n");
    for (int i = 0; i < count; i += 2) {
      PutText(fs, "run/events." + std::to_string(i), "log");
      PutText(fs, "run/model-1.data-0000" + std::to_string(i) + ".txt", "text");
    }
  }

  static void OpenByName(FileSystem& fs) {
    for (const char* const path : {"run/model-1", "run/model-1.index"})
      ASSERT_TRUE(Open(fs, path).ok()) << path;
    EXPECT_FALSE(Open(fs, "run/model-2").ok());
    const auto report = Verify(fs, "run/model-1", {.depth = VerifyDepth::kStrict});
    ASSERT_TRUE(report.ok()) << report.status().message();
  }
};

TEST_F(ManyFilesTest, BesideACheckpoint) {
  MemoryFileSystem few;
  MemoryFileSystem many;
  Fill(few, kFew);
  Fill(many, kMany);
  // Files are listed, and not asked about one by one.
  EXPECT_EQ(NumCallsOf(few, OpenByName), NumCallsOf(many, OpenByName));
  EXPECT_LT(TimesAsLong([&] { OpenByName(many); }, [&] { OpenByName(few); }), kGrowthOfTen);
}

TEST_F(ManyFilesTest, InTheDirectoryOfARun) {
  MemoryFileSystem few;
  MemoryFileSystem many;
  Fill(few, kFew);
  Fill(many, kMany);
  const auto scan = [](FileSystem& fs) {
    const auto run = ScanRunDirectory(fs, "run");
    ASSERT_TRUE(run.ok()) << run.status().message();
    EXPECT_EQ(run->checkpoints.size(), 1u);
    EXPECT_TRUE(Open(fs, "run").ok());
  };
  EXPECT_LT(NumCallsOf(many, scan), 11 * NumCallsOf(few, scan));
  EXPECT_LT(TimesAsLong([&] { scan(many); }, [&] { scan(few); }), kGrowthOfTen);
}

// Each data file has one tensor.
class ManyShardsTest : public testing::Test {
 protected:
  static constexpr int kManyShards = kMany / 20;
  static constexpr int kFewShards = kFew / 20;

  static void Put(MemoryFileSystem& fs, int num_shards) {
    BundleBytes bundle(num_shards);
    for (int i = 0; i < num_shards; ++i)
      bundle.Add("tensor " + std::to_string(i), DType::kInt8, {1}, "x", i);
    ASSERT_TRUE(bundle.WriteTo(fs, "m").ok());
  }

  static void OpenAndVerify(FileSystem& fs) {
    ASSERT_TRUE(Open(fs, "m").ok());
    ASSERT_TRUE(Verify(fs, "m", {.depth = VerifyDepth::kStrict}).ok());
  }
};

TEST_F(ManyShardsTest, ThatAreThere) {
  MemoryFileSystem few;
  MemoryFileSystem many;
  Put(few, kFewShards);
  Put(many, kManyShards);
  EXPECT_LT(NumCallsOf(many, OpenAndVerify), 11 * NumCallsOf(few, OpenAndVerify));
  EXPECT_LT(TimesAsLong([&] { OpenAndVerify(many); }, [&] { OpenAndVerify(few); }), kGrowthOfTen);
}

// Every second data file is gone.
TEST_F(ManyShardsTest, ThatAreGone) {
  MemoryFileSystem few;
  MemoryFileSystem many;
  for (auto [fs, num_shards] : {std::pair(&few, kFewShards), std::pair(&many, kManyShards)}) {
    Put(*fs, num_shards);
    for (int i = 0; i < num_shards; i += 2)
      ASSERT_TRUE(fs->Remove(ShardPath("m", i, num_shards)).ok());
  }
  EXPECT_LT(NumCallsOf(many, OpenAndVerify), 11 * NumCallsOf(few, OpenAndVerify));
  EXPECT_LT(TimesAsLong([&] { OpenAndVerify(many); }, [&] { OpenAndVerify(few); }), kGrowthOfTen);
}

// The lines name checkpoints that are gone, but for the newest.
class LongStateFileTest : public testing::Test {
 protected:
  static void Put(MemoryFileSystem& fs, int num_lines) {
    ASSERT_TRUE(Save(fs, "run/model-0", SmallTensors()).ok());
    std::string text = "model_checkpoint_path: \"model-0\"\n";
    for (int i = num_lines - 1; i >= 0; --i)
      text += "all_model_checkpoint_paths: \"model-" + std::to_string(i) + "\"\n";
    PutText(fs, "run/checkpoint", text);
  }

  static void ReadAndScan(FileSystem& fs) {
    ASSERT_TRUE(ReadStateFile(fs, "run").ok());
    ASSERT_TRUE(Open(fs, "run").ok());
    const auto run = ScanRunDirectory(fs, "run");
    ASSERT_TRUE(run.ok());
    EXPECT_EQ(run->checkpoints.size(), 1u);
  }
};

TEST_F(LongStateFileTest, IsReadAndScanned) {
  MemoryFileSystem few;
  MemoryFileSystem many;
  Put(few, kFew);
  Put(many, kMany);
  EXPECT_LE(NumCallsOf(many, ReadAndScan), 11 * NumCallsOf(few, ReadAndScan));
  EXPECT_LT(TimesAsLong([&] { ReadAndScan(many); }, [&] { ReadAndScan(few); }), kGrowthOfTen);
}

}  // namespace
}  // namespace cairn
