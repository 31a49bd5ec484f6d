// A power cut at each call of a copy, with every outcome that a file system allows: the old
// checkpoint or the new one is there, whole, and the next copy leaves nothing else.
#include <iostream>
#include <set>

#include "cairn/checkpoint/copied_checkpoint_fixture.h"
#include "cairn/checkpoint/remove_checkpoint.h"
#include "cairn/testing/buggy_file_system.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/power_cut_states.h"
#include "cairn/testing/sanitizer.h"

namespace cairn {
namespace {

// The checkpoint that lies under the name before the copy.
enum class Before : uint8_t { kNothing, kOld, kOldAndLeftovers };

struct CutCopy {
  StoredForm form;
  Before before = Before::kOld;
  CopyMethod method = CopyMethod::kCopy;
};
void PrintTo(const CutCopy& copy, std::ostream* out) { *out << copy.form.what; }

std::vector<CutCopy> AllCutCopies() {
  std::vector<CutCopy> all;
  for (const StoredForm& form : kStoredForms) {
    all.push_back({form, Before::kNothing});
    all.push_back({form, Before::kOld});
    all.push_back({form, Before::kOldAndLeftovers});
    all.push_back({form, Before::kOld, CopyMethod::kHardLink});
    all.push_back({form, Before::kOld, CopyMethod::kReflink});
  }
  return all;
}

std::string RowNameOfCut(const testing::TestParamInfo<CutCopy>& test_info) {
  const CutCopy& copy = test_info.param;
  constexpr std::string_view kBefore[] = {" first", " replacing", " after a crash"};
  return RowName(std::string(copy.form.what) +
                 std::string(kBefore[static_cast<size_t>(copy.before)]) + " by " +
                 std::string(Name(copy.method)));
}

class CutCopyTest : public testing::TestWithParam<CutCopy> {
 protected:
  static std::string In(const std::string& stem) {
    return "run/" + stem + GetParam().form.extension;
  }
  static Result<CopyReport> Copy(FileSystem& fs, const std::string& from) {
    return CopyCheckpoint(fs, In(from), In("best"),
                          {.if_exists = IfExists::kReplace, .methods = {GetParam().method}});
  }

  // A durable disk.
  static std::unique_ptr<MemoryFileSystem> MakeDisk() {
    MemoryFileSystem disk;
    for (int i = 1; i <= 3; ++i) {
      EXPECT_TRUE(SaveValue(disk, In("model-" + std::to_string(i)), static_cast<float>(i),
                            GetParam().form.max_shard_nbytes)
                      .ok());
    }
    if (GetParam().before != Before::kNothing) {
      EXPECT_TRUE(Copy(disk, "model-1").ok());
    }
    if (GetParam().before == Before::kOldAndLeftovers) {
      // A copy that was killed just before its commit: of several files, all data has its name.
      FaultFileSystem machine(disk);
      const bool has_index = NamesIn(disk, "run").size() > 4;
      machine.script().Inject({.call = Call::kRename, .path_part = has_index ? "index" : "best"});
      machine.script().Inject({.call = Call::kRemove, .repeat = Repeat::kSticky});
      (void)Copy(machine, "model-3");
    }
    EXPECT_TRUE(disk.SyncDirectory("run").ok());
    return disk.AfterPowerCut();
  }

  static std::vector<std::string> BestNames(FileSystem& fs) {
    std::vector<std::string> names = NamesIn(fs, "run");
    std::erase_if(names, [](const std::string& name) { return !name.starts_with("best"); });
    return names;
  }

