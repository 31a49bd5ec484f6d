#include "cairn/engines/tensorflow/in_process_runtime.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/engines/tensorflow/fakes_fixture.h"
#include "cairn/engines/tensorflow/start_runtime.h"

namespace cairn::tensorflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Fetched = std::vector<std::shared_ptr<RuntimeTensor>>;

Result<std::unique_ptr<Runtime>> StartFake(const std::string& name,
                                           TensorFlowOptions options = {}) {
  options.directory = DirectoryOfFake(name);
  options.process = TensorFlowProcess::kThis;
  return StartRuntime(options);
}

// The objects that the library has made and not deleted.
int64_t LiveObjects() {
  const std::string path = DirectoryOfFake("good") + "/libtensorflow_cc.so.2";
  void* library = ::dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (library == nullptr) return -1;
  const auto count = reinterpret_cast<int64_t (*)()>(::dlsym(library, "FakeLiveObjects"))();
  ::dlclose(library);
  return count;
}

// A runtime of the fake with a graph. Everything that it makes is deleted when it is.
class FakeRuntimeTest : public testing::Test {
 protected:
  void SetUp() override {
    auto started = StartFake("good");
    ASSERT_TRUE(started.ok()) << started.status();
    runtime_ = *std::move(started);
  }
  void TearDown() override {
    runtime_.reset();
    EXPECT_EQ(LiveObjects(), 0);
  }
  void Import(std::string_view graph) {
    const Status status = runtime_->Import(AsBytes(graph));
    ASSERT_TRUE(status.ok()) << status;
  }
  Result<Fetched> Run(const std::vector<Feed>& feeds, const std::vector<std::string>& fetches,
                      const std::vector<std::string>& targets = {}) {
    return runtime_->Run(feeds, fetches, targets);
  }

  std::unique_ptr<Runtime> runtime_;
};

TEST_F(FakeRuntimeTest, KnowsWhatItIs) {
  EXPECT_EQ(runtime_->version(), "2.21.0");
  EXPECT_EQ(runtime_->directory(), DirectoryOfFake("good"));
  EXPECT_THAT(runtime_->KnownOps().value(), ElementsAre("Add", "Const"));
}

TEST_F(FakeRuntimeTest, ReturnsWhatWasFed) {
  Import("node echo\n");
  const std::vector<int64_t> dims = {2, 3};
  const auto tensor = runtime_->NewTensor(DType::kInt16, dims).value();
  ASSERT_EQ(tensor->bytes().size(), 12);
  for (int i = 0; i < 12; ++i) tensor->bytes()[i] = std::byte(i);
  const auto fetched = Run({{"echo", tensor}}, {"echo:0"});
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  const auto& echo = fetched->at(0);
  EXPECT_EQ(echo->dtype(), DType::kInt16);
  EXPECT_THAT(echo->dims(), ElementsAre(2, 3));
  EXPECT_EQ(AsText(echo->bytes()), AsText(tensor->bytes()));
}

TEST_F(FakeRuntimeTest, StringsAreSeenWhereTheyLie) {
  Import("node echo\nnode strings\n");
  StringTensor value;
  value.Add("one");
  value.Add("");
  value.Add(std::string(1000, 'x'));
  const std::vector<int64_t> dims = {3};
  const auto tensor = runtime_->NewStrings(value, dims).value();
  EXPECT_EQ(tensor->strings().value(), value);
  EXPECT_TRUE(tensor->bytes().empty());
  EXPECT_EQ(Run({{"echo:0", tensor}}, {"echo"})->at(0)->strings().value(), value);

  StringTensor two;
  two.Add("a");
  two.Add("");
  EXPECT_EQ(Run({}, {"strings"})->at(0)->strings().value(), two);
}

TEST_F(FakeRuntimeTest, ATensorOutlivesItsRuntime) {
  const std::vector<int64_t> dims = {4};
  auto tensor = runtime_->NewTensor(DType::kFloat32, dims).value();
  runtime_.reset();
  EXPECT_EQ(tensor->bytes().size(), 16);
  tensor.reset();
}

