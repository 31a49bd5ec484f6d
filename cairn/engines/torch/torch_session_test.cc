#include "cairn/engines/torch/torch_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "cairn/engines/torch/trained_net_fixture.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> NamesOf(const Session& session) {
  std::vector<std::string> names;
  for (const Variable& variable : session.variables()) names.push_back(variable.name);
  return names;
}

std::unique_ptr<TorchSession> SessionOf(torch::nn::Module& module,
                                        torch::optim::Optimizer* optimizer = nullptr) {
  auto session = TorchSession::Make(module, optimizer);
  EXPECT_TRUE(session.ok()) << session.status().message();
  return session.ok() ? *std::move(session) : nullptr;
}

VariableId IdOf(const Session& session, const std::string& name) {
  return std::ranges::find(session.variables(), name, &Variable::name) -
         session.variables().begin();
}

// A module of one tensor.
struct OneTensor : torch::nn::Module {
  explicit OneTensor(const torch::Tensor& tensor, bool is_buffer = true) {
    if (is_buffer) {
      register_buffer("t", tensor);
    } else {
      register_parameter("t", tensor);
    }
  }
};

TEST(TorchSessionTest, VariablesHaveTheNamesOfStateDict) {
  Net net(1);
  net.fc->bias.requires_grad_(false);
  const auto session = SessionOf(net);
  EXPECT_THAT(NamesOf(*session), ElementsAre("spare", "conv.weight", "conv.bias", "bn.weight",
                                             "bn.bias", "fc.weight", "fc.bias", "bn.running_mean",
                                             "bn.running_var", "bn.num_batches_tracked"));
  const auto variables = session->variables();
  EXPECT_EQ(variables[1].dtype, DType::kFloat32);
  EXPECT_THAT(variables[1].dims, ElementsAre(4, 2, 3, 3));
  EXPECT_TRUE(variables[1].collections.trainable);
  EXPECT_FALSE(variables[1].collections.model);
  EXPECT_FALSE(variables[6].collections.trainable) << "it is frozen";
  EXPECT_TRUE(variables[6].collections.model) << "it is needed to use the model";
  EXPECT_TRUE(variables[7].collections.model);
  EXPECT_EQ(variables[9].dtype, DType::kInt64);
  EXPECT_TRUE(variables[9].dims.empty());
  EXPECT_EQ(SavedVariables(*session).size(), variables.size());
}

TEST(TorchSessionTest, ABatchNormWithoutStatisticsHasNoBuffers) {
  torch::nn::BatchNorm1d bn(torch::nn::BatchNorm1dOptions(2).track_running_stats(false));
  EXPECT_THAT(NamesOf(*SessionOf(*bn)), ElementsAre("weight", "bias"));
}

TEST(TorchSessionTest, ASnapshotSeesTheMemoryOfContiguousTensors) {
  Net net(1);
  const auto session = SessionOf(net);
  const auto snapshot = session->Snapshot(SavedVariables(*session));
  ASSERT_TRUE(snapshot.ok()) << snapshot.status().message();
  const auto data_of = [&](const char* name) {
    return static_cast<const void*>((*snapshot->Get(name))->extent()->file->mapped().data());
  };
  EXPECT_EQ(data_of("fc.weight"), net.fc->weight.data_ptr());
  EXPECT_EQ(data_of("bn.num_batches_tracked"), net.bn->num_batches_tracked.data_ptr());
  ASSERT_FALSE(net.conv->weight.is_contiguous());
  EXPECT_NE(data_of("conv.weight"), net.conv->weight.data_ptr());
  const auto rows = net.conv->weight.detach().flatten();
  EXPECT_EQ(*ValuesOf<float>(**snapshot->Get("conv.weight")),
            std::vector<float>(rows.data_ptr<float>(), rows.data_ptr<float>() + rows.numel()));
}

struct SharedType {
  c10::ScalarType torch;
  DType cairn;
};

class SharedTypeTest : public testing::TestWithParam<SharedType> {};

