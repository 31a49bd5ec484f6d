#include "cairn/checkpoint/copy_checkpoint.h"

#include <functional>
#include <set>

#include "cairn/checkpoint/copied_checkpoint_fixture.h"
#include "cairn/codec/sstable/table_reader.h"
#include "cairn/core/shape.h"
#include "cairn/formats/tf_bundle/bundle_proto.h"
#include "cairn/testing/buggy_file_system.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/v1_bytes.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

const CopyOptions kReplacing = {.if_exists = IfExists::kReplace};

class CopyTest : public testing::TestWithParam<StoredForm> {
 protected:
  std::string In(const std::string& stem) const { return "run/" + stem + GetParam().extension; }
  void SaveIt(const std::string& stem, float value) {
    const Status saved = SaveValue(fs_, In(stem), value, GetParam().max_shard_nbytes);
    ASSERT_TRUE(saved.ok()) << saved.message();
  }
  CopyReport Copy(const std::string& from, const std::string& to, const CopyOptions& options = {}) {
    auto report = CopyCheckpoint(fs_, In(from), In(to), options);
    EXPECT_TRUE(report.ok()) << report.status().message();
    return report.ok() ? *std::move(report) : CopyReport{};
  }

  MemoryFileSystem fs_;
};

TEST_P(CopyTest, OpensAndVerifiesUnderTheNewName) {
  SaveIt("model-20", 5);
  const auto report = CopyCheckpoint(fs_, In("model-20"), "kept/best" + GetParam().extension);
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(SoundValueAt(fs_, "kept/best" + GetParam().extension, VerifyDepth::kStrict), "5");
  EXPECT_EQ(SoundValueAt(fs_, In("model-20"), VerifyDepth::kStrict), "5");
  EXPECT_EQ(NamesIn(fs_, "kept").size(), report->files.size());
  EXPECT_EQ(report->files[0].method, CopyMethod::kReflink);
}

TEST_P(CopyTest, OutlivesTheOriginalWithEveryMethod) {
  for (const CopyMethod method : {CopyMethod::kReflink, CopyMethod::kHardLink, CopyMethod::kCopy}) {
    SCOPED_TRACE(Name(method));
    SaveIt("model-20", 5);
    const std::vector<std::string> original = NamesIn(fs_, "run");
    const CopyReport report = Copy("model-20", "best", {.methods = {method}});
    EXPECT_EQ(report.files[0].method, method);
    EXPECT_EQ(report.written_nbytes == report.nbytes, method == CopyMethod::kCopy);
    for (const std::string& name : original) ASSERT_TRUE(fs_.Remove("run/" + name).ok());
    EXPECT_EQ(SoundValueAt(fs_, In("best"), VerifyDepth::kStrict), "5");
    for (const std::string& name : NamesIn(fs_, "run")) ASSERT_TRUE(fs_.Remove("run/" + name).ok());
  }
}

TEST_P(CopyTest, DoesNotReplaceUnlessToldTo) {
  SaveIt("model-10", 1);
  SaveIt("model-20", 2);
  Copy("model-10", "best");
  const std::vector<std::string> before = NamesIn(fs_, "run");
  EXPECT_EQ(CopyCheckpoint(fs_, In("model-20"), In("best")).status().reason(), Reason::kExists);
  EXPECT_EQ(SoundValueAt(fs_, In("best")), "1");
  EXPECT_THAT(NamesIn(fs_, "run"), ElementsAreArray(before));
}

// Each replacement leaves exactly the files of one checkpoint, and the third is as the first.
TEST_P(CopyTest, ReplacesAgainAndAgain) {
  std::vector<std::vector<std::string>> listings;
  for (int step = 1; step <= 6; ++step) {
    SaveIt("model-" + std::to_string(step), static_cast<float>(step));
    const size_t without = NamesIn(fs_, "run").size();
    const size_t num_files = Copy("model-" + std::to_string(step), "best", kReplacing).files.size();
    EXPECT_EQ(SoundValueAt(fs_, In("best"), VerifyDepth::kStrict), std::to_string(step));
    std::vector<std::string> best;
    for (const std::string& name : NamesIn(fs_, "run")) {
      if (name.starts_with("best")) best.push_back(name);
    }
    EXPECT_EQ(best.size(), num_files);
    if (step == 1) {
      EXPECT_EQ(NamesIn(fs_, "run").size(), without + num_files);
    }
    listings.push_back(best);
  }
  for (size_t i = 2; i < listings.size(); ++i) EXPECT_EQ(listings[i], listings[i - 2]);
}

