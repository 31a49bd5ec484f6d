#include "cairn/engines/tensorflow/open_tensorflow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "cairn/engines/tensorflow/fakes_fixture.h"
#include "cairn/testing/temp_directory.h"

namespace cairn::tensorflow {
namespace {

using testing::HasSubstr;

Status OpenFake(const std::string& name) {
  return OpenTensorFlow(DirectoryOfFake(name), LoadMessages::kHide).status();
}

TEST(OpenTensorFlowTest, AGoodOneHasAllFunctions) {
  const auto api = OpenTensorFlow(DirectoryOfFake("good"), LoadMessages::kHide);
  ASSERT_TRUE(api.ok()) << api.status();
  EXPECT_STREQ((*api)->TF_Version(), "2.21.0");
}

TEST(OpenTensorFlowTest, AnOldVersionIsNamed) {
  const Status status = OpenFake("old");
  EXPECT_EQ(status.reason(), Reason::kVersion);
  EXPECT_EQ(status.path(), DirectoryOfFake("old") + "/libtensorflow_cc.so.2");
  EXPECT_EQ(status.text(), "this is TensorFlow 2.11.1, expected 2.12 or later");
  EXPECT_THAT(status.hint(), HasSubstr("pip install -U"));
}

TEST(OpenTensorFlowTest, MissingFunctionsAreListed) {
  const Status status = OpenFake("incomplete");
  EXPECT_EQ(status.reason(), Reason::kVersion);
  EXPECT_EQ(status.text(),
            "the library lacks functions of TensorFlow: 'TF_StringInit', 'TF_StringAssignView', "
            "'TF_StringGetDataPointer', 'TF_StringGetSize'");
}

TEST(OpenTensorFlowTest, AFileThatIsNotALibraryIsBroken) {
  const TempDirectory directory;
  WriteTextFile(directory.path() + "/libtensorflow_cc.so.2", "version https://git-lfs.github.com");
  const Status status = OpenTensorFlow(directory.path(), LoadMessages::kHide).status();
  EXPECT_EQ(status.reason(), Reason::kEngine);
  EXPECT_THAT(status.message(), HasSubstr("cannot be opened"));
  EXPECT_THAT(status.message(), HasSubstr("file too short"));
  EXPECT_THAT(status.hint(), HasSubstr("install TensorFlow again"));
}

TEST(OpenTensorFlowTest, StandardErrorIsAsBefore) {
  testing::internal::CaptureStderr();
  ASSERT_TRUE(OpenFake("good").ok());
  ASSERT_EQ(::write(STDERR_FILENO, "heard\n", 6), 6);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "heard\n");
}

TEST(OpenTensorFlowTest, TensorFlowIsToldToPrintNoWarnings) {
  const ScopedVariable unset("TF_CPP_MIN_LOG_LEVEL", std::nullopt);
  ASSERT_TRUE(OpenFake("good").ok());
  EXPECT_STREQ(std::getenv("TF_CPP_MIN_LOG_LEVEL"), "3");
  const ScopedVariable chosen("TF_CPP_MIN_LOG_LEVEL", "0");
  ASSERT_TRUE(OpenFake("good").ok());
  EXPECT_STREQ(std::getenv("TF_CPP_MIN_LOG_LEVEL"), "0");
}

// Opens one TensorFlow, again, and then another, and ends the process with the number of the step
// that went wrong. In a process of its own: what is opened stays.
[[noreturn]] void OpenTwo() {
  if (!OpenFake("one").ok()) ::_exit(1);
  if (!OpenFake("one").ok()) ::_exit(2);
  const Status status = OpenFake("other");
  const bool names_both = status.path() == DirectoryOfFake("other") &&
                          status.text().find(DirectoryOfFake("one")) != std::string_view::npos;
  if (status.reason() != Reason::kUnsupported || !names_both) ::_exit(3);
  // A link to the first is the first.
  const TempDirectory directory;
  const std::string link = directory.path() + "/link";
  std::filesystem::create_symlink(DirectoryOfFake("one"), link);
  const bool is_open = OpenTensorFlow(link, LoadMessages::kHide).ok();
  std::filesystem::remove(link);
  ::_exit(is_open ? 0 : 4);
}

TEST(OpenTensorFlowDeathTest, AnotherOneIsRefusedAndBothAreNamed) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(OpenTwo(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace cairn::tensorflow