// The bits of every element come back, in tensors that are contiguous and in others.
TEST_P(SharedTypeTest, ValuesGoOutAndComeBack) {
  const auto from = torch::arange(6, at::kDouble).reshape({2, 3}).to(GetParam().torch);
  for (const bool is_transposed : {false, true}) {
    OneTensor source(is_transposed ? from.t() : from);
    OneTensor target(torch::zeros_like(is_transposed ? from.t() : from));
    const auto session = SessionOf(source);
    EXPECT_EQ(session->variables()[0].dtype, GetParam().cairn);
    const TensorDict kept = Kept(*session);
    RestoreAll(*SessionOf(target), kept);
    EXPECT_TRUE(torch::equal(target.buffers()[0], source.buffers()[0]));
    EXPECT_EQ(target.buffers()[0].strides(), source.buffers()[0].strides());
  }
}

INSTANTIATE_TEST_SUITE_P(
    , SharedTypeTest,
    testing::Values(SharedType{at::kBool, DType::kBool}, SharedType{at::kByte, DType::kUInt8},
                    SharedType{at::kChar, DType::kInt8}, SharedType{at::kShort, DType::kInt16},
                    SharedType{at::kInt, DType::kInt32}, SharedType{at::kLong, DType::kInt64},
                    SharedType{at::kHalf, DType::kFloat16},
                    SharedType{at::kBFloat16, DType::kBFloat16},
                    SharedType{at::kFloat, DType::kFloat32},
                    SharedType{at::kDouble, DType::kFloat64},
                    SharedType{at::kComplexFloat, DType::kComplex64},
                    SharedType{at::kComplexDouble, DType::kComplex128}),
    [](const auto& row) { return std::string(Name(row.param.cairn)); });

TEST(TorchSessionTest, ElementsThatWaitToBeConjugatedAreSavedAsTheyAre) {
  const auto conjugated = torch::complex(torch::ones({2}), torch::ones({2})).conj();
  ASSERT_TRUE(conjugated.is_conj() && conjugated.is_contiguous());
  OneTensor module(conjugated);
  const auto session = SessionOf(module);
  const auto kept = Kept(*session);
  EXPECT_EQ(*ValuesOf<std::complex<float>>(**kept.Get("t")),
            (std::vector<std::complex<float>>{{1, -1}, {1, -1}}));
  RestoreAll(*session, kept);
  EXPECT_TRUE(torch::equal(torch::imag(conjugated), torch::full({2}, -1.0f)));
}

TEST(TorchSessionTest, EmptyTensorsAndScalars) {
  for (const auto& tensor : {torch::zeros({0, 4}), torch::tensor(2.5f)}) {
    OneTensor module(tensor);
    const auto session = SessionOf(module);
    const TensorDict kept = Kept(*session);
    tensor.zero_();
    RestoreAll(*session, kept);
    EXPECT_EQ(TextsOf(Kept(*session)), TextsOf(kept));
  }
}

// Two layers with the same weights: both names are saved, and the later value counts.
TEST(TorchSessionTest, TiedTensorsAreSavedUnderBothNames) {
  torch::nn::Module module;
  const auto weights = torch::ones({2});
  module.register_parameter("a", weights);
  module.register_buffer("b", weights);
  const auto session = SessionOf(module);
  EXPECT_EQ(*ValuesOf<float>(**Kept(*session).Get("b")), (std::vector<float>{1, 1}));
  RestoreAll(*session,
             DictOf({{"a", SourceOf<float>({2}, {2, 2})}, {"b", SourceOf<float>({2}, {3, 3})}}));
  EXPECT_TRUE(torch::equal(weights, torch::full({2}, 3.0f)));
}

struct NotASession {
  const char* what;
  std::function<Status()> make;
  const char* message_part;
};

Status MakeOf(torch::nn::Module& module, torch::optim::Optimizer* optimizer = nullptr) {
  return TorchSession::Make(module, optimizer).status();
}
Status MakeOfTensor(const torch::Tensor& tensor) {
  OneTensor module(tensor);
  return MakeOf(module);
}

class NotASessionTest : public testing::TestWithParam<NotASession> {};