TEST_P(CopyTest, WhoHasTheOldOneOpenReadsItToItsEnd) {
  SaveIt("model-1", 1);
  SaveIt("model-2", 2);
  Copy("model-1", "best");
  for (const Access access : {Access::kRead, Access::kMap}) {
    const auto old = Open(fs_, In("best"), {.access = access});
    ASSERT_TRUE(old.ok());
    const float before = *ValueOf(*old);
    Copy(before == 1 ? "model-2" : "model-1", "best", kReplacing);
    Copy(before == 1 ? "model-2" : "model-1", "best", kReplacing);
    EXPECT_EQ(*ValueOf(*old), before);
    EXPECT_EQ(SoundValueAt(fs_, In("best")), before == 1 ? "2" : "1");
  }
}

TEST_P(CopyTest, AfterAnyErrorTheOldOneOrTheNewOneIsThere) {
  SaveIt("model-1", 1);
  SaveIt("model-2", 2);
  Copy("model-1", "best");
  bool was_hit = true;
  for (uint64_t nth = 1; was_hit; ++nth) {
    was_hit = false;
    for (const Call call : {Call::kCreate, Call::kWrite, Call::kAllocate, Call::kSync, Call::kClose,
                            Call::kRename, Call::kRemove, Call::kSyncDirectory}) {
      const auto disk = fs_.AfterPowerCut();
      FaultFileSystem machine(*disk);
      machine.script().Inject({.call = call, .nth = nth});
      CopyOptions options = kReplacing;
      options.methods = {CopyMethod::kCopy};
      const auto copied = CopyCheckpoint(machine, In("model-2"), In("best"), options);
      was_hit |= machine.script().count(call) >= nth;
      const std::string found = SoundValueAt(*disk, In("best"));
      EXPECT_TRUE(found == "2" || (!copied.ok() && found == "1"))
          << found << " after " << Name(call) << " number " << nth;
      EXPECT_EQ(machine.script().UseAfterFailure(), std::nullopt) << Name(call) << " " << nth;
      ASSERT_TRUE(CopyCheckpoint(*disk, In("model-1"), In("best"), kReplacing).ok());
      EXPECT_EQ(SoundValueAt(*disk, In("best"), VerifyDepth::kStrict), "1");
    }
  }
}

// An error before the commit leaves nothing of the new checkpoint.
TEST_P(CopyTest, ARefusedWriteLeavesNoLitter) {
  SaveIt("model-1", 1);
  SaveIt("model-2", 2);
  Copy("model-1", "best");
  const std::vector<std::string> before = NamesIn(fs_, "run");
  FaultFileSystem machine(fs_);
  machine.script().Inject({.call = Call::kWrite, .reason = Reason::kNoSpace});
  CopyOptions options = kReplacing;
  options.methods = {CopyMethod::kCopy};
  EXPECT_EQ(CopyCheckpoint(machine, In("model-2"), In("best"), options).status().reason(),
            Reason::kNoSpace);
  EXPECT_THAT(NamesIn(fs_, "run"), ElementsAreArray(before));
}

TEST_P(CopyTest, NoticesAWriteThatDidLessThanItSaid) {
  SaveIt("model-1", 1);
  SaveIt("model-2", 2);
  Copy("model-1", "best");
  BuggyFileSystem program(fs_);
  program.SetBug(Bug::kShortWrite);
  CopyOptions options = kReplacing;
  options.methods = {CopyMethod::kCopy};
  EXPECT_EQ(CopyCheckpoint(program, In("model-2"), In("best"), options).status().reason(),
            Reason::kChanged);
  EXPECT_EQ(SoundValueAt(fs_, In("best")), "1");
}

