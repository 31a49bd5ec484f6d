// The runtimes with TensorFlow itself, where the environment variable CAIRN_TENSORFLOW names it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include "cairn/engines/tensorflow/graph_def_fixture.h"
#include "cairn/engines/tensorflow/processes_fixture.h"
#include "cairn/engines/tensorflow/start_runtime.h"
#include "cairn/testing/sanitizer.h"

namespace cairn::tensorflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Fetched = std::vector<std::shared_ptr<RuntimeTensor>>;
using Tensor = std::shared_ptr<RuntimeTensor>;

// A TensorFlow that is started for a test, and what every test does with it.
class RealTensorFlow : public testing::Test {
 protected:
  void StartOrSkip(const TensorFlowOptions& options) {
    if (std::getenv("CAIRN_TENSORFLOW") == nullptr)
      GTEST_SKIP() << "CAIRN_TENSORFLOW does not name a TensorFlow";
    if (kHasThreadSanitizer)
      GTEST_SKIP() << "TensorFlow's own threads are not known to ThreadSanitizer";
    auto started = StartRuntime(options);
    ASSERT_TRUE(started.ok()) << started.status();
    runtime_ = *std::move(started);
  }
  void Import(const GraphDef& graph) {
    const Status status = runtime_->Import(graph.bytes());
    ASSERT_TRUE(status.ok()) << status;
  }
  Tensor Numbers(DType dtype, const std::vector<int64_t>& dims, std::string_view bytes) {
    auto tensor = runtime_->NewTensor(dtype, dims);
    if (!tensor.ok() || (*tensor)->bytes().size() != bytes.size()) {
      ADD_FAILURE() << tensor.status();
      return nullptr;
    }
    std::ranges::copy(AsBytes(bytes), (*tensor)->bytes().begin());
    return *tensor;
  }
  template <typename T>
  Tensor NumbersOf(const std::vector<int64_t>& dims, const std::vector<T>& values) {
    return Numbers(DTypeOf<T>(), dims, AsText(std::as_bytes(std::span(values))));
  }
  Result<Fetched> Run(const std::vector<Feed>& feeds, const std::vector<std::string>& fetches,
                      const std::vector<std::string>& targets = {}) {
    return runtime_->Run(feeds, fetches, targets);
  }
  static std::string TextOf(const Result<Fetched>& fetched, size_t i = 0) {
    if (!fetched.ok()) return fetched.status().ToString();
    return std::string(AsText(fetched->at(i)->bytes()));
  }
  template <typename T>
  static std::vector<T> ValuesIn(const Result<Fetched>& fetched, size_t i = 0) {
    const std::string text = TextOf(fetched, i);
    std::vector<T> values(text.size() / sizeof(T));
    std::ranges::copy(text, reinterpret_cast<char*>(values.data()));
    return values;
  }

  std::unique_ptr<Runtime> runtime_;
};

class RealRuntimeTest : public RealTensorFlow,
                        public testing::WithParamInterface<TensorFlowProcess> {
 protected:
  void SetUp() override { StartOrSkip({.process = GetParam()}); }
};

TEST_P(RealRuntimeTest, KnowsItsVersionAndItsOps) {
  EXPECT_THAT(runtime_->version(), testing::StartsWith("2."));
  const auto ops = runtime_->KnownOps();
  ASSERT_TRUE(ops.ok()) << ops.status();
  EXPECT_THAT(*ops, testing::IsSupersetOf({"Const", "AssignVariableOp", "StringJoin"}));
}

