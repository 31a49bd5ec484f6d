#include "cairn/engines/tensorflow/worker_runtime.h"

#include <algorithm>

#include "cairn/engines/tensorflow/find_worker.h"
#include "cairn/engines/tensorflow/tensor_size.h"
#include "cairn/engines/tensorflow/worker_protocol.h"
#include "cairn/engines/tensorflow/worker_tensor.h"

namespace cairn::tensorflow {
namespace {

// TensorFlow's library is large, and may be on a slow disk.
constexpr int64_t kMinStartMs = 60'000;

WorkerTensor& WorkerTensorOf(const Feed& feed) { return static_cast<WorkerTensor&>(*feed.tensor); }

std::string EncodeRun(std::span<const Feed> feeds, std::span<const std::string> fetches,
                      std::span<const std::string> targets) {
  FieldWriter fields;
  fields.Number(feeds.size());
  for (const Feed& feed : feeds) {
    fields.Text(feed.output);
    fields.Number(WorkerTensorOf(feed).id());
  }
  fields.Texts(fetches);
  fields.Texts(targets);
  return fields.TakeBody();
}

// The tensors of an answer; `expected` of them.
Result<std::vector<std::shared_ptr<RuntimeTensor>>> DecodeFetched(Message answer, size_t expected) {
  FieldReader fields(answer.body);
  const uint64_t nbytes = fields.Number();
  CAIRN_ASSIGN_OR_RETURN(SharedMemory mapped, SharedMemory::Map(std::move(answer.memory), nbytes,
                                                                SharedMemory::Access::kReadWrite));
  mapped.CloseDescriptor();
  const auto memory = std::make_shared<const SharedMemory>(std::move(mapped));
  if (fields.Number() != expected)
    return Status(Reason::kEngine, "the worker program sent another number of tensors");
  std::vector<std::shared_ptr<RuntimeTensor>> fetched;
  for (size_t i = 0; i < expected; ++i) {
    CAIRN_ASSIGN_OR_RETURN(auto tensor, ReadFetched(fields, memory));
    fetched.push_back(std::move(tensor));
  }
  CAIRN_RETURN_IF_ERROR(fields.Finish());
  return fetched;
}

}  // namespace

Result<std::unique_ptr<WorkerRuntime>> WorkerRuntime::Open(const std::string& directory,
                                                           const TensorFlowOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const std::string path, FindWorker(options.worker_program));
  CAIRN_ASSIGN_OR_RETURN(auto process, WorkerProcess::Start(path));
  auto runtime = std::unique_ptr<WorkerRuntime>(
      new WorkerRuntime(std::move(process), directory, options.worker_timeout_ms));
  CAIRN_RETURN_IF_ERROR(runtime->StartTensorFlow(options));
  return runtime;
}

Status WorkerRuntime::StartTensorFlow(const TensorFlowOptions& options) {
  FieldWriter fields;
  fields.Number(kProtocol);
  fields.Text(directory_);
  fields.Number(static_cast<uint64_t>(options.num_intra_op_threads));
  fields.Number(static_cast<uint64_t>(options.num_inter_op_threads));
  fields.Number(options.worker_memory_limit);
  fields.Texts(options.op_libraries);
  const int64_t patience_ms = patience_ms_ == 0 ? 0 : std::max(patience_ms_, kMinStartMs);
  CAIRN_ASSIGN_OR_RETURN(const Message answer,
                         process_->Call(MessageKind::kStart, fields.TakeBody(), -1, patience_ms));
  FieldReader reader(answer.body);
  version_ = reader.Text();
  return CheckAnswer(reader.Finish());
}

Result<Message> WorkerRuntime::Call(MessageKind kind, const std::string& body, int memory) {
  return process_->Call(kind, body, memory, patience_ms_);
}

Status WorkerRuntime::CheckAnswer(const Status& read) {
  return read.reason() == Reason::kEngine ? process_->GiveUp(read) : read;
}

