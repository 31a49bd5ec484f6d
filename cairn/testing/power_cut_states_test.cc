#include "cairn/testing/power_cut_states.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "cairn/core/bytes.h"

namespace cairn {
namespace {

using testing::Contains;
using testing::Not;
using testing::UnorderedElementsAre;

class PowerCutStatesTest : public testing::Test {
 protected:
  std::unique_ptr<WritableFile> Create(const std::string& path, std::string_view text) {
    auto file = disk_.CreateForWriting(path).value();
    EXPECT_TRUE(file->WriteAt(0, AsBytes(text)).ok());
    return file;
  }

  // Each new state as "name=content name=content", for files in the root.
  std::set<std::string> NewStates() {
    std::set<std::string> states;
    cuts_.ForEachNew(disk_, [&](MemoryFileSystem& after, const std::string& what) {
      std::string text;
      const std::vector<std::string> names = *after.List("/");
      for (const std::string& name : names) {
        const auto content = after.Get(name);
        if (!content.ok()) continue;
        text += (text.empty() ? "" : " ") + name + "=";
        for (const char c : AsText(*content)) text += c == '\0' ? '0' : c;
      }
      EXPECT_TRUE(states.insert(text).second) << text << " twice:" << what;
    });
    return states;
  }

  MemoryFileSystem disk_;
  PowerCutStates cuts_;
};

TEST_F(PowerCutStatesTest, ADiskWhereAllIsSyncedHasOneState) {
  ASSERT_TRUE(disk_.Put("f", AsBytes("text")).ok());
  EXPECT_THAT(NewStates(), UnorderedElementsAre("f=text"));
  EXPECT_THAT(NewStates(), UnorderedElementsAre());
}

TEST_F(PowerCutStatesTest, ANewFileIsMissingOrHasAnyOfItsContents) {
  const auto file = Create("f", "abcd");
  EXPECT_THAT(NewStates(),
              UnorderedElementsAre("", "f=", "f=0000", "f=ab", "f=ab00", "f=00cd", "f=abcd"));
  EXPECT_EQ(cuts_.num_combinations(), 12u);
}

// "Delayed allocation": the rename is durable before the bytes that it names.
TEST_F(PowerCutStatesTest, ARenameMayComeBeforeTheBytesItNames) {
  ASSERT_TRUE(disk_.Put("f", AsBytes("old")).ok());
  const auto file = Create("tmp", "new!");
  EXPECT_TRUE(disk_.Rename("tmp", "f").ok());
  const std::set<std::string> states = NewStates();
  EXPECT_THAT(states, testing::IsSupersetOf({"f=old", "f=", "f=0000", "f=ne", "f=ne00", "f=new!",
                                             "f=old tmp=", "f=old tmp=new!"}));
  EXPECT_THAT(states, Not(Contains("")));
}

TEST_F(PowerCutStatesTest, AfterSyncOfFileAndDirectoryARenameIsOldOrNew) {
  ASSERT_TRUE(disk_.Put("f", AsBytes("old")).ok());
  EXPECT_TRUE(Create("tmp", "new")->Sync().ok());
  EXPECT_TRUE(disk_.SyncDirectory("/").ok());
  EXPECT_TRUE(disk_.Rename("tmp", "f").ok());
  EXPECT_THAT(NewStates(), UnorderedElementsAre("f=old tmp=new", "f=new"));
}

TEST_F(PowerCutStatesTest, ChangesReachTheDiskInAnyOrder) {
  for (const char* const name : {"a", "b"}) ASSERT_TRUE(disk_.Put(name, AsBytes("x")).ok());
  EXPECT_TRUE(disk_.Remove("a").ok());
  EXPECT_TRUE(disk_.Remove("b").ok());
  EXPECT_THAT(NewStates(), UnorderedElementsAre("a=x b=x", "a=x", "b=x", ""));
}

TEST_F(PowerCutStatesTest, HalfOfARenameBetweenDirectoriesMayBeMissing) {
  ASSERT_TRUE(disk_.Put("/d/f", AsBytes("text")).ok());
  EXPECT_TRUE(disk_.Rename("/d/f", "/f").ok());
  std::set<std::string> states;
  cuts_.ForEachNew(disk_, [&](MemoryFileSystem& after, const std::string&) {
    states.insert(std::string(after.Get("/d/f").ok() ? "old" : "") +
                  (after.Get("/f").ok() ? "new" : ""));
  });
  EXPECT_THAT(states, UnorderedElementsAre("old", "new", "oldnew", ""));
}

TEST_F(PowerCutStatesTest, ManyCombinationsAreSampledAndCounted) {
  PowerCutStates few(100);
  PowerCutStates other_seed(100, 2);
  const auto count = [&](PowerCutStates& cuts) {
    std::set<std::string> whats;
    cuts.ForEachNew(disk_, [&](MemoryFileSystem&, const std::string& what) { whats.insert(what); });
    return whats;
  };
  for (char c = 'a'; c <= 'j'; ++c) (void)Create(std::string(1, c), "text");
  const std::set<std::string> whats = count(few);
  EXPECT_EQ(few.num_sampled_cuts(), 1u);
  EXPECT_EQ(few.num_combinations(), 100u);
  EXPECT_GT(whats.size(), 90u);
  EXPECT_NE(count(other_seed), whats);
  PowerCutStates again(100);
  EXPECT_EQ(count(again), whats);
  EXPECT_EQ(few.ToString(),
            std::to_string(whats.size()) + " states of 100 combinations; 1 cuts were sampled");
}

}  // namespace
}  // namespace cairn
