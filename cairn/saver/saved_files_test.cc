#include "cairn/saver/saved_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/row_name.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class SavedFilesTest : public testing::Test {
 protected:
  void Put(const std::string& name) { ASSERT_TRUE(fs_.Put("run/" + name, AsBytes("x")).ok()); }
  SavedListing List() { return *ListSavedFiles(fs_, "run"); }

  MemoryFileSystem fs_;
};

TEST_F(SavedFilesTest, AreToldByTheirNamesInEveryFormat) {
  for (const char* name :
       {"model-1.index", "model-1.data-00000-of-00001", "model-1.meta", "model-2.npz",
        "model-3.safetensors", "model-4.safetensors.index.json",
        "model-4-00001-of-00002.safetensors", "model-4-00002-of-00002.safetensors"})
    Put(name);
  const SavedListing listing = List();
  ASSERT_EQ(listing.by_step.size(), 4u);
  EXPECT_THAT(listing.by_step.at(1).names,
              ElementsAre("model-1.index", "model-1.data-00000-of-00001", "model-1.meta"));
  EXPECT_THAT(listing.by_step.at(2).names, ElementsAre("model-2.npz"));
  EXPECT_THAT(listing.by_step.at(3).names, ElementsAre("model-3.safetensors"));
  EXPECT_THAT(listing.by_step.at(4).names,
              ElementsAre("model-4.safetensors.index.json", "model-4-00001-of-00002.safetensors",
                          "model-4-00002-of-00002.safetensors"));
  for (const auto& [step, files] : listing.by_step) {
    EXPECT_TRUE(files.has_index) << step;
    EXPECT_EQ(files.num_commit_files, 1u) << step;
  }
  EXPECT_THAT(listing.temporaries, IsEmpty());
}

TEST_F(SavedFilesTest, PendingOnesCountUnderTheNamesThatTheyWillHave) {
  for (const char* name :
       {"model-1.index", "model-1.data-00000-of-00001", "model-2.data-00000-of-00001.cairn-tmp0",
        "model-2.index.cairn-tmp0", "model-2.index.cairn-tmp1", "model-3.index.cairn-tmp0",
        "checkpoint.cairn-tmp0"})
    Put(name);
  SavedListing listing = List();
  EXPECT_EQ(listing.by_step.size(), 1u);
  AddPending(2, listing);
  ASSERT_EQ(listing.by_step.size(), 2u);
  EXPECT_TRUE(listing.by_step.at(2).has_index);
  EXPECT_EQ(listing.by_step.at(2).num_commit_files, 1u);
  EXPECT_THAT(listing.by_step.at(2).names,
              ElementsAre("model-2.index", "model-2.data-00000-of-00001"));
  EXPECT_EQ(NameToOpen(listing.by_step.at(2)), "model-2");
  EXPECT_EQ(listing.temporaries.size(), 5u);
}

TEST_F(SavedFilesTest, OtherNamesAreSomebodyElses) {
  for (const char* name : {"model-1",
                           "model-1.npy",
                           "model-01.npz",
                           "model-best.npz",
                           "min-cost.npz",
                           "model-1.npz.old",
                           "model-1.h5",
                           "model--1.npz",
                           "amodel-1.npz",
                           "model-1x.npz",
                           "model-1-1.npz",
                           "model-1-00001-of-2.safetensors",
                           "model-1-00000-of-00002.safetensors",
                           "model-1.safetensors.index",
                           "model-1.data-0-of-1",
                           "model-1.npz.cairn-tmp",
                           "model-1.",
                           "model-",
                           "graph-1.meta",
                           "weights-1.safetensors"})
    Put(name);
  EXPECT_THAT(List().by_step, IsEmpty());
  EXPECT_THAT(List().temporaries, IsEmpty());
}

TEST_F(SavedFilesTest, TemporariesOfEveryFormatAreListed) {
  for (const char* name :
       {"model-1.index.cairn-tmp0", "model-2.npz.cairn-tmp1", "model-3.safetensors.cairn-tmp22",
        "model-4-00001-of-00002.safetensors.cairn-tmp0",
        "model-4.safetensors.index.json.cairn-tmp0", "checkpoint.cairn-tmp0",
        "weights.npz.cairn-tmp0"})
    Put(name);
  EXPECT_THAT(List().by_step, IsEmpty());
  EXPECT_THAT(
      List().temporaries,
      UnorderedElementsAre("model-1.index.cairn-tmp0", "model-2.npz.cairn-tmp1",
                           "model-3.safetensors.cairn-tmp22",
                           "model-4-00001-of-00002.safetensors.cairn-tmp0",
                           "model-4.safetensors.index.json.cairn-tmp0", "checkpoint.cairn-tmp0"));
}