// The remains of a first copy that crashed are not taken for a checkpoint, and not lost without a
// word.
TEST_P(CopyTest, ReplacesWhatACrashLeft) {
  SaveIt("model-1", 1);
  Copy("model-1", "best");
  std::vector<std::string> best;
  for (const std::string& name : NamesIn(fs_, "run")) {
    if (name.starts_with("best")) best.push_back("run/" + name);
  }
  if (best.size() == 1) return;  // one file is whole or not there
  const std::string index = In("best") + (GetParam().extension.empty() ? ".index" : ".index.json");
  ASSERT_TRUE(fs_.Remove(index).ok());
  EXPECT_EQ(CopyCheckpoint(fs_, In("model-1"), In("best")).status().reason(), Reason::kExists);
  EXPECT_THAT(Copy("model-1", "best", kReplacing).removed, testing::SizeIs(best.size() - 1));
  EXPECT_EQ(SoundValueAt(fs_, In("best"), VerifyDepth::kStrict), "1");
}

// Whichever call of a replacement is the last before a crash.
TEST_P(CopyTest, IsFinishedWhereItWasInterruptedAfterItsCommit) {
  bool has_stopped = true;
  int num_finished = 0;
  for (uint64_t nth = 1; has_stopped; ++nth) {
    MemoryFileSystem disk;
    for (const auto& [name, value] : {std::pair{"model-1", 1.0F}, {"model-2", 2.0F}})
      ASSERT_TRUE(SaveValue(disk, In(name), value, GetParam().max_shard_nbytes).ok());
    ASSERT_TRUE(CopyCheckpoint(disk, In("model-1"), In("best")).ok());
    FaultFileSystem computer(disk);
    computer.script().StopAt(nth);
    (void)CopyCheckpoint(computer, In("model-2"), In("best"), kReplacing);
    has_stopped = computer.script().has_stopped();
    if (SoundValueAt(disk, In("best")) != "2") continue;
    ++num_finished;
    ASSERT_TRUE(FinishCopy(disk, In("model-2"), In("best")).ok());
    EXPECT_EQ(SoundValueAt(disk, In("best"), VerifyDepth::kStrict), "2");
    CopyReport report = *CopyCheckpoint(disk, In("model-1"), In("best"), kReplacing);
    EXPECT_THAT(report.files, testing::SizeIs(report.removed.size() + 1)) << "leftovers";
  }
  EXPECT_GE(num_finished, 1);
}

TEST_P(CopyTest, ReplacesOneThatIsDamaged) {
  SaveIt("model-1", 1);
  SaveIt("model-2", 2);
  Copy("model-1", "best");
  for (const std::string& name : NamesIn(fs_, "run")) {
    if (!name.starts_with("best")) continue;
    ASSERT_TRUE(fs_.Put("run/" + name, AsBytes("?")).ok());
  }
  Copy("model-2", "best", kReplacing);
  EXPECT_EQ(SoundValueAt(fs_, In("best"), VerifyDepth::kStrict), "2");
}

TEST_P(CopyTest, RefusesANameOfAnotherFormat) {
  SaveIt("model-1", 1);
  const bool is_npz = GetParam().extension == ".npz";
  const std::string other = is_npz ? "run/best" : "run/best.npz";
  const Status status = CopyCheckpoint(fs_, In("model-1"), other).status();
  EXPECT_EQ(status.reason(), Reason::kArgument);
  EXPECT_THAT(status.message(), HasSubstr("not the name of a checkpoint of"));
}

TEST_P(CopyTest, TakesTheNextMethodWhereOneDoesNotWork) {
  SaveIt("model-1", 1);
  FaultFileSystem machine(fs_);
  const Fault no_reflink = {.call = Call::kCreate, .reason = Reason::kUnsupported};
  machine.script().Inject(no_reflink);
  const auto linked = CopyCheckpoint(machine, In("model-1"), In("linked"));
  ASSERT_TRUE(linked.ok()) << linked.status().message();
  EXPECT_EQ(linked->files[0].method, CopyMethod::kHardLink);
  machine.script().Reset();
  machine.script().Inject({.call = Call::kCreate, .reason = Reason::kUnsupported, .nth = 2});
  machine.script().Inject(no_reflink);
  const auto copied = CopyCheckpoint(machine, In("model-1"), In("copied"));
  ASSERT_TRUE(copied.ok()) << copied.status().message();
  EXPECT_EQ(copied->files[0].method, CopyMethod::kCopy);
  EXPECT_EQ(SoundValueAt(fs_, In("copied"), VerifyDepth::kStrict), "1");
}