Status WorkerRuntime::ReleaseDropped() {
  const std::vector<uint64_t> ids = dropped_->TakeAll();
  if (ids.empty()) return {};
  FieldWriter fields;
  fields.Number(ids.size());
  for (const uint64_t id : ids) fields.Number(id);
  return Call(MessageKind::kRelease, fields.TakeBody()).status();
}

Result<std::vector<std::string>> WorkerRuntime::KnownOps() {
  const Result<Message> answer = Call(MessageKind::kKnownOps, "");
  CAIRN_RETURN_IF_ERROR(answer.status());
  FieldReader fields(answer->body);
  std::vector<std::string> names = fields.Texts();
  CAIRN_RETURN_IF_ERROR(CheckAnswer(fields.Finish()));
  return names;
}

Status WorkerRuntime::Import(Bytes graph_def) {
  CAIRN_ASSIGN_OR_RETURN(const SharedMemory memory, SharedMemory::Create(graph_def.size()));
  CopyBytes(graph_def, memory.bytes().data());
  FieldWriter fields;
  fields.Number(graph_def.size());
  return Call(MessageKind::kImport, fields.TakeBody(), memory.fd()).status();
}

Result<std::shared_ptr<RuntimeTensor>> WorkerRuntime::NewTensor(DType dtype,
                                                                std::span<const int64_t> dims) {
  CAIRN_RETURN_IF_ERROR(ReleaseDropped());
  CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes, NumberTensorNbytes(dtype, dims));
  CAIRN_ASSIGN_OR_RETURN(SharedMemory made, SharedMemory::Create(nbytes));
  const auto memory = std::make_shared<SharedMemory>(std::move(made));
  FieldWriter fields;
  fields.Number(next_id_);
  fields.Number(static_cast<uint64_t>(dtype));
  fields.Dims(dims);
  CAIRN_RETURN_IF_ERROR(Call(MessageKind::kNewTensor, fields.TakeBody(), memory->fd()).status());
  memory->CloseDescriptor();
  const auto tensor = std::make_shared<WorkerTensor>(
      WorkerTensor::Form{dtype, {dims.begin(), dims.end()}}, memory, memory->bytes());
  tensor->SetId(next_id_++, dropped_);
  return tensor;
}

Result<std::shared_ptr<RuntimeTensor>> WorkerRuntime::NewStrings(StringTensor value,
                                                                 std::span<const int64_t> dims) {
  CAIRN_RETURN_IF_ERROR(ReleaseDropped());
  CAIRN_RETURN_IF_ERROR(CheckNumStrings(value.size(), dims));
  CAIRN_ASSIGN_OR_RETURN(const SharedMemory memory, SharedMemory::Create(StoredNbytes(value)));
  StoreStrings(value, memory.bytes());
  FieldWriter fields;
  fields.Number(next_id_);
  fields.Number(memory.bytes().size());
  fields.Dims(dims);
  CAIRN_RETURN_IF_ERROR(Call(MessageKind::kNewStrings, fields.TakeBody(), memory.fd()).status());
  const auto tensor = std::make_shared<WorkerTensor>(
      WorkerTensor::Form{DType::kString, {dims.begin(), dims.end()}}, std::move(value));
  tensor->SetId(next_id_++, dropped_);
  return tensor;
}

Result<std::vector<std::shared_ptr<RuntimeTensor>>> WorkerRuntime::Run(
    std::span<const Feed> feeds, std::span<const std::string> fetches,
    std::span<const std::string> targets) {
  CAIRN_RETURN_IF_ERROR(ReleaseDropped());
  CAIRN_ASSIGN_OR_RETURN(Message answer,
                         Call(MessageKind::kRun, EncodeRun(feeds, fetches, targets)));
  auto fetched = DecodeFetched(std::move(answer), fetches.size());
  CAIRN_RETURN_IF_ERROR(CheckAnswer(fetched.status()));
  return fetched;
}

}  // namespace cairn::tensorflow