TEST_F(FakeRuntimeTest, TensorsThatCannotBeAreRefused) {
  const struct {
    const char* why;
    DType dtype;
    std::vector<int64_t> dims;
    Reason reason;
    const char* message;
  } kRows[] = {
      {"more memory than there is",
       DType::kFloat32,
       {int64_t{1} << 50},
       Reason::kNoMemory,
       "cannot allocate 4503599627370496 bytes"},
      {"more bytes than can be counted", DType::kFloat64, {INT64_MAX}, Reason::kArgument, "2^63"},
      {"a negative dimension", DType::kFloat32, {-1}, Reason::kArgument, "negative"},
      {"a type without a size", DType::kVariant, {1}, Reason::kArgument, "no fixed size"},
      {"a type of others", DType::kFloat8E8M0FNU, {1}, Reason::kArgument, "TensorFlow has no type"},
  };
  for (const auto& row : kRows) {
    const Status status = runtime_->NewTensor(row.dtype, row.dims).status();
    EXPECT_EQ(status.reason(), row.reason) << row.why;
    EXPECT_THAT(status.message(), HasSubstr(row.message)) << row.why;
  }
  const std::vector<int64_t> two = {2};
  EXPECT_EQ(runtime_->NewStrings({}, two).status().text(), "shape [2] has 2 elements, not 0");
}

TEST_F(FakeRuntimeTest, AFailedRunDoesNotSpoilTheNext) {
  Import("node fail\nnode fine\n");
  const Status status = Run({}, {}, {"fail"}).status();
  EXPECT_EQ(status.reason(), Reason::kEngine);
  EXPECT_EQ(status.message(), "TensorFlow: node fail\\nfailed, as it was told to");
  EXPECT_TRUE(Run({}, {}, {"fine"}).ok());
}

TEST_F(FakeRuntimeTest, WhatTheGraphDoesNotHaveIsNamed) {
  Import("node fine\nnode resource\nnode odd\n");
  EXPECT_EQ(Run({}, {}, {"fne"}).status().message(), "the graph has no node 'fne'");
  EXPECT_EQ(Run({}, {"fine:1"}).status().message(),
            "the graph has no output 'fine:1': the node has 1 outputs");
  EXPECT_EQ(Run({}, {"fine:x"}).status().reason(), Reason::kArgument);
  EXPECT_EQ(Run({}, {"fine:"}).status().reason(), Reason::kArgument);
  EXPECT_EQ(Run({}, {"resource"}).status().message(),
            "output 'resource' is a resource, which has no value to fetch");
  EXPECT_EQ(Run({}, {"odd"}).status().reason(), Reason::kUnsupported);
}

TEST_F(FakeRuntimeTest, NothingToRunIsNotAnError) {
  Import("node fine\n");
  const auto fetched = Run({}, {});
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  EXPECT_TRUE(fetched->empty());
}

TEST_F(FakeRuntimeTest, AGraphIsImportedOnce) {
  EXPECT_EQ(Run({}, {}, {"fine"}).status().message(), "no graph was imported");
  EXPECT_EQ(runtime_->Import(AsBytes("fail Node 'a' is not unique")).message(),
            "TensorFlow: Node 'a' is not unique");
  Import("node fine\n");
  EXPECT_EQ(runtime_->Import(AsBytes("node fine\n")).message(), "a graph was imported before");
}

TEST_F(FakeRuntimeTest, LongMessagesAreCut) {
  const std::string long_name(100'000, 'n');
  const Status status = runtime_->Import(AsBytes("fail " + long_name));
  EXPECT_LT(status.message().size(), 3000);
  EXPECT_THAT(status.message(), testing::EndsWith("nnn …"));
}

TEST(InProcessRuntimeTest, ATensorFlowThatComputesWrongIsRefused) {
  const Status status = StartFake("wrong").status();
  EXPECT_EQ(status.reason(), Reason::kEngine);
  EXPECT_EQ(status.path(), DirectoryOfFake("wrong"));
}

TEST(InProcessRuntimeTest, LibrariesOfOpsAreLoaded) {
  EXPECT_TRUE(StartFake("good", {.op_libraries = {"good_ops.so"}}).ok());
  const Status status = StartFake("good", {.op_libraries = {"good_ops.so", "bad.so"}}).status();
  EXPECT_EQ(status.reason(), Reason::kEngine);
  EXPECT_EQ(status.message(), "bad.so: TensorFlow: bad.so: undefined symbol: x");
  EXPECT_EQ(LiveObjects(), 0);
}

TEST(InProcessRuntimeTest, ANegativeNumberOfThreadsIsRefused) {
  EXPECT_EQ(StartFake("good", {.num_inter_op_threads = -1}).status().reason(), Reason::kArgument);
}

}  // namespace
}  // namespace cairn::tensorflow
