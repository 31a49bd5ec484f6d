#include "cairn/engines/tensorflow/find_tensorflow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "cairn/engines/tensorflow/fakes_fixture.h"
#include "cairn/testing/temp_directory.h"

namespace cairn::tensorflow {
namespace {

using testing::HasSubstr;

// A virtual environment whose python3 is a script of a test.
class FindTensorFlowTest : public testing::Test {
 protected:
  FindTensorFlowTest() {
    std::filesystem::create_directories(environment_.path() + "/bin");
    std::filesystem::create_directories(package());
  }
  std::string package() const { return environment_.path() + "/tensorflow"; }
  std::string python() const { return environment_.path() + "/bin/python3"; }
  void AddFile(const std::string& name) {
    const std::string path = package() + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    WriteTextFile(path, "");
  }

  TempDirectory environment_;
  ScopedVariable directory_{"CAIRN_TENSORFLOW", std::nullopt};
  ScopedVariable active_{"VIRTUAL_ENV", environment_.path()};
};

TEST_F(FindTensorFlowTest, TheOptionComesFirstThenTheVariableThenPython) {
  WriteScript(python(), "echo " + package());
  AddFile("libtensorflow_cc.so.2");
  EXPECT_EQ(FindTensorFlow("").value(), package());
  const ScopedVariable named("CAIRN_TENSORFLOW", DirectoryOfFake("good"));
  EXPECT_EQ(FindTensorFlow("").value(), DirectoryOfFake("good"));
  EXPECT_EQ(FindTensorFlow(DirectoryOfFake("old")).value(), DirectoryOfFake("old"));
}

TEST_F(FindTensorFlowTest, PythonIsAskedInTheDirectoryOfNoPackages) {
  WriteScript(python(), "pwd");
  const auto found = FindTensorFlow("");
  EXPECT_EQ(found.status().reason(), Reason::kMissing);
  EXPECT_EQ(found.status().path(), "/");
}

TEST_F(FindTensorFlowTest, NoPythonSaysHowToGetTensorFlow) {
  const Status status = FindTensorFlow("").status();
  EXPECT_EQ(status.reason(), Reason::kMissing);
  EXPECT_EQ(status.message(),
            "TensorFlow was not found: CAIRN_TENSORFLOW is not set, and there is "
            "no " +
                python());
  EXPECT_THAT(status.hint(), HasSubstr("pip install tensorflow-cpu"));
}

TEST_F(FindTensorFlowTest, APythonWithoutThePackageIsNamed) {
  WriteScript(python(), "echo");
  const Status status = FindTensorFlow("").status();
  EXPECT_EQ(status.reason(), Reason::kMissing);
  EXPECT_THAT(status.message(), HasSubstr("has no package tensorflow"));
  EXPECT_THAT(status.hint(), HasSubstr("CAIRN_TENSORFLOW"));
}

TEST_F(FindTensorFlowTest, APythonThatFailsIsAnErrorOfTheEngine) {
  WriteScript(python(), "echo " + package() + "; exit 3");
  const Status status = FindTensorFlow("").status();
  EXPECT_EQ(status.reason(), Reason::kEngine);
  EXPECT_EQ(status.path(), python());
}

TEST_F(FindTensorFlowTest, APythonThatPrintsWithoutEndIsStopped) {
  WriteScript(python(), "while true; do echo y; done");
  const Status status = FindTensorFlow("").status();
  EXPECT_EQ(status.reason(), Reason::kEngine);
  EXPECT_THAT(status.message(), HasSubstr("prints without end"));
}

TEST_F(FindTensorFlowTest, AnOldPackageIsTooOld) {
  for (const char* file :
       {"libtensorflow_framework.so.2", "python/_pywrap_tensorflow_internal.so"}) {
    AddFile(file);
    const Status status = FindTensorFlow(package()).status();
    EXPECT_EQ(status.reason(), Reason::kVersion) << file;
    EXPECT_THAT(status.message(), HasSubstr("older than 2.12"));
    EXPECT_THAT(status.hint(), HasSubstr("pip install -U"));
    std::filesystem::remove(package() + "/" + file);
  }
}

TEST_F(FindTensorFlowTest, ADirectoryWithoutTheLibraryIsNamed) {
  const Status status = FindTensorFlow(package()).status();
  EXPECT_EQ(status.reason(), Reason::kMissing);
  EXPECT_EQ(status.message(), package() + ": this directory has no libtensorflow_cc.so.2");
}

}  // namespace
}  // namespace cairn::tensorflow
