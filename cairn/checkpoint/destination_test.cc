#include "cairn/checkpoint/destination.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/io/memory_file_system.h"
#include "cairn/testing/row_name.h"

namespace cairn {
namespace {

using testing::HasSubstr;

struct DestinationRow {
  const char* what;
  std::string path;
  Reason reason = Reason::kNone;
  const char* message = "";
  const char* hint = "";
};

class DestinationTest : public testing::TestWithParam<DestinationRow> {};

TEST_P(DestinationTest, IsJudged) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.Put("run/model-1.index", {}).ok());
  const Status status = CheckDestination(fs, GetParam().path);
  EXPECT_EQ(status.reason(), GetParam().reason) << status.message();
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message));
  EXPECT_THAT(std::string(status.hint()), HasSubstr(GetParam().hint));
}

constexpr const char* kNames = "name the file (.npz, .npy or .safetensors), or the prefix";

INSTANTIATE_TEST_SUITE_P(
    , DestinationTest,
    testing::Values(
        DestinationRow{"a new prefix", "run/model-2"},
        DestinationRow{"a prefix with a dot", "run/model.ckpt-7"},
        DestinationRow{"a new file", "run/model.npz"},
        DestinationRow{"a file that exists", "run/model-1.safetensors"},
        DestinationRow{"a new directory", "new/model.safetensors"},
        DestinationRow{"no name", "new/", Reason::kArgument, "is not the name", kNames},
        DestinationRow{"an HDF5 file", "run/m.h5", Reason::kArgument,
                       "run/m.h5: is named like a file of HDF5", kNames},
        DestinationRow{"another HDF5 file", "m.hdf5", Reason::kArgument, "HDF5", kNames},
        DestinationRow{"a Keras file", "m.keras", Reason::kArgument, "Keras", kNames},
        DestinationRow{"a PyTorch file", "m.pt", Reason::kArgument, "PyTorch", kNames},
        DestinationRow{"another PyTorch file", "m.pth", Reason::kArgument, "PyTorch", kNames},
        DestinationRow{"an index", "run/m.ckpt.index", Reason::kArgument, "one of the files",
                       "name its prefix: 'run/m.ckpt'"},
        DestinationRow{"a data file", "m.data-00000-of-00001", Reason::kArgument,
                       "one of the files", "'m'"},
        DestinationRow{"a metagraph", "m.meta", Reason::kArgument, "one of the files", "'m'"},
        DestinationRow{"a directory", "run", Reason::kFileType, "run: is a directory",
                       "in it: 'run/model'"},
        DestinationRow{"a dash", "-", Reason::kArgument, "is a stream", kNames},
        DestinationRow{"stdout", "/dev/stdout", Reason::kArgument, "is a stream", kNames},
        DestinationRow{"an open file", "/dev/fd/1", Reason::kArgument, "is a stream", kNames},
        DestinationRow{"an open file of a process", "/proc/self/fd/1", Reason::kArgument,
                       "is a stream", kNames}),
    [](const auto& row) { return RowName(row.param.what); });

TEST(DestinationDirectoryTest, MayExistButHasTheNameOfADirectory) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.Put("run/model-1.index", {}).ok());
  for (const char* path : {"run", "new", "new/"})
    EXPECT_TRUE(CheckDestinationDirectory(fs, path).ok()) << path;
  for (const char* path : {"-", "/dev/stdout", "new.h5", "run/model-1.index"})
    EXPECT_EQ(CheckDestinationDirectory(fs, path).reason(), Reason::kArgument) << path;
}

TEST(DestinationOnDiskTest, ADeviceIsRefused) {
  const Status status = CheckDestination(LocalFileSystem(), "/dev/null");
  EXPECT_EQ(status.reason(), Reason::kFileType);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/dev/null: is a device"));
}

}  // namespace
}  // namespace cairn