TEST_F(SavedFilesTest, DataWithoutItsIndexIsNotCommitted) {
  Put("model-1.data-00000-of-00001");
  Put("model-2-00001-of-00002.safetensors");
  const SavedListing listing = List();
  EXPECT_EQ(listing.by_step.size(), 2u);
  for (const auto& [step, files] : listing.by_step) EXPECT_FALSE(files.has_index) << step;
}

// Every index goes, and durably, before any data does.
TEST_F(SavedFilesTest, TwoFormatsOfOneStepGoTogether) {
  for (const char* name : {"model-5.index", "model-5.data-00000-of-00001", "model-5.npz",
                           "model-5.safetensors.index.json", "model-5-00001-of-00001.safetensors"})
    Put(name);
  const SavedFiles files = List().by_step.at(5);
  EXPECT_EQ(files.num_commit_files, 3u);
  FaultFileSystem machine(fs_);
  ASSERT_TRUE(RemoveSavedFiles(machine, "run", files).ok());
  EXPECT_THAT(*fs_.List("run"), IsEmpty());
  const std::vector<std::string> calls = machine.script().Mutations();
  ASSERT_EQ(calls.size(), 6u);
  EXPECT_EQ(calls[3], "sync-directory run");
}

class MovedAsideTest : public SavedFilesTest, public testing::WithParamInterface<const char*> {
 protected:
  std::string Path() const { return std::string("run/model-5") + GetParam(); }
  Status SaveStep() {
    SaveOptions options;
    if (std::string_view(GetParam()) != ".npz") options.max_shard_nbytes = 8;
    const TensorDict dict =
        DictOf({{"a", SourceOf<float>({2}, {1, 2})}, {"b", SourceOf<float>({2}, {3, 4})}});
    return Save(fs_, Path(), dict, options).status();
  }
};

// Also the second of a name can be opened, to be repaired.
TEST_P(MovedAsideTest, StaysACheckpoint) {
  std::vector<std::string> places;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(SaveStep().ok());
    const auto place = MoveSavedFilesAside(fs_, "run", "model-5", List().by_step.at(5));
    ASSERT_TRUE(place.ok()) << place.status().message();
    places.push_back(*place);
    EXPECT_THAT(List().by_step, IsEmpty());
  }
  EXPECT_THAT(places, ElementsAre("damaged/model-5", "damaged/model-5-2", "damaged/model-5-3"));
  EXPECT_TRUE(Open(fs_, "run/damaged/model-5" + std::string(GetParam())).ok());
  const bool has_folder = std::string_view(GetParam()) == ".safetensors";
  const std::string second = "run/damaged/model-5-2" + std::string(has_folder ? "" : GetParam());
  const auto report = Verify(fs_, second);
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_TRUE(report->ok()) << report->findings[0].error.message();
}

INSTANTIATE_TEST_SUITE_P(, MovedAsideTest, testing::Values("", ".npz", ".safetensors"),
                         [](const auto& test_info) {
                           return RowName("format " + std::string(test_info.param));
                         });

TEST_F(SavedFilesTest, TheNameOfAStepIsThatOfItsFormat) {
  EXPECT_EQ(SavedFileName(20, FormatOfNew("x")), "model-20");
  EXPECT_EQ(SavedFileName(20, FormatOfNew("x.npz")), "model-20.npz");
  EXPECT_EQ(SavedFileName(20, FormatOfNew("x.safetensors")), "model-20.safetensors");
  for (const Format& format : Formats()) {
    if (format.name == "npy") continue;  // one array, so no run saves in it
    EXPECT_EQ(StepOfSavedName(SavedFileName(7, format)), 7) << format.name;
  }
  EXPECT_EQ(StepOfSavedName("model-7.safetensors.index.json"), 7);
  for (const char* name : {"model-7.npy", "model-07.npz", "model-7.npz.npz", "model-7.tar", ".npz"})
    EXPECT_EQ(StepOfSavedName(name), std::nullopt) << name;
}

}  // namespace
}  // namespace cairn