TEST_P(NotASessionTest, IsSaid) {
  const Status status = GetParam().make();
  EXPECT_EQ(status.reason(), Reason::kArgument) << GetParam().what << ": " << status.message();
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message_part)) << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(
    , NotASessionTest,
    testing::Values(NotASession{"a tensor of another device",
                                [] { return MakeOfTensor(torch::empty({2}, at::kMeta)); },
                                "tensor 't' is on the device meta, not on the CPU"},
                    NotASession{"a sparse tensor",
                                [] { return MakeOfTensor(torch::eye(2).to_sparse()); },
                                "tensor 't' is sparse"},
                    NotASession{"a dtype that Cairn lacks",
                                [] { return MakeOfTensor(torch::empty({2}, at::kComplexHalf)); },
                                "tensor 't' has the dtype ComplexHalf"},
                    NotASession{"a quantized tensor",
                                [] {
                                  return MakeOfTensor(torch::quantize_per_tensor(
                                      torch::ones({2}), 0.5, 0, c10::ScalarType::QInt8));
                                },
                                "tensor 't' has the dtype QInt8"},
                    NotASession{"an optimizer whose state is not known",
                                [] {
                                  Net net(1);
                                  torch::optim::LBFGS optimizer(net.parameters());
                                  return MakeOf(net, &optimizer);
                                },
                                "none whose state is known"},
                    NotASession{"an optimizer of another module",
                                [] {
                                  Net net(1);
                                  OneTensor other(torch::ones({3}), false);
                                  torch::optim::SGD optimizer(net.parameters(), 0.1);
                                  return MakeOf(other, &optimizer);
                                },
                                "that the module does not have"},
                    NotASession{"a parameter with the name of another's state",
                                [] {
                                  OneTensor module(torch::ones({3}), false);
                                  module.register_parameter("t/step", torch::ones({}));
                                  torch::optim::Adam optimizer(module.parameters());
                                  return MakeOf(module, &optimizer);
                                },
                                "two variables have the name 't/step'"}));

class FilledTorchSessionTest : public testing::Test {
 protected:
  Net net_{1};
  torch::optim::Adam adam_{net_.parameters()};
  std::unique_ptr<TorchSession> session_ = SessionOf(net_, &adam_);

  Status Begin(const std::string& name, const std::vector<int64_t>& dims) {
    return session_->Begin(std::vector<NewValue>{{IdOf(*session_, name), dims}}).status();
  }
};

TEST_F(FilledTorchSessionTest, IdsAndDimsAreChecked) {
  const VariableId end = session_->variables().size();
  EXPECT_EQ(session_->Begin(std::vector<NewValue>{{end, {}}}).status().reason(), Reason::kArgument);
  EXPECT_EQ(session_->Snapshot(std::vector<VariableId>{0, 0}).status().reason(), Reason::kArgument);
  EXPECT_EQ(Begin("fc.weight", {4, 2}).message(),
            "variable 'fc.weight' has the shape [2,4], not [4,2]");
  EXPECT_EQ(Begin("fc.weight/exp_avg", {4, 2}).message(),
            "variable 'fc.weight/exp_avg' has the shape [2,4], not [4,2]");
  EXPECT_EQ(Begin("fc.weight", {0}).reason(), Reason::kArgument);
  EXPECT_TRUE(Begin("fc.weight/exp_avg", {2, 4}).ok());
  EXPECT_TRUE(Begin("fc.weight/exp_avg", {0}).ok()) << "the optimizer has not made it";
  EXPECT_EQ(Begin("param_groups/0/lr", {1}).reason(), Reason::kArgument);
}

TEST_F(FilledTorchSessionTest, OnlyContiguousTensorsAreFilledInPlace) {
  const auto begin = [&](const std::string& name, std::vector<int64_t> dims) {
    return *session_->Begin(std::vector<NewValue>{{IdOf(*session_, name), std::move(dims)}});
  };
  const auto in_place = begin("fc.weight", {2, 4});
  EXPECT_TRUE(in_place->fills_in_place());
  EXPECT_EQ(in_place->buffer(0).data(), net_.fc->weight.data_ptr());
  EXPECT_FALSE(begin("conv.weight", {4, 2, 3, 3})->fills_in_place());
  EXPECT_FALSE(begin("param_groups/0/lr", {})->fills_in_place());
  EXPECT_FALSE(begin("fc.weight/exp_avg", {2, 4})->fills_in_place()) << "it is not there yet";
  TrainSteps(net_, adam_, 0, 1);
  EXPECT_TRUE(begin("fc.weight/exp_avg", {2, 4})->fills_in_place());
}

TEST_F(FilledTorchSessionTest, AnAssignmentThatIsGivenUpChangesNothingElse) {
  const auto before = TextsOf(Kept(*session_));
  {
    const auto assignment = *session_->Begin(
        std::vector<NewValue>{{IdOf(*session_, "conv.weight"), {4, 2, 3, 3}},
                              {IdOf(*session_, "conv.weight/exp_avg"), {4, 2, 3, 3}},
                              {IdOf(*session_, "conv.weight/step"), {}},
                              {IdOf(*session_, "param_groups/0/lr"), {}}});
    for (size_t i = 0; i < 4; ++i) std::ranges::fill(assignment->buffer(i), std::byte{1});
  }
  EXPECT_EQ(TextsOf(Kept(*session_)), before);
}