  // The copy that follows the power cut leaves the files of one checkpoint.
  static void JudgeNextCopy(MemoryFileSystem& disk, const std::string& state) {
    const auto report = Copy(disk, "model-3");
    ASSERT_TRUE(report.ok()) << report.status().message() << state;
    EXPECT_EQ(SoundValueAt(disk, In("best"), VerifyDepth::kStrict), "3") << state;
    EXPECT_EQ(BestNames(disk).size(), report->files.size()) << state;
  }
};

TEST_P(CutCopyTest, LeavesTheOldOneOrTheNewOne) {
  const std::string old = GetParam().before == Before::kNothing ? "E_MISSING" : "1";
  PowerCutStates before_success(1024);
  PowerCutStates after_success(1024);
  std::set<std::string> found;
  bool has_stopped = true;
  for (uint64_t nth = 1; has_stopped; nth += kCallStep) {
    const auto disk = MakeDisk();
    FaultFileSystem machine(*disk);
    machine.script().StopAt(nth);
    const bool is_acknowledged = Copy(machine, "model-2").ok();
    has_stopped = machine.script().has_stopped();
    (is_acknowledged ? after_success : before_success)
        .ForEachNew(*disk, [&](MemoryFileSystem& after, const std::string& what) {
          const std::string state = "\nafter a power cut before call " + std::to_string(nth) + what;
          const std::string value = SoundValueAt(after, In("best"));
          found.insert(value);
          ASSERT_TRUE(value == "2" || (!is_acknowledged && value == old)) << value << state;
          for (int i = 1; i <= 3; ++i)
            ASSERT_EQ(SoundValueAt(after, In("model-" + std::to_string(i))), std::to_string(i));
          JudgeNextCopy(after, state);
        });
    if (HasFatalFailure()) return;
  }
  EXPECT_EQ(found, (std::set<std::string>{old, "2"}));
  std::cout << "before success " << before_success.ToString() << "\nafter success "
            << after_success.ToString() << "\n";
}

INSTANTIATE_TEST_SUITE_P(, CutCopyTest, testing::ValuesIn(AllCutCopies()), RowNameOfCut);

// Whether a copy with this mistake ever leaves something that is neither the old nor the new one.
bool EverTorn(Bug bug) {
  PowerCutStates states;
  bool is_torn = false;
  bool has_stopped = true;
  for (uint64_t nth = 1; has_stopped; ++nth) {
    MemoryFileSystem disk;
    EXPECT_TRUE(SaveValue(disk, "run/model-1", 1).ok());
    EXPECT_TRUE(SaveValue(disk, "run/model-2", 2).ok());
    EXPECT_TRUE(CopyCheckpoint(disk, "run/model-1", "run/best").ok());
    FaultFileSystem machine(disk);
    BuggyFileSystem program(machine);
    program.SetBug(bug);
    machine.script().StopAt(nth);
    const bool is_acknowledged =
        CopyCheckpoint(program, "run/model-2", "run/best",
                       {.if_exists = IfExists::kReplace, .methods = {CopyMethod::kCopy}})
            .ok();
    has_stopped = machine.script().has_stopped();
    states.ForEachNew(disk, [&](MemoryFileSystem& after, const std::string&) {
      const std::string value = SoundValueAt(after, "run/best");
      is_torn |= value != "2" && (is_acknowledged || value != "1");
    });
  }
  return is_torn;
}

TEST(BuggyCopyTest, IsCaught) {
  EXPECT_FALSE(EverTorn(Bug::kNone));
  for (const Bug bug :
       {Bug::kNoFileSync, Bug::kNoDataSync, Bug::kNoIndexSync, Bug::kNoDirectorySync,
        Bug::kNoDirectorySyncBeforeIndex, Bug::kIndexBeforeData})
    EXPECT_TRUE(EverTorn(bug)) << static_cast<int>(bug);
}

class CutRemovalTest : public testing::TestWithParam<StoredForm> {};

TEST_P(CutRemovalTest, LeavesAWholeCheckpointOrNone) {
  const std::string ending = GetParam().extension;
  PowerCutStates states;
  std::set<std::string> found;
  bool has_stopped = true;
  for (uint64_t nth = 1; has_stopped; ++nth) {
    MemoryFileSystem disk;
    for (const char* stem : {"run/model-1", "run/model-10"})
      ASSERT_TRUE(SaveValue(disk, stem + ending, 1, GetParam().max_shard_nbytes).ok());
    FaultFileSystem machine(disk);
    machine.script().StopAt(nth);
    const bool is_removed = RemoveCheckpoint(machine, "run/model-1" + ending).ok();
    has_stopped = machine.script().has_stopped();
    states.ForEachNew(disk, [&](MemoryFileSystem& after, const std::string& what) {
      const std::string value = SoundValueAt(after, "run/model-1" + ending);
      found.insert(value);
      ASSERT_TRUE(value == "E_MISSING" || (!is_removed && value == "1")) << value << what;
      ASSERT_EQ(SoundValueAt(after, "run/model-10" + ending, VerifyDepth::kStrict), "1") << what;
      const auto rest = RemoveCheckpoint(after, "run/model-1" + ending);
      ASSERT_TRUE(rest.ok() || rest.status().reason() == Reason::kMissing);
      for (const std::string& name : NamesIn(after, "run"))
        ASSERT_TRUE(name.starts_with("model-10")) << name << what;
    });
  }
  EXPECT_EQ(found, (std::set<std::string>{"1", "E_MISSING"}));
}

INSTANTIATE_TEST_SUITE_P(, CutRemovalTest, testing::ValuesIn(kStoredForms), RowNameOfForm);

}  // namespace
}  // namespace cairn
