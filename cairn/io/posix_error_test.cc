#include "cairn/io/posix_error.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "cairn/testing/temp_directory.h"

namespace cairn {
namespace {

struct ErrnoCase {
  int error;
  Reason reason;
  Reason reading;  // the same from calls that only read
};

class ErrnoTest : public testing::TestWithParam<ErrnoCase> {};

TEST_P(ErrnoTest, HasItsReason) {
  const ErrnoCase& c = GetParam();
  EXPECT_EQ(posix::Error(c.error, "p", "call").reason(), c.reason);
  EXPECT_EQ(posix::ReadError(c.error, "p", "call").reason(), c.reading);
}

INSTANTIATE_TEST_SUITE_P(, ErrnoTest,
                         testing::Values(ErrnoCase{ENOENT, Reason::kMissing, Reason::kMissing},
                                         ErrnoCase{ENOTDIR, Reason::kMissing, Reason::kMissing},
                                         ErrnoCase{EEXIST, Reason::kExists, Reason::kExists},
                                         ErrnoCase{ENOTEMPTY, Reason::kExists, Reason::kExists},
                                         ErrnoCase{EISDIR, Reason::kFileType, Reason::kFileType},
                                         ErrnoCase{ELOOP, Reason::kFileType, Reason::kFileType},
                                         ErrnoCase{EACCES, Reason::kReadOnly, Reason::kIo},
                                         ErrnoCase{EPERM, Reason::kReadOnly, Reason::kIo},
                                         ErrnoCase{EROFS, Reason::kReadOnly, Reason::kIo},
                                         ErrnoCase{ENOSPC, Reason::kNoSpace, Reason::kNoSpace},
                                         ErrnoCase{EDQUOT, Reason::kNoSpace, Reason::kNoSpace},
                                         ErrnoCase{EFBIG, Reason::kTooBig, Reason::kTooBig},
                                         ErrnoCase{ENOMEM, Reason::kNoMemory, Reason::kNoMemory},
                                         ErrnoCase{ENAMETOOLONG, Reason::kPath, Reason::kPath},
                                         ErrnoCase{EIO, Reason::kIo, Reason::kIo},
                                         ErrnoCase{ESTALE, Reason::kIo, Reason::kIo},
                                         ErrnoCase{EMFILE, Reason::kIo, Reason::kIo}));

TEST(PosixErrorTest, SaysPathCallAndCauseInOneLine) {
  EXPECT_EQ(posix::Error(EIO, "run/a\nb", "fsync").message(),
            "run/a\\nb: fsync: Input/output error");
}

TEST(PosixErrorTest, NotADirectoryIsAboutTheEndOfThePathOrTheWay) {
  const TempDirectory temp;
  const std::string file = temp.path() + "/f";
  ASSERT_EQ(::symlink("nowhere", file.c_str()), 0);
  EXPECT_EQ(posix::Error(ENOTDIR, file, "open").reason(), Reason::kFileType);
  EXPECT_EQ(posix::Error(ENOTDIR, file + "/x", "open").reason(), Reason::kMissing);
  EXPECT_EQ(posix::Error(ENOTDIR, temp.path(), "open").reason(), Reason::kMissing);
}

TEST(PosixErrorTest, ZeroBytesAreNoPartOfAPath) {
  EXPECT_TRUE(posix::CheckPath("a/b").ok());
  const Status status = posix::CheckPath(std::string("a\0b", 3));
  EXPECT_EQ(status.reason(), Reason::kPath);
  EXPECT_EQ(status.message(), "a\\x00b: a path cannot hold a zero byte");
}

}  // namespace
}  // namespace cairn
