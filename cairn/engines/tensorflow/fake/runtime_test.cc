// Tests a runtime, in this process and in a worker, with a library that stands in for
// TensorFlow.
#include "cairn/engines/tensorflow/runtime.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>

#include "cairn/engines/tensorflow/fakes_fixture.h"
#include "cairn/engines/tensorflow/start_runtime.h"

namespace cairn::tensorflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Fetched = std::vector<std::shared_ptr<RuntimeTensor>>;

Result<std::unique_ptr<Runtime>> StartFake(const std::string& name, TensorFlowProcess process,
                                           TensorFlowOptions options = {}) {
  options.directory = DirectoryOfFake(name);
  options.process = process;
  return StartRuntime(options);
}

// The objects that the library has made in this process, and not deleted.
int64_t LiveObjects() {
  const std::string path = DirectoryOfFake("good") + "/libtensorflow_cc.so.2";
  void* library = ::dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (library == nullptr) return 0;
  const auto count = reinterpret_cast<int64_t (*)()>(::dlsym(library, "FakeLiveObjects"))();
  ::dlclose(library);
  return count;
}

// A runtime of the fake with a graph. Everything that it makes is deleted when it is.
class FakeRuntimeTest : public testing::TestWithParam<TensorFlowProcess> {
 protected:
  void SetUp() override {
    auto started = StartFake("good", GetParam());
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

TEST_P(FakeRuntimeTest, KnowsWhatItIs) {
  EXPECT_EQ(runtime_->version(), "2.21.0");
  EXPECT_EQ(runtime_->directory(), DirectoryOfFake("good"));
  EXPECT_THAT(runtime_->KnownOps().value(), ElementsAre("Add", "Const"));
}

TEST_P(FakeRuntimeTest, ReturnsWhatWasFed) {
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

TEST_P(FakeRuntimeTest, StringsAreSeenWhereTheyLie) {
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

TEST_P(FakeRuntimeTest, ATensorOutlivesItsRuntime) {
  const std::vector<int64_t> dims = {4};
  auto tensor = runtime_->NewTensor(DType::kFloat32, dims).value();
  runtime_.reset();
  EXPECT_EQ(tensor->bytes().size(), 16);
  tensor.reset();
}

TEST_P(FakeRuntimeTest, TensorsThatCannotBeAreRefused) {
  const struct {
    const char* why;
    DType dtype;
    std::vector<int64_t> dims;
    Reason reason;
    const char* message;
  } rows[] = {
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
  for (const auto& row : rows) {
    const Status status = runtime_->NewTensor(row.dtype, row.dims).status();
    EXPECT_EQ(status.reason(), row.reason) << row.why;
    EXPECT_THAT(status.message(), HasSubstr(row.message)) << row.why;
  }
  const std::vector<int64_t> two = {2};
  EXPECT_EQ(runtime_->NewStrings({}, two).status().text(), "shape [2] has 2 elements, not 0");
}

TEST_P(FakeRuntimeTest, AFailedRunDoesNotSpoilTheNext) {
  Import("node fail\nnode fine\n");
  const Status status = Run({}, {}, {"fail"}).status();
  EXPECT_EQ(status.reason(), Reason::kEngine);
  EXPECT_EQ(status.message(), "TensorFlow: node fail failed, as it was told to");
  EXPECT_TRUE(Run({}, {}, {"fine"}).ok());
}

TEST_P(FakeRuntimeTest, WhatTheGraphDoesNotHaveIsNamed) {
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

TEST_P(FakeRuntimeTest, NothingToRunIsNotAnError) {
  Import("node fine\n");
  const auto fetched = Run({}, {});
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  EXPECT_TRUE(fetched->empty());
}

TEST_P(FakeRuntimeTest, AGraphIsImportedOnce) {
  EXPECT_EQ(Run({}, {}, {"fine"}).status().message(), "no graph was imported");
  EXPECT_EQ(runtime_->Import(AsBytes("fail Node 'a' is not unique")).message(),
            "TensorFlow: Node 'a' is not unique");
  Import("node fine\n");
  EXPECT_EQ(runtime_->Import(AsBytes("node fine\n")).message(), "a graph was imported before");
}

TEST_P(FakeRuntimeTest, LongMessagesAreCut) {
  const std::string long_name(100'000, 'n');
  const Status status = runtime_->Import(AsBytes("fail " + long_name));
  EXPECT_LT(status.message().size(), 3000);
  EXPECT_THAT(status.message(), testing::EndsWith("nnn …"));
}

TEST_P(FakeRuntimeTest, ManyTensorsNeedFewDescriptors) {
  Import("node echo\n");
  rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few = {.rlim_cur = 40, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  const std::vector<int64_t> dims = {1000};
  std::vector<std::shared_ptr<RuntimeTensor>> tensors;
  for (int i = 0; i < 500; ++i) {
    auto tensor = runtime_->NewTensor(DType::kInt32, dims);
    ASSERT_TRUE(tensor.ok()) << tensor.status();
    tensors.push_back(*tensor);
  }
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  std::ranges::fill(tensors[300]->bytes(), std::byte{3});
  const auto fetched = Run({{"echo", tensors[300]}}, {"echo", "echo"});
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  EXPECT_EQ(AsText(fetched->at(1)->bytes()), std::string(4000, '\3'));
}

TEST_P(FakeRuntimeTest, ATensorWithoutElementsHasNoBytes) {
  Import("node echo\n");
  const std::vector<int64_t> dims = {0, 3};
  const auto tensor = runtime_->NewTensor(DType::kFloat64, dims).value();
  EXPECT_TRUE(tensor->bytes().empty());
  const auto fetched = Run({{"echo", tensor}}, {"echo"});
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  EXPECT_THAT(fetched->at(0)->dims(), ElementsAre(0, 3));
  const auto strings = runtime_->NewStrings({}, dims).value();
  EXPECT_EQ(Run({{"echo", strings}}, {"echo"})->at(0)->strings().value(), StringTensor());
}

TEST_P(FakeRuntimeTest, ATensorFlowThatComputesWrongIsRefused) {
  const Status status = StartFake("wrong", GetParam()).status();
  EXPECT_EQ(status.reason(), Reason::kEngine);
  EXPECT_EQ(status.path(), DirectoryOfFake("wrong"));
}

TEST_P(FakeRuntimeTest, AnOldTensorFlowIsRefusedWithAHint) {
  const Status status = StartFake("old", GetParam()).status();
  EXPECT_EQ(status.reason(), Reason::kVersion);
  EXPECT_EQ(status.text(), "this is TensorFlow 2.11.1, expected 2.12 or later");
  EXPECT_THAT(status.hint(), HasSubstr("pip install -U"));
}

TEST_P(FakeRuntimeTest, LibrariesOfOpsAreLoaded) {
  EXPECT_TRUE(StartFake("good", GetParam(), {.op_libraries = {"good_ops.so"}}).ok());
  const Status status =
      StartFake("good", GetParam(), {.op_libraries = {"good_ops.so", "bad.so"}}).status();
  EXPECT_EQ(status.reason(), Reason::kEngine);
  EXPECT_EQ(status.message(), "bad.so: TensorFlow: bad.so: undefined symbol: x");
}

// The fake refuses what the machine would have: 1 GiB.
TEST(InProcessRuntimeTest, MemoryThatTensorFlowDoesNotGetIsAnError) {
  const auto runtime = StartFake("good", TensorFlowProcess::kThis).value();
  const std::vector<int64_t> dims = {1 << 30};
  EXPECT_EQ(runtime->NewTensor(DType::kUInt8, dims).status().message(),
            "cannot allocate 1073741824 bytes");
}

INSTANTIATE_TEST_SUITE_P(, FakeRuntimeTest,
                         testing::Values(TensorFlowProcess::kThis, TensorFlowProcess::kWorker),
                         [](const auto& param_info) {
                           return param_info.param == TensorFlowProcess::kThis ? "this_process"
                                                                               : "worker";
                         });

TEST(StartRuntimeTest, NegativeNumbersAreRefused) {
  const auto reason = [](const TensorFlowOptions& options) {
    return StartFake("good", TensorFlowProcess::kThis, options).status().reason();
  };
  EXPECT_EQ(reason({.num_intra_op_threads = -1}), Reason::kArgument);
  EXPECT_EQ(reason({.num_inter_op_threads = -1}), Reason::kArgument);
  EXPECT_EQ(reason({.worker_timeout_ms = -1}), Reason::kArgument);
}

}  // namespace
}  // namespace cairn::tensorflow
