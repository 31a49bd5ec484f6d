// A runtime that needs no TensorFlow: it holds variables, assigns and reads them through the nodes
// that Cairn adds to a graph, and records what it is asked for.
#ifndef CAIRN_ENGINES_TENSORFLOW_FAKE_RUNTIME_FIXTURE_H_
#define CAIRN_ENGINES_TENSORFLOW_FAKE_RUNTIME_FIXTURE_H_

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cairn/core/escape.h"
#include "cairn/core/shape.h"
#include "cairn/engines/tensorflow/graph_parts_fixture.h"
#include "cairn/engines/tensorflow/runtime.h"

namespace cairn::tensorflow {

// Records what a fake runtime was asked for, and says how it behaves. It outlives the runtime.
struct FakeLog {
  struct FakeRun {
    std::vector<std::string> feeds;
    std::vector<std::string> fetches;
    std::vector<std::string> targets;
  };
  std::vector<FakeRun> runs;
  std::string graph_def;
  size_t num_live_tensors = 0;
  std::vector<size_t> live_tensors_in_runs;

  std::vector<std::string> known_ops = {
      "Assign",      "AssignVariableOp",        "Const",       "Identity",  "NoOp",
      "Placeholder", "StatefulPartitionedCall", "VarHandleOp", "VariableV2"};
  size_t fail_run = SIZE_MAX;         // the number of the run that fails
  size_t fail_allocation = SIZE_MAX;  // the number of the tensor that finds no memory
  size_t num_allocations = 0;
};

class FakeTensor final : public RuntimeTensor {
 public:
  FakeTensor(std::shared_ptr<FakeLog> log, DType dtype, std::span<const int64_t> dims)
      : log_(std::move(log)), dtype_(dtype), dims_(dims.begin(), dims.end()) {
    ++log_->num_live_tensors;
    bytes_.resize(NumElements(dims_).value_or(0) * ElementNbytes(dtype));
  }
  ~FakeTensor() override { --log_->num_live_tensors; }

  DType dtype() const override { return dtype_; }
  std::span<const int64_t> dims() const override { return dims_; }
  MutableBytes bytes() override { return bytes_; }
  Result<StringTensor> strings() const override { return strings_; }
  void set_strings(StringTensor value) { strings_ = std::move(value); }

 private:
  std::shared_ptr<FakeLog> log_;
  DType dtype_;
  std::vector<int64_t> dims_;
  std::vector<std::byte> bytes_;
  StringTensor strings_;
};

class FakeRuntime final : public Runtime {
 public:
  explicit FakeRuntime(std::shared_ptr<FakeLog> log) : log_(std::move(log)) {}

  const std::string& version() const override { return version_; }
  const std::string& directory() const override { return directory_; }
  Result<std::vector<std::string>> KnownOps() override { return log_->known_ops; }

  Status Import(Bytes graph_def) override {
    log_->graph_def = AsText(graph_def);
    std::string message;
    AppendMessageField(message, 2, log_->graph_def);
    graph_ = LoadedGraphOf(message);
    return {};
  }

  Result<std::shared_ptr<RuntimeTensor>> NewTensor(DType dtype,
                                                   std::span<const int64_t> dims) override {
    if (log_->num_allocations++ == log_->fail_allocation)
      return Status(Reason::kNoMemory, "cannot allocate a tensor");
    return std::shared_ptr<RuntimeTensor>(std::make_shared<FakeTensor>(log_, dtype, dims));
  }

  Result<std::shared_ptr<RuntimeTensor>> NewStrings(StringTensor value,
                                                    std::span<const int64_t> dims) override {
    auto tensor = std::make_shared<FakeTensor>(log_, DType::kString, dims);
    tensor->set_strings(std::move(value));
    return std::shared_ptr<RuntimeTensor>(std::move(tensor));
  }

  Result<std::vector<std::shared_ptr<RuntimeTensor>>> Run(
      std::span<const Feed> feeds, std::span<const std::string> fetches,
      std::span<const std::string> targets) override {
    Record(feeds, fetches, targets);
    if (log_->runs.size() - 1 == log_->fail_run) return Status(Reason::kEngine, "the run failed");
    std::map<std::string, std::shared_ptr<RuntimeTensor>, std::less<>> fed;
    for (const Feed& feed : feeds) fed[std::string(NodeNameOf(feed.output))] = feed.tensor;
    for (const std::string& target : targets) Assign(target, fed);
    if (feeds.empty() && !targets.empty()) staged_.clear();
    std::vector<std::shared_ptr<RuntimeTensor>> fetched;
    for (const std::string& fetch : fetches) {
      CAIRN_ASSIGN_OR_RETURN(auto tensor, Fetch(fetch, fed));
      fetched.push_back(std::move(tensor));
    }
    return fetched;
  }