TEST_F(FilledTorchSessionTest, StringsAreRefused) {
  const auto assignment =
      *session_->Begin(std::vector<NewValue>{{IdOf(*session_, "conv.weight"), {4, 2, 3, 3}}});
  std::ranges::fill(assignment->buffer(0), std::byte{1});
  const auto before = TextsOf(Kept(*session_));
  assignment->SetStrings(0, StringTensor());
  EXPECT_EQ(assignment->Commit().reason(), Reason::kArgument);
  EXPECT_EQ(TextsOf(Kept(*session_)), before);
}

// A value that is damaged is found before anything is assigned, also where tensors are in place.
TEST_F(FilledTorchSessionTest, ADamagedValueChangesNothing) {
  TrainSteps(net_, adam_, 0, 1);
  const auto before = TextsOf(Kept(*session_));
  const TensorDict dict = DictOf({{"bn.weight", SourceOf<float>({4}, {1, 2, 3, 4})},
                                  {"fc.bias", DamagedSourceOf<float>({2}, {5, 6})},
                                  {"param_groups/0/lr", SourceOf<double>({}, {0.5})}});
  EXPECT_EQ(DictRestore(dict).Init(*session_).status().reason(), Reason::kCrc);
  EXPECT_EQ(TextsOf(Kept(*session_)), before);
}

// A tensor of which several elements share memory cannot be assigned: libtorch throws.
TEST(TorchSessionTest, ExceptionsOfLibtorchAreErrors) {
  OneTensor module(torch::ones({1}).expand({3}));
  const auto session = SessionOf(module);
  const Status status =
      DictRestore(DictOf({{"t", SourceOf<float>({3}, {1, 2, 3})}})).Init(*session).status();
  EXPECT_EQ(status.reason(), Reason::kEngine);
  EXPECT_THAT(std::string(status.message()), HasSubstr("libtorch: unsupported operation"));
  EXPECT_EQ(status.message().find('\n'), std::string_view::npos);
}

struct Change {
  const char* what;
  std::function<void(Net&)> change;
  const char* message_part;
};

class ChangedModuleTest : public testing::TestWithParam<Change> {};

TEST_P(ChangedModuleTest, IsNotedBeforeAnythingIsReadOrWritten) {
  Net net(1);
  const auto session = SessionOf(net);
  GetParam().change(net);
  const Status snapshot = session->Snapshot(SavedVariables(*session)).status();
  EXPECT_EQ(snapshot.reason(), Reason::kArgument) << GetParam().what;
  EXPECT_THAT(std::string(snapshot.message()), HasSubstr(GetParam().message_part));
  EXPECT_EQ(session->Begin({}).status().message(), snapshot.message());
}

INSTANTIATE_TEST_SUITE_P(
    , ChangedModuleTest,
    testing::Values(
        Change{"another dtype", [](Net& net) { net.fc->to(at::kDouble); },
               "variable 5 was 'fc.weight' float32[2,4], and is 'fc.weight' float64[2,4]"},
        Change{"another shape", [](Net& net) { net.fc->weight.set_data(torch::zeros({3, 4})); },
               "variable 5 was 'fc.weight' float32[2,4], and is 'fc.weight' float32[3,4]"},
        Change{"one more buffer", [](Net& net) { net.fc->register_buffer("z", torch::zeros({1})); },
               "variable 10 was nothing, and is 'fc.z' float32[1]"},
        Change{"one buffer less", [](Net& net) { net.unregister_module("bn"); },
               "variable 3 was 'bn.weight' float32[4], and is 'fc.weight' float32[2,4]"}));

// New memory beneath a tensor is no change: it is what is read and written then.
TEST(TorchSessionTest, TensorsMayGetOtherMemory) {
  Net net(1);
  const auto session = SessionOf(net);
  net.fc->bias.set_data(torch::full({2}, 7.0f));
  EXPECT_EQ(*ValuesOf<float>(**Kept(*session).Get("fc.bias")), (std::vector<float>{7, 7}));
}

}  // namespace
}  // namespace cairn