TEST_P(RealRuntimeTest, ComputesWithWhatIsFed) {
  Import(GraphDef()
             .Placeholder("x", DType::kFloat32)
             .Placeholder("y", DType::kFloat32)
             .Node("sum", "AddV2", {"x", "y"}, {{"T", Type(DType::kFloat32)}})
             .Identity("same", "x", DType::kFloat32));
  const auto x = NumbersOf<float>({2, 2}, {1, 2, 3, 4});
  const auto y = NumbersOf<float>({2}, {10, 20});
  const auto fetched = Run({{"x", x}, {"y:0", y}}, {"sum:0", "same"});
  EXPECT_THAT(ValuesIn<float>(fetched), ElementsAre(11, 22, 13, 24));
  EXPECT_THAT(ValuesIn<float>(fetched, 1), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT((*fetched)[0]->dims(), ElementsAre(2, 2));
  EXPECT_THAT(Run({{"x", x}}, {"x"}).status().message(), HasSubstr("both fed and fetched"));
  // Again, with the same tensors.
  EXPECT_THAT(ValuesIn<float>(Run({{"x", y}, {"y", y}}, {"sum"})), ElementsAre(20, 40));
}

// Every dtype that has a size, as a scalar, with elements, and without.
TEST_P(RealRuntimeTest, EveryTypeComesBackAsItWas) {
  std::vector<DType> dtypes;
  GraphDef graph;
  for (const DTypeInfo& info : kDTypes) {
    if (info.nbytes == 0 || !IsTensorFlowType(info.dtype)) continue;
    // Later versions of TensorFlow have more types.
    if (info.dtype >= DType::kFloat8E5M2 && runtime_->version() < "2.21") continue;
    dtypes.push_back(info.dtype);
    const std::string name(info.name);
    graph.Placeholder("x_" + name, info.dtype);
    graph.Identity("y_" + name, "x_" + name, info.dtype);
  }
  Import(graph);
  for (const DType dtype : dtypes) {
    const std::string name(Name(dtype));
    for (const std::vector<int64_t>& dims :
         std::vector<std::vector<int64_t>>{{}, {2, 3}, {0, 5}, {70'000}}) {
      uint64_t nbytes = ElementNbytes(dtype);
      for (const int64_t dim : dims) nbytes *= static_cast<uint64_t>(dim);
      std::string bytes(nbytes, '\0');
      for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i % 2);
      const auto fetched = Run({{"x_" + name, Numbers(dtype, dims, bytes)}}, {"y_" + name});
      ASSERT_TRUE(fetched.ok()) << name << ": " << fetched.status();
      EXPECT_EQ((*fetched)[0]->dtype(), dtype);
      EXPECT_THAT((*fetched)[0]->dims(), testing::ElementsAreArray(dims)) << name;
      EXPECT_EQ(TextOf(fetched), bytes) << name;
    }
  }
}

TEST_P(RealRuntimeTest, StringsOfAVariableAreItsOwn) {
  GraphDef graph;
  graph.Variable("v", DType::kString, {3})
      .Placeholder("x", DType::kString)
      .Constant("empty", DType::kString, "")
      .Identity("same", "x", DType::kString)
      .Node("own", "StringJoin", {"x", "empty"}, {{"N", Number(2)}})
      .Node("assign", "AssignVariableOp", {"v", "own"},
            {{"dtype", Type(DType::kString)}, {"validate_shape", Bool(true)}});
  Import(graph);
  StringTensor value;
  for (const std::string& element : {std::string("short"), std::string(1000, 'l'), std::string()})
    value.Add(element);
  const std::vector<int64_t> dims = {3};
  auto fed = runtime_->NewStrings(value, dims).value();
  EXPECT_EQ(Run({{"x", fed}}, {"same"})->at(0)->strings().value(), value);
  ASSERT_TRUE(Run({{"x", fed}}, {}, {"assign"}).ok());
  fed.reset();
  // Whatever takes the memory of what was fed does not reach the variable.
  std::vector<std::string> others(100, std::string(1000, 'o'));
  const auto read = Run({}, {"v/read"});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->at(0)->strings().value(), value);
}

TEST_P(RealRuntimeTest, AFedTensorBecomesTheVariable) {
  constexpr int64_t kNumElements = 16 << 20;
  constexpr uint64_t kNumBytes = kNumElements * sizeof(float);
  Import(GraphDef().Variable("v", DType::kFloat32, {kNumElements}));
  const auto workers = ChildrenOfThisProcess();
  ASSERT_THAT(workers, SizeIs(GetParam() == TensorFlowProcess::kWorker ? 1 : 0));
  const pid_t where = workers.empty() ? ::getpid() : workers[0];
  const auto own_memory = [&] {
    const std::string line = LinesOf(where, "status", "RssAnon").at(0);
    return std::stoull(line.substr(line.find(':') + 1)) << 10;
  };
  auto fed = runtime_->NewTensor(DType::kFloat32, std::vector<int64_t>{kNumElements}).value();
  std::ranges::fill(fed->bytes(), std::byte{64});
  const std::byte* const place = fed->bytes().data();
  const uint64_t before = own_memory();
  ASSERT_TRUE(Run({{"v/value", fed}}, {}, {"v/assign"}).ok());
  fed.reset();
  EXPECT_LT(own_memory(), before + kNumBytes / 2);
  const auto read = Run({}, {"v/read"});
  ASSERT_TRUE(read.ok()) << read.status();
  if (workers.empty()) {
    EXPECT_EQ(read->at(0)->bytes().data(), place);
  }
  EXPECT_TRUE(
      std::ranges::all_of(read->at(0)->bytes(), [](std::byte b) { return b == std::byte{64}; }));
}

// A worker that shares a tensor's memory must not write into it.
TEST_P(RealRuntimeTest, AVariableThatWasFedCanBeUpdated) {
  GraphDef graph;
  graph.Variable("v", DType::kFloat32, {100'000})
      .Constant("one", DType::kFloat32, std::string("\0\0\x80\x3f", 4))
      .Placeholder("delta", DType::kFloat32)
      .Node("update", "AssignAddVariableOp", {"v", "delta"}, {{"dtype", Type(DType::kFloat32)}});
  Import(graph);
  const auto fed = NumbersOf<float>({100'000}, std::vector<float>(100'000, 2));
  const auto delta = NumbersOf<float>({100'000}, std::vector<float>(100'000, 0.5));
  ASSERT_TRUE(Run({{"v/value", fed}}, {}, {"v/assign"}).ok());
  for (int i = 0; i < 3; ++i) {
    const Status status = Run({{"delta", delta}}, {}, {"update"}).status();
    ASSERT_TRUE(status.ok()) << status;
  }
  EXPECT_THAT(ValuesIn<float>(Run({}, {"v/read"})), testing::Each(3.5));
  EXPECT_EQ(LoadLittleEndian<float>(fed->bytes().data()), 2);
}

TEST_P(RealRuntimeTest, ReferenceVariablesAreAssignedToo) {
  GraphDef graph;
  graph.Node("v", "VariableV2", {}, {{"dtype", Type(DType::kInt64)}, {"shape", ShapeOf({2})}})
      .Placeholder("x", DType::kInt64)
      .Node("assign", "Assign", {"v", "x"},
            {{"T", Type(DType::kInt64)}, {"validate_shape", Bool(true)}});
  Import(graph);
  const Status unset = Run({}, {"v"}).status();
  EXPECT_EQ(unset.reason(), Reason::kEngine);
  EXPECT_THAT(unset.message(), HasSubstr("Attempting to use uninitialized value v"));
  ASSERT_TRUE(Run({{"x", NumbersOf<int64_t>({2}, {5, 6})}}, {}, {"assign"}).ok());
  EXPECT_THAT(ValuesIn<int64_t>(Run({}, {"v"})), ElementsAre(5, 6));
}

TEST_P(RealRuntimeTest, ErrorsAreInTensorFlowsOwnWords) {
  const auto import_error = [&](const GraphDef& graph) {
    const Status status = runtime_->Import(graph.bytes());
    EXPECT_EQ(status.reason(), Reason::kEngine);
    return std::string(status.message());
  };
  EXPECT_THAT(import_error(GraphDef().Node("a", "NoSuchOp", {}, {})),
              HasSubstr("Op type not registered 'NoSuchOp'"));
  EXPECT_THAT(import_error(GraphDef().Identity("a", "missing", DType::kInt32)),
              HasSubstr("Unknown input node 'missing'"));
  EXPECT_THAT(runtime_->Import(AsBytes("\xff\xff\xff")).message(), HasSubstr("Invalid GraphDef"));

  Import(GraphDef().Variable("v", DType::kFloat32, {2, 3}));
  EXPECT_THAT(Run({}, {"v/read"}).status().message(), HasSubstr("Could not find variable v"));
  EXPECT_EQ(Run({}, {"v"}).status().message(),
            "output 'v' is a resource, which has no value to fetch");
  // TensorFlow compares shapes only when the variable has a value.
  const auto right = NumbersOf<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  ASSERT_TRUE(Run({{"v/value", right}}, {}, {"v/assign"}).ok());
  const auto wrong = NumbersOf<float>({3, 2}, std::vector<float>(6));
  EXPECT_THAT(Run({{"v/value", wrong}}, {}, {"v/assign"}).status().message(),
              HasSubstr("wrong shape"));
  const auto ints = NumbersOf<int32_t>({2, 3}, std::vector<int32_t>(6));
  EXPECT_THAT(Run({{"v/value", ints}}, {}, {"v/assign"}).status().message(),
              HasSubstr("to be float but int32 is provided"));
  // None of this spoils what comes after it.
  EXPECT_THAT(ValuesIn<float>(Run({}, {"v/read"})), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_P(RealRuntimeTest, MemoryThatThereIsNotIsAnError) {
  const std::vector<int64_t> dims = {int64_t{1} << 45};
  EXPECT_EQ(runtime_->NewTensor(DType::kFloat32, dims).status().reason(), Reason::kNoMemory);
}

TEST_P(RealRuntimeTest, AGraphWithoutNodesIsImported) {
  Import(GraphDef());
  EXPECT_TRUE(Run({}, {}).ok());
}

INSTANTIATE_TEST_SUITE_P(, RealRuntimeTest,
                         testing::Values(TensorFlowProcess::kThis, TensorFlowProcess::kWorker),
                         [](const auto& param_info) {
                           return param_info.param == TensorFlowProcess::kThis ? "this_process"
                                                                               : "worker";
                         });

// ---- What would end this process, were it not for the worker.

class RealWorkerTest : public RealTensorFlow {
 protected:
  void TearDown() override {
    runtime_.reset();
    EXPECT_THAT(ChildrenOfThisProcess(), IsEmpty());
  }
};

TEST_F(RealWorkerTest, AGraphThatAbortsTheImportIsAnError) {
  StartOrSkip({});
  if (runtime_ == nullptr) return;
  const Status status = runtime_->Import(GraphDef().AbortingGather().bytes());
  EXPECT_EQ(status.reason(), Reason::kEngine);
  EXPECT_THAT(status.message(), testing::StartsWith("TensorFlow aborted: "));
  EXPECT_THAT(status.message(), HasSubstr("Check failed: rank >= 0 ("));
  EXPECT_EQ(runtime_->Import({}).ToString(), status.ToString());
}

TEST_F(RealWorkerTest, ALoopWithoutEndIsEnded) {
  StartOrSkip({.worker_timeout_ms = 3'000});
  if (runtime_ == nullptr) return;
  Import(GraphDef().EndlessLoop());
  const Status status = Run({}, {"exit"}).status();
  EXPECT_EQ(status.reason(), Reason::kEngine);
  EXPECT_THAT(status.message(), HasSubstr("did not finish within 3000 ms"));
}

TEST_F(RealWorkerTest, AWorkerThatIsKilledInALoopIsAnError) {
  StartOrSkip({});
  if (runtime_ == nullptr) return;
  Import(GraphDef().EndlessLoop());
  const auto workers = ChildrenOfThisProcess();
  ASSERT_THAT(workers, SizeIs(1));
  std::thread killer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    ::kill(workers[0], SIGKILL);
  });
  const Status status = Run({}, {"exit"}).status();
  killer.join();
  EXPECT_THAT(status.message(), HasSubstr("was killed"));
}

TEST_F(RealWorkerTest, AGraphThatNeedsTooMuchMemoryIsAnError) {
  if (kHasAddressSanitizer) GTEST_SKIP() << "AddressSanitizer needs more memory than the limit";
  StartOrSkip({.worker_memory_limit = uint64_t{1} << 30});
  if (runtime_ == nullptr) return;
  Import(GraphDef()
             .Placeholder("dims", DType::kInt64)
             .Constant("one", DType::kUInt8, "\1")
             .Node("fill", "Fill", {"dims", "one"},
                   {{"T", Type(DType::kUInt8)}, {"index_type", Type(DType::kInt64)}}));
  const auto small = NumbersOf<int64_t>({1}, {1 << 20});
  EXPECT_EQ(TextOf(Run({{"dims", small}}, {"fill"})), std::string(1 << 20, '\1'));
  const auto large = NumbersOf<int64_t>({1}, {int64_t{2} << 30});
  const Status status = Run({{"dims", large}}, {"fill"}).status();
  EXPECT_EQ(status.reason(), Reason::kEngine);
  EXPECT_THAT(status.message(), HasSubstr("OOM when allocating tensor with shape[2147483648]"));
}

}  // namespace
}  // namespace cairn::tensorflow
