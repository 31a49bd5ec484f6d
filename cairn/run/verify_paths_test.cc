#include "cairn/run/verify_paths.h"

#include <gmock/gmock.h>

#include "cairn/run/repair_run.h"
#include "cairn/run/run_directory_fixture.h"

namespace cairn {
namespace {

using ::testing::ElementsAre;

class VerifyPathsTest : public RunDirectoryTest {
 protected:
  Verified Verify(const std::string& path) {
    return VerifyPath(fs_, path, Resolve(fs_, path), {.access = Access::kRead});
  }
};

TEST_F(VerifyPathsTest, ASoundCheckpointIsOk) {
  SaveAt("run/model-1");
  const Verified verified = Verify("run");
  EXPECT_TRUE(verified.ok());
  EXPECT_EQ(verified.path, "run/model-1");
  EXPECT_EQ(verified.format, "tf-v2");
  EXPECT_FALSE(verified.note.empty());
  EXPECT_EQ(verified.report.num_tensors, 2u);
}

TEST_F(VerifyPathsTest, DamageIsInTheReport) {
  SaveAt("run/model-1");
  FlipBitOf("run/model-1.data-00000-of-00001", 3);
  const Verified verified = Verify("run/model-1");
  EXPECT_FALSE(verified.ok());
  EXPECT_TRUE(verified.error.ok());
  EXPECT_EQ(verified.report.findings.size(), 1u);
}

TEST_F(VerifyPathsTest, DataWithoutAnIndexIsAFinding) {
  SaveAt("run/model-1");
  ASSERT_TRUE(fs_.Remove("run/model-1.index").ok());
  const Verified verified = Verify("run/model-1");
  EXPECT_TRUE(verified.error.ok());
  EXPECT_FALSE(verified.report.findings.empty());
}

TEST_F(VerifyPathsTest, WhereThereIsNothingThatIsTheError) {
  const Verified verified = Verify("nothing");
  EXPECT_EQ(verified.error.reason(), Reason::kMissing);
  EXPECT_FALSE(verified.ok());
  EXPECT_EQ(verified.path, "nothing");
}

TEST_F(VerifyPathsTest, EveryCheckpointOfARunIsListed) {
  SaveAt("run/model-2");
  SaveAt("run/model-1");
  SaveAt("run/model-3");
  ASSERT_TRUE(fs_.Remove("run/model-3.index").ok());
  std::vector<std::string> notes;
  const auto paths = PathsOfRun(fs_, "run", notes);
  ASSERT_TRUE(paths.ok()) << paths.status().message();
  EXPECT_THAT(*paths, ElementsAre("run/model-1", "run/model-2", "run/model-3"));
  EXPECT_TRUE(IsRun(fs_, "run"));
}

TEST_F(VerifyPathsTest, ADirectoryWithoutCheckpointsIsNotARun) {
  ASSERT_TRUE(fs_.CreateDirectories("empty").ok());
  std::vector<std::string> notes;
  EXPECT_EQ(PathsOfRun(fs_, "empty", notes).status().reason(), Reason::kMissing);
  EXPECT_EQ(PathsOfRun(fs_, "nothing", notes).status().reason(), Reason::kMissing);
  EXPECT_FALSE(IsRun(fs_, "empty"));
  EXPECT_FALSE(IsRun(fs_, "nothing"));
}

}  // namespace
}  // namespace cairn
