// Tests bundles where a directory, a pipe or a device lies under the name of a data file.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/testing/bundle_bytes.h"
#include "cairn/testing/temp_directory.h"
#include "cairn/testing/values.h"

namespace cairn::tf_bundle {
namespace {

namespace stdfs = std::filesystem;

class BundleFilesTest : public testing::TestWithParam<Access> {
 protected:
  void SetUp() override {
    ASSERT_NE(directory_.path(), "");
    prefix_ = directory_.path() + "/m";
    shard_ = ShardPath(prefix_, 1, 2);
    BundleBytes bundle(2);
    bundle.Add("here", DType::kUInt8, {4}, "1234", 0).Add("there", DType::kUInt8, {4}, "abcd", 1);
    ASSERT_TRUE(bundle.WriteTo(LocalFileSystem(), prefix_).ok());
  }

  Result<std::string> Read(std::string_view name) {
    OpenOptions options;
    options.access = GetParam();
    CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, Open(LocalFileSystem(), prefix_, options));
    CAIRN_ASSIGN_OR_RETURN(const auto source, dict.Get(name));
    CAIRN_ASSIGN_OR_RETURN(const auto bytes, ReadStream(*source));
    return std::string(AsText(bytes));
  }

  void ExpectOnlyThereIsRefused(Reason reason) {
    const Status status = Read("there").status();
    EXPECT_EQ(ReasonWord(status.reason()), ReasonWord(reason)) << status.message();
    EXPECT_TRUE(status.message().starts_with(shard_ + ": tensor 'there': ")) << status.message();
    EXPECT_EQ(*Read("here"), "1234");
  }

  TempDirectory directory_;
  std::string prefix_;
  std::string shard_;
};

INSTANTIATE_TEST_SUITE_P(, BundleFilesTest, testing::Values(Access::kMap, Access::kRead),
                         [](const auto& access) {
                           return access.param == Access::kMap ? "Mapped" : "Read";
                         });

TEST_P(BundleFilesTest, AShardMayBeALink) {
  stdfs::rename(shard_, directory_.path() + "/elsewhere");
  stdfs::create_symlink("elsewhere", shard_);
  EXPECT_EQ(*Read("there"), "abcd");
}

TEST_P(BundleFilesTest, ALinkIsHeldToTheSizeItLeadsTo) {
  stdfs::remove(shard_);
  stdfs::create_symlink("m.index", shard_);
  EXPECT_EQ(Read("there").status().reason(), Reason::kCrc);
  EXPECT_EQ(*Read("here"), "1234");
}

TEST_P(BundleFilesTest, ALinkToNothingIsMissing) {
  stdfs::remove(shard_);
  stdfs::create_symlink("nothing", shard_);
  ExpectOnlyThereIsRefused(Reason::kMissing);
}

TEST_P(BundleFilesTest, ALinkToItselfIsRefused) {
  stdfs::remove(shard_);
  stdfs::create_symlink(stdfs::path(shard_).filename(), shard_);
  ExpectOnlyThereIsRefused(Reason::kFormat);
}

TEST_P(BundleFilesTest, APipeIsRefusedAtOnce) {
  stdfs::remove(shard_);
  ASSERT_EQ(::mkfifo(shard_.c_str(), 0600), 0);
  ExpectOnlyThereIsRefused(Reason::kFormat);
}

TEST_P(BundleFilesTest, ADirectoryIsRefused) {
  stdfs::remove(shard_);
  stdfs::create_directory(shard_);
  ExpectOnlyThereIsRefused(Reason::kFormat);
}

TEST_P(BundleFilesTest, ADeviceIsRefused) {
  stdfs::remove(shard_);
  stdfs::create_symlink("/dev/zero", shard_);
  ExpectOnlyThereIsRefused(Reason::kFormat);
}

TEST_P(BundleFilesTest, ALargeSparseFileCostsNothing) {
  stdfs::resize_file(shard_, uint64_t{10} << 40);
  EXPECT_EQ(*Read("there"), "abcd");
}

TEST_P(BundleFilesTest, AnIndexThatIsNoFileIsRefused) {
  stdfs::remove(prefix_ + ".index");
  ASSERT_EQ(::mkfifo((prefix_ + ".index").c_str(), 0600), 0);
  EXPECT_EQ(Read("here").status().reason(), Reason::kFileType);
  EXPECT_FALSE(*Recognise(LocalFileSystem(), prefix_));
}

// A sparse file costs its maker nothing; its size must not become an allocation that fails loudly.
TEST(SparseShardTest, StringsLargerThanMemoryAreRefused) {
  int overcommit = 0;
  std::ifstream("/proc/sys/vm/overcommit_memory") >> overcommit;
  if (overcommit == 1) GTEST_SKIP() << "this machine promises any memory";
  constexpr uint64_t kSize = uint64_t{8} << 40;
  const TempDirectory directory;
  const std::string prefix = directory.path() + "/m";
  BundleBytes bundle;
  EntryFields fields;
  fields.dtype = static_cast<uint64_t>(DType::kString);
  fields.dims = {1};
  fields.nbytes = kSize;
  bundle.AddEntry("s", fields);
  ASSERT_TRUE(bundle.WriteTo(LocalFileSystem(), prefix).ok());
  if (::truncate(ShardPath(prefix, 0, 1).c_str(), kSize) != 0)
    GTEST_SKIP() << "no room for a sparse file";
  OpenOptions options;
  options.access = Access::kRead;
  const auto dict = Open(LocalFileSystem(), prefix, options);
  ASSERT_TRUE(dict.ok()) << dict.status().message();
  const auto source = dict->source(0);
  ASSERT_TRUE(source.ok()) << source.status().message();
  EXPECT_EQ((*source)->ReadStrings().status().reason(), Reason::kNoMemory);
}

}  // namespace
}  // namespace cairn::tf_bundle