 private:
  using Tensors = std::map<std::string, std::shared_ptr<RuntimeTensor>, std::less<>>;

  void Record(std::span<const Feed> feeds, std::span<const std::string> fetches,
              std::span<const std::string> targets) {
    FakeLog::FakeRun& run = log_->runs.emplace_back();
    for (const Feed& feed : feeds) run.feeds.push_back(feed.output);
    run.fetches.assign(fetches.begin(), fetches.end());
    run.targets.assign(targets.begin(), targets.end());
    log_->live_tensors_in_runs.push_back(log_->num_live_tensors);
  }

  std::string InputOf(std::string_view node, size_t i) const {
    return std::string(InputsOf(*graph_.graph.Find(node)).value().at(i));
  }

  // An assignment of what is fed keeps a copy; one of anything else makes a value of one zero byte.
  void Assign(const std::string& target, const Tensors& fed) {
    const GraphNode* const node = graph_.graph.Find(target);
    if (node->op == "Stage") {
      const auto inputs = InputsOf(*node).value();
      for (const std::string_view input : inputs) staged_.push_back(fed.find(input)->second);
    }
    if (node->op == "StageClear") staged_.clear();
    if (!node->op.starts_with("Assign")) return;
    std::string value = InputOf(target, 1);
    if (graph_.graph.Find(value)->op == "StringJoin") value = InputOf(value, 0);
    if (graph_.graph.Find(value)->op == "Unpack") {
      RuntimeTensor& rows = *fed.find(InputOf(value, 0))->second;
      values_[InputOf(target, 0)] = RowOf(rows, OutputOf(value));
      return;
    }
    const auto found = fed.find(NodeNameOf(value));
    if (graph_.graph.Find(value)->op == "Unstage") {
      values_[InputOf(target, 0)] = std::move(staged_.at(OutputOf(value)));
      return;
    }
    values_[InputOf(target, 0)] =
        found == fed.end()
            ? std::make_shared<FakeTensor>(log_, DType::kUInt8, std::vector<int64_t>{1})
            : CopyOf(*found->second);
  }

  std::shared_ptr<RuntimeTensor> CopyOf(RuntimeTensor& tensor) const {
    auto copy = std::make_shared<FakeTensor>(log_, tensor.dtype(), tensor.dims());
    std::ranges::copy(tensor.bytes(), copy->bytes().begin());
    copy->set_strings(tensor.strings().value());
    return copy;
  }

  std::shared_ptr<RuntimeTensor> RowOf(RuntimeTensor& rows, size_t row) const {
    auto copy = std::make_shared<FakeTensor>(log_, rows.dtype(), rows.dims().subspan(1));
    const size_t nbytes = copy->bytes().size();
    std::ranges::copy(rows.bytes().subspan(row * nbytes, nbytes), copy->bytes().begin());
    return copy;
  }

  Result<std::shared_ptr<RuntimeTensor>> Fetch(const std::string& name, const Tensors& fed) {
    if (const auto found = fed.find(NodeNameOf(name)); found != fed.end()) return found->second;
    const bool is_ref = graph_.graph.Find(name)->op == "VariableV2";
    const std::string variable = is_ref ? name : InputOf(name, 0);
    const auto value = values_.find(variable);
    if (graph_.graph.Find(name)->op.find("Initialized") != std::string_view::npos) {
      auto answer = std::make_shared<FakeTensor>(log_, DType::kBool, std::vector<int64_t>());
      answer->bytes()[0] = std::byte{value != values_.end()};
      return std::shared_ptr<RuntimeTensor>(std::move(answer));
    }
    if (value != values_.end()) return value->second;
    return Status(Reason::kEngine, "Attempting to use uninitialized value " + variable);
  }

  std::shared_ptr<FakeLog> log_;
  std::string version_ = "2.21.0";
  std::string directory_ = "nowhere";
  LoadedGraph graph_;
  Tensors values_;  // by the op of the variable
  std::vector<std::shared_ptr<RuntimeTensor>> staged_;
};

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_FAKE_RUNTIME_FIXTURE_H_
