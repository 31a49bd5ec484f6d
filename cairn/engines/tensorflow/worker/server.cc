#include "cairn/engines/tensorflow/worker/server.h"

#include <poll.h>

#include "cairn/core/shape.h"
#include "cairn/engines/tensorflow/tensor_size.h"
#include "cairn/engines/tensorflow/worker/limit_memory.h"
#include "cairn/engines/tensorflow/worker/mapped_tensor.h"
#include "cairn/engines/tensorflow/worker_protocol.h"
#include "cairn/io/posix_error.h"

namespace cairn::tensorflow {
namespace {

Answer Done() { return {}; }

// The dtype of a request. Errors: kArgument.
Result<DType> DTypeOfRequest(uint64_t code) {
  if (const auto dtype = DTypeFromCode(code)) return *dtype;
  return Status(Reason::kArgument, "there is no type " + std::to_string(code));
}

Status WaitForever(int socket, short events) {
  pollfd waiting = {.fd = socket, .events = events, .revents = 0};
  if (posix::Retry([&] { return ::poll(&waiting, 1, -1); }) > 0) return {};
  return Status(Reason::kIo, "poll failed");
}

}  // namespace

Result<Answer> Server::Handle(Message request) {
  FieldReader fields(request.body);
  if ((request.kind == MessageKind::kStart) != (runtime_ == nullptr))
    return Status(Reason::kEngine, "requests to a worker come in the wrong order");
  switch (request.kind) {
    case MessageKind::kStart:
      return Start(fields);
    case MessageKind::kKnownOps:
      return ListOps(fields);
    case MessageKind::kImport:
      return Import(fields, std::move(request.memory));
    case MessageKind::kNewTensor:
      return AddTensor(fields, std::move(request.memory));
    case MessageKind::kNewStrings:
      return AddStrings(fields, std::move(request.memory));
    case MessageKind::kRelease:
      return Release(fields);
    case MessageKind::kRun:
      return Run(fields);
    case MessageKind::kDone:
    case MessageKind::kFailed:
      break;
  }
  return Status(Reason::kEngine, "a worker got an answer instead of a request");
}

Result<Answer> Server::Start(FieldReader& fields) {
  if (fields.Number() != kProtocol)
    return Status(Reason::kVersion, "the worker program is of another version of Cairn");
  const std::string directory = fields.Text();
  TensorFlowOptions options;
  options.num_intra_op_threads = static_cast<int>(fields.Number());
  options.num_inter_op_threads = static_cast<int>(fields.Number());
  memory_limit_ = fields.Number();
  options.op_libraries = fields.Texts();
  CAIRN_RETURN_IF_ERROR(fields.Finish());
  CAIRN_RETURN_IF_ERROR(LimitMemory(memory_limit_));
  // The process that gets what we print shows it only if we end badly, and then it wants all of it.
  CAIRN_ASSIGN_OR_RETURN(runtime_, InProcessRuntime::Open(directory, options, LoadMessages::kShow));
  FieldWriter answer;
  answer.Text(runtime_->version());
  return Answer{answer.TakeBody(), nullptr};
}

Result<Answer> Server::ListOps(FieldReader& fields) {
  CAIRN_RETURN_IF_ERROR(fields.Finish());
  CAIRN_ASSIGN_OR_RETURN(const auto names, runtime_->KnownOps());
  FieldWriter answer;
  answer.Texts(names);
  return Answer{answer.TakeBody(), nullptr};
}

Result<Answer> Server::Import(FieldReader& fields, posix::FileDescriptor memory) {
  const uint64_t nbytes = fields.Number();
  CAIRN_RETURN_IF_ERROR(fields.Finish());
  CAIRN_ASSIGN_OR_RETURN(const SharedMemory graph,
                         SharedMemory::Map(std::move(memory), nbytes, SharedMemory::Access::kRead));
  CAIRN_RETURN_IF_ERROR(runtime_->Import(graph.bytes()));
  return Done();
}

Result<Answer> Server::AddTensor(FieldReader& fields, posix::FileDescriptor memory) {
  const uint64_t id = fields.Number();
  const uint64_t code = fields.Number();
  const std::vector<int64_t> dims = fields.Dims();
  CAIRN_RETURN_IF_ERROR(fields.Finish());
  CAIRN_ASSIGN_OR_RETURN(const DType dtype, DTypeOfRequest(code));
  CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes, NumberTensorNbytes(dtype, dims));
  CAIRN_ASSIGN_OR_RETURN(SharedMemory mapped,
                         SharedMemory::Map(std::move(memory), nbytes, SharedMemory::Access::kRead));
  mapped.CloseDescriptor();
  CAIRN_ASSIGN_OR_RETURN(tensors_[id],
                         MakeMappedTensor(runtime_->api(), dtype, dims, std::move(mapped)));
  return Done();
}

