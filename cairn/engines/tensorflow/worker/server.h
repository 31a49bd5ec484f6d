// Serves the process that a worker works for.
#ifndef CAIRN_ENGINES_TENSORFLOW_WORKER_SERVER_H_
#define CAIRN_ENGINES_TENSORFLOW_WORKER_SERVER_H_

#include <map>
#include <memory>

#include "cairn/engines/tensorflow/in_process_runtime.h"
#include "cairn/engines/tensorflow/message_fields.h"
#include "cairn/engines/tensorflow/message_socket.h"
#include "cairn/engines/tensorflow/worker/fetched_tensors.h"

namespace cairn::tensorflow {

class Server {
 public:
  // Does what a request asks for. `request` must have the fields that worker_protocol.h gives it.
  // Errors: kEngine (it has not), those of InProcessRuntime.
  Result<Answer> Handle(Message request);

 private:
  Result<Answer> Start(FieldReader& fields);
  Result<Answer> ListOps(FieldReader& fields);
  Result<Answer> Import(FieldReader& fields, posix::FileDescriptor memory);
  Result<Answer> AddTensor(FieldReader& fields, posix::FileDescriptor memory);
  Result<Answer> AddStrings(FieldReader& fields, posix::FileDescriptor memory);
  Result<Answer> Release(FieldReader& fields);
  Result<Answer> Run(FieldReader& fields);

  Result<std::vector<Feed>> ReadFeeds(FieldReader& fields) const;

  std::unique_ptr<InProcessRuntime> runtime_;  // null until the start
  uint64_t memory_limit_ = 0;
  std::map<uint64_t, std::shared_ptr<RuntimeTensor>> tensors_;
};

// Answers what comes on `socket` until the other end is closed. Returns an error if what comes is
// not a message.
Status Serve(int socket);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_WORKER_SERVER_H_