TEST_P(CopyTest, SaysThatNoMethodWorks) {
  SaveIt("model-1", 1);
  const std::vector<std::string> before = NamesIn(fs_, "run");
  FaultFileSystem machine(fs_);
  machine.script().Inject({.call = Call::kCreate, .reason = Reason::kUnsupported});
  CopyOptions options;
  options.methods = {CopyMethod::kReflink};
  EXPECT_EQ(CopyCheckpoint(machine, In("model-1"), In("best"), options).status().reason(),
            Reason::kUnsupported);
  EXPECT_THAT(NamesIn(fs_, "run"), ElementsAreArray(before));
}

// A writer that lost the lock of its run changes nothing, neither before it writes nor after.
TEST_P(CopyTest, AsksBeforeItRemovesAndBeforeItCommits) {
  SaveIt("model-1", 1);
  SaveIt("model-2", 2);
  Copy("model-1", "best");
  ASSERT_TRUE(fs_.Put("run/" + NamesIn(fs_, "run").front() + ".cairn-tmp0", {}).ok());
  const std::vector<std::string> before = NamesIn(fs_, "run");
  for (const int allowed : {0, 1, 2}) {
    int num_asked = 0;
    CopyOptions options = kReplacing;
    options.before_commit = [&] {
      return num_asked++ < allowed ? Status() : Status(Reason::kLocked, "somebody else writes");
    };
    const Status status = CopyCheckpoint(fs_, In("model-2"), In("best"), options).status();
    EXPECT_EQ(status.reason(), allowed < 2 ? Reason::kLocked : Reason::kNone);
    EXPECT_EQ(num_asked, std::min(allowed + 1, 2));
    EXPECT_EQ(SoundValueAt(fs_, In("best")), allowed < 2 ? "1" : "2");
    if (allowed == 0) {
      EXPECT_THAT(NamesIn(fs_, "run"), ElementsAreArray(before));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, CopyTest, testing::ValuesIn(kStoredForms), RowNameOfForm);

class CopiedBundleTest : public testing::Test {
 protected:
  void SaveIt(const std::string& prefix, float value, uint64_t max_shard_nbytes = 0) {
    ASSERT_TRUE(SaveValue(fs_, prefix, value, max_shard_nbytes).ok());
  }
  Status Copy(const std::string& from, const std::string& to) {
    return CopyCheckpoint(fs_, from, to, kReplacing).status();
  }
  std::vector<std::string> NamesOf(const std::string& beginning) {
    std::vector<std::string> names = NamesIn(fs_, "run");
    std::erase_if(names, [&](const std::string& name) { return !name.starts_with(beginning); });
    return names;
  }
  std::map<std::string, std::string> EntriesOf(const std::string& path) {
    std::map<std::string, std::string> entries;
    const auto file = fs_.OpenForReading(path, Access::kRead);
    const auto table = sstable::TableReader::Open(*file);
    EXPECT_TRUE(table
                    ->ForEach([&](std::string_view key, Bytes value) {
                      entries.emplace(key, AsText(value));
                      return Status();
                    })
                    .ok());
    return entries;
  }

  MemoryFileSystem fs_;
};

TEST_F(CopiedBundleTest, AFirstCopyIsTheSameByteForByte) {
  SaveIt("run/model-1", 1);
  ASSERT_TRUE(Copy("run/model-1", "run/best").ok());
  EXPECT_EQ(*fs_.Get("run/best.index"), *fs_.Get("run/model-1.index"));
  EXPECT_EQ(*fs_.Get("run/best.data-00000-of-00001"), *fs_.Get("run/model-1.data-00000-of-00001"));
}

TEST_F(CopiedBundleTest, ItsDataTakesTurnsBetweenTwoNames) {
  for (int i = 1; i <= 4; ++i) {
    const std::string prefix = "run/model-" + std::to_string(i);
    SaveIt(prefix, static_cast<float>(i));
    ASSERT_TRUE(Copy(prefix, "run/best").ok());
    EXPECT_THAT(NamesOf("best"),
                ElementsAre(i % 2 == 1 ? "best.data-00000-of-00001" : "best.data-00000-of-00002",
                            "best.index"));
  }
}

TEST_F(CopiedBundleTest, OfTheIndexOnlyTheHeaderChanges) {
  SaveIt("run/model-1", 1, 400);
  SaveIt("run/model-2", 2, 400);
  ASSERT_TRUE(Copy("run/model-1", "run/best").ok());
  ASSERT_TRUE(Copy("run/model-2", "run/best").ok());
  auto original = EntriesOf("run/model-2.index");
  auto copy = EntriesOf("run/best.index");
  const auto count_of = [](const std::string& header) {
    return tf_bundle::ParseHeader(AsBytes(header), 100)->num_shards;
  };
  EXPECT_EQ(count_of(copy[""]), count_of(original[""]) + 1);
  original.erase("");
  copy.erase("");
  EXPECT_EQ(copy, original);
}

TEST_F(CopiedBundleTest, ReplacesOneOfAnotherNumberOfFiles) {
  SaveIt("run/one", 1);
  SaveIt("run/several", 2, 400);
  for (const char* from : {"run/one", "run/several", "run/several", "run/one", "run/one"}) {
    ASSERT_TRUE(Copy(from, "run/best").ok());
    EXPECT_EQ(SoundValueAt(fs_, "run/best", VerifyDepth::kStrict),
              std::string_view(from) == "run/one" ? "1" : "2");
  }
}

TEST_F(CopiedBundleTest, ACopyOfACopyIsOneToo) {
  for (int i = 1; i <= 3; ++i) {
    SaveIt("run/model-" + std::to_string(i), static_cast<float>(i));
    ASSERT_TRUE(Copy("run/model-" + std::to_string(i), "run/best").ok());
    ASSERT_TRUE(Copy("run/best", "run/kept").ok());
    EXPECT_EQ(SoundValueAt(fs_, "run/kept", VerifyDepth::kStrict), std::to_string(i));
  }
}

TEST_F(CopiedBundleTest, LeavesOtherNamesAlone) {
  SaveIt("run/model-1", 1);
  for (const char* other :
       {"run/best-2", "run/bes", "run/best.old", "run/best.data-00000-of-00002x"})
    SaveIt(other, 9);
  const std::vector<std::string> before = NamesIn(fs_, "run");
  ASSERT_TRUE(Copy("run/model-1", "run/best").ok());
  ASSERT_TRUE(Copy("run/model-1", "run/best").ok());
  std::vector<std::string> after = NamesIn(fs_, "run");
  std::erase_if(after, [](const std::string& name) {
    return name == "best.index" || name == "best.data-00000-of-00002";
  });
  EXPECT_EQ(after, before);
}

TEST_F(CopiedBundleTest, RemovesTemporaryFilesOfItsName) {
  SaveIt("run/model-1", 1);
  for (const char* name : {"run/best.index.cairn-tmp0", "run/best.data-00000-of-00001.cairn-tmp7",
                           "run/best-2.index.cairn-tmp0"})
    ASSERT_TRUE(fs_.Put(name, AsBytes("half")).ok());
  ASSERT_TRUE(Copy("run/model-1", "run/best").ok());
  EXPECT_THAT(NamesOf("best"),
              ElementsAre("best-2.index.cairn-tmp0", "best.data-00000-of-00001", "best.index"));
}

TEST_F(CopiedBundleTest, RefusesADamagedOrIncompleteOriginal) {
  SaveIt("run/model-1", 1);
  SaveIt("run/model-2", 2);
  ASSERT_TRUE(Copy("run/model-1", "run/best").ok());
  ASSERT_TRUE(fs_.Put("run/model-2.index", FlipBit(*fs_.Get("run/model-2.index"), 99)).ok());
  EXPECT_EQ(Copy("run/model-2", "run/best").code(), StatusCode::kDataLoss);
  SaveIt("run/model-3", 3);
  ASSERT_TRUE(fs_.Remove("run/model-3.data-00000-of-00001").ok());
  EXPECT_EQ(Copy("run/model-3", "run/best").reason(), Reason::kMissing);
  EXPECT_EQ(SoundValueAt(fs_, "run/best", VerifyDepth::kStrict), "1");
}

TEST_F(CopiedBundleTest, TheMetagraphIsCopiedWhereItIsAskedFor) {
  SaveIt("run/model-1", 1);
  ASSERT_TRUE(fs_.Put("run/model-1.meta", AsBytes("graph")).ok());
  ASSERT_TRUE(Copy("run/model-1", "run/best").ok());
  EXPECT_THAT(NamesOf("best"), testing::Not(testing::Contains("best.meta")));
  CopyOptions options = kReplacing;
  options.with_metagraph = true;
  const auto copied = CopyCheckpoint(fs_, "run/model-1", "run/best", options);
  ASSERT_TRUE(copied.ok());
  EXPECT_EQ(copied->files.back().path, "run/best.meta");
  EXPECT_EQ(AsText(*fs_.Get("run/best.meta")), "graph");
}

TEST_F(CopiedBundleTest, IsNotCopiedToItself) {
  SaveIt("run/model-1", 1);
  EXPECT_EQ(Copy("run/model-1", "run/model-1").reason(), Reason::kArgument);
  EXPECT_EQ(Copy("run", "run/model-1").reason(), Reason::kArgument);
  EXPECT_EQ(Copy("run/model-1", "run/../run/model-1").reason(), Reason::kArgument);
  EXPECT_EQ(SoundValueAt(fs_, "run/model-1", VerifyDepth::kStrict), "1");
}

// Another program may have made links of all files.
TEST_F(CopiedBundleTest, ReplacesHardLinksOfItself) {
  SaveIt("run/model-1", 1);
  for (const char* ending : {".index", ".data-00000-of-00001"}) {
    ASSERT_TRUE(fs_.CreateSharing(std::string("run/best") + ending,
                                  std::string("run/model-1") + ending, Sharing::kHardLink)
                    .ok());
  }
  ASSERT_TRUE(Copy("run/model-1", "run/best").ok());
  for (const char* prefix : {"run/model-1", "run/best"})
    EXPECT_EQ(SoundValueAt(fs_, prefix, VerifyDepth::kStrict), "1");
}

TEST_F(CopiedBundleTest, RefusesADirectoryAndAFileOfACheckpoint) {
  SaveIt("run/model-1", 1);
  ASSERT_TRUE(fs_.CreateDirectories("run/best").ok());
  EXPECT_EQ(Copy("run/model-1", "run/best").reason(), Reason::kFileType);
  EXPECT_EQ(Copy("run/model-1", "run/new.index").reason(), Reason::kArgument);
}

TEST(CopiedV1Test, IsNotSupported) {
  MemoryFileSystem fs;
  ASSERT_TRUE(
      fs.Put("run/old", AsBytes(V1Bytes().AddWhole("w", DType::kInt8, {1}, V1Values({1})).file()))
          .ok());
  EXPECT_EQ(CopyCheckpoint(fs, "run/old", "run/new").status().reason(), Reason::kUnsupported);
}

// A hard link that is replaced by itself.
TEST(CopiedFileTest, IsTheSameFileAlready) {
  MemoryFileSystem fs;
  ASSERT_TRUE(SaveValue(fs, "run/model-1.npz", 1).ok());
  CopyOptions options = kReplacing;
  options.methods = {CopyMethod::kHardLink};
  ASSERT_TRUE(CopyCheckpoint(fs, "run/model-1.npz", "run/best.npz", options).ok());
  const auto again = CopyCheckpoint(fs, "run/model-1.npz", "run/best.npz", options);
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_THAT(again->notes, ElementsAre("run/best.npz is the same file already"));
  EXPECT_THAT(NamesIn(fs, "run"), ElementsAre("best.npz", "model-1.npz"));
  EXPECT_EQ(CopyCheckpoint(fs, "run/best.npz", "run/best.npz", options).status().reason(),
            Reason::kArgument);
}

TEST(CopiedSafetensorsTest, OneFileAndSeveralDoNotReplaceEachOther) {
  MemoryFileSystem fs;
  ASSERT_TRUE(SaveValue(fs, "run/one.safetensors", 1).ok());
  ASSERT_TRUE(SaveValue(fs, "run/several.safetensors", 2, 400).ok());
  ASSERT_TRUE(CopyCheckpoint(fs, "run/one.safetensors", "run/a.safetensors").ok());
  ASSERT_TRUE(CopyCheckpoint(fs, "run/several.safetensors", "run/b.safetensors").ok());
  for (const auto& [from, to] : {std::pair("run/several.safetensors", "run/a.safetensors"),
                                 std::pair("run/one.safetensors", "run/b.safetensors")}) {
    const Status status = CopyCheckpoint(fs, from, to, kReplacing).status();
    EXPECT_EQ(status.reason(), Reason::kExists);
    EXPECT_THAT(status.hint(), HasSubstr("Remove that one first"));
  }
  EXPECT_EQ(SoundValueAt(fs, "run/a.safetensors"), "1");
  EXPECT_EQ(SoundValueAt(fs, "run/b.safetensors"), "2");
}

// Runs a function once, when a file of this name has been opened.
class InterruptedFileSystem final : public FileSystem {
 public:
  InterruptedFileSystem(FileSystem& base, std::string path, std::function<void()> interrupt)
      : base_(base), path_(std::move(path)), interrupt_(std::move(interrupt)) {}

  Result<std::shared_ptr<const RandomAccessFile>> OpenForReading(const std::string& path,
                                                                 Access access) override {
    auto file = base_.OpenForReading(path, access);
    if (path == path_ && interrupt_) std::exchange(interrupt_, nullptr)();
    return file;
  }
  Result<std::unique_ptr<WritableFile>> CreateForWriting(const std::string& path) override {
    return base_.CreateForWriting(path);
  }
  Result<FileInfo> Stat(const std::string& path) override { return base_.Stat(path); }
  Result<std::vector<std::string>> List(const std::string& directory) override {
    return base_.List(directory);
  }
  Status CreateDirectories(const std::string& path) override {
    return base_.CreateDirectories(path);
  }
  Status Rename(const std::string& from, const std::string& to) override {
    return base_.Rename(from, to);
  }
  Status RenameNoReplace(const std::string& from, const std::string& to) override {
    return base_.RenameNoReplace(from, to);
  }
  Status Remove(const std::string& path) override { return base_.Remove(path); }
  Status SyncDirectory(const std::string& directory) override {
    return base_.SyncDirectory(directory);
  }
  Result<FreeSpace> GetFreeSpace(const std::string& directory) override {
    return base_.GetFreeSpace(directory);
  }

 private:
  FileSystem& base_;
  std::string path_;
  std::function<void()> interrupt_;
};

// A reader that has the index, and not yet the data, when the checkpoint is replaced once or twice.
class ReplacedWhileOpenedTest : public testing::TestWithParam<StoredForm> {};

TEST_P(ReplacedWhileOpenedTest, IsOpenedAgain) {
  const std::string ending = GetParam().extension;
  for (const int num_replacements : {1, 2}) {
    MemoryFileSystem disk;
    for (int i = 1; i <= 3; ++i)
      ASSERT_TRUE(SaveValue(disk, "run/model-" + std::to_string(i) + ending, static_cast<float>(i),
                            GetParam().max_shard_nbytes)
                      .ok());
    const auto replace_by = [&](int i) {
      return CopyCheckpoint(disk, "run/model-" + std::to_string(i) + ending, "run/best" + ending,
                            kReplacing)
          .status();
    };
    ASSERT_TRUE(replace_by(1).ok());
    const std::string index = "run/best" + (ending.empty() ? ".index" : ending + ".index.json");
    InterruptedFileSystem fs(disk, index, [&] {
      for (int i = 0; i < num_replacements; ++i) ASSERT_TRUE(replace_by(2 + i).ok());
    });
    const auto dict = Open(fs, "run/best" + ending);
    ASSERT_TRUE(dict.ok()) << dict.status().message();
    const auto value = ValueOf(*dict);
    ASSERT_TRUE(value.ok()) << value.status().message();
    EXPECT_EQ(*value, static_cast<float>(1 + num_replacements));
  }
}

INSTANTIATE_TEST_SUITE_P(, ReplacedWhileOpenedTest,
                         testing::Values(kStoredForms[0], kStoredForms[1], kStoredForms[4]),
                         RowNameOfForm);

}  // namespace
}  // namespace cairn