Result<Answer> Server::AddStrings(FieldReader& fields, posix::FileDescriptor memory) {
  const uint64_t id = fields.Number();
  const uint64_t nbytes = fields.Number();
  const std::vector<int64_t> dims = fields.Dims();
  CAIRN_RETURN_IF_ERROR(fields.Finish());
  CAIRN_ASSIGN_OR_RETURN(const SharedMemory stored,
                         SharedMemory::Map(std::move(memory), nbytes, SharedMemory::Access::kRead));
  CAIRN_ASSIGN_OR_RETURN(const uint64_t count, NumElements(dims));
  CAIRN_ASSIGN_OR_RETURN(StringTensor strings, LoadStrings(stored.bytes(), count));
  CAIRN_ASSIGN_OR_RETURN(tensors_[id], runtime_->NewStrings(std::move(strings), dims));
  return Done();
}

Result<Answer> Server::Release(FieldReader& fields) {
  const uint64_t count = fields.Number();
  for (uint64_t i = 0; i < count && fields.ok(); ++i) tensors_.erase(fields.Number());
  CAIRN_RETURN_IF_ERROR(fields.Finish());
  return Done();
}

Result<std::vector<Feed>> Server::ReadFeeds(FieldReader& fields) const {
  std::vector<Feed> feeds;
  const uint64_t count = fields.Number();
  for (uint64_t i = 0; i < count && fields.ok(); ++i) {
    std::string output = fields.Text();
    const auto tensor = tensors_.find(fields.Number());
    if (tensor == tensors_.end())
      return Status(Reason::kArgument, "only tensors that the runtime made can be fed to it");
    feeds.push_back({std::move(output), tensor->second});
  }
  return feeds;
}

Result<Answer> Server::Run(FieldReader& fields) {
  CAIRN_ASSIGN_OR_RETURN(const std::vector<Feed> feeds, ReadFeeds(fields));
  const std::vector<std::string> fetches = fields.Texts();
  const std::vector<std::string> targets = fields.Texts();
  CAIRN_RETURN_IF_ERROR(fields.Finish());
  CAIRN_ASSIGN_OR_RETURN(const auto fetched, runtime_->Run(feeds, fetches, targets));
  return EncodeFetched(fetched, memory_limit_);
}

Status Serve(int socket) {
  Server server;
  const auto wait = [&](short events) { return WaitForever(socket, events); };
  while (true) {
    CAIRN_ASSIGN_OR_RETURN(Message request, ReceiveMessage(socket, wait));
    const auto answer = server.Handle(std::move(request));
    const int memory = answer.ok() && answer->memory != nullptr ? answer->memory->fd() : -1;
    const MessageKind kind = answer.ok() ? MessageKind::kDone : MessageKind::kFailed;
    const std::string body = answer.ok() ? answer->body : EncodeError(answer.status());
    Status sent = SendMessage(socket, kind, body, memory, wait);
    if (sent.reason() == Reason::kLimit)
      sent = SendMessage(socket, MessageKind::kFailed, EncodeError(sent), -1, wait);
    CAIRN_RETURN_IF_ERROR(sent);
  }
}

}  // namespace cairn::tensorflow
