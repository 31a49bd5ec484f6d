// The process that TensorFlow runs in, seen from this one.
#ifndef CAIRN_ENGINES_TENSORFLOW_WORKER_PROCESS_H_
#define CAIRN_ENGINES_TENSORFLOW_WORKER_PROCESS_H_

#include <memory>
#include <string>

#include "cairn/core/status.h"
#include "cairn/engines/tensorflow/child_process.h"
#include "cairn/engines/tensorflow/deadline.h"
#include "cairn/engines/tensorflow/message_socket.h"
#include "cairn/io/posix_file.h"

namespace cairn::tensorflow {

// Used by one thread at a time. The worker ends when this is destroyed, and, by itself, when this
// process ends.
class WorkerProcess {
 public:
  // Runs the program at `path`. Errors: kMissing (it cannot be run), kNoMemory, kIo.
  static Result<std::unique_ptr<WorkerProcess>> Start(const std::string& path);

  // Sends a request, and returns the answer to it, which is kDone. `memory` is the descriptor of
  // shared memory that goes with the request, or -1. `patience_ms` is the longest time it may take;
  // 0: without end.
  //
  // Errors: what the worker answers; kLimit (the request is too long, and was not sent); kEngine
  // (the worker has ended, and the message says how, or it was killed since it took too long or
  // sent what is not an answer). After the last of these every call is that error.
  Result<Message> Call(MessageKind kind, const std::string& body, int memory, int64_t patience_ms);

  // Ends the worker, since an answer of it was found wrong later: `error` is what every call
  // returns from now on, and what this returns.
  Status GiveUp(const Status& error);

 private:
  WorkerProcess(std::string path, ChildProcess child, posix::FileDescriptor socket,
                posix::FileDescriptor messages)
      : path_(std::move(path)),
        child_(std::move(child)),
        socket_(std::move(socket)),
        messages_(std::move(messages)) {}

  Result<Message> Exchange(MessageKind kind, const std::string& body, int memory,
                           int64_t patience_ms);
  Status Wait(short events, const Deadline& deadline, int64_t patience_ms);
  bool ReadPrinted();
  // Ends the worker. Returns what `error` of a call means.
  Status Explain(const Status& error);
  Status DescribeEnd(const ProcessEnd& end) const;

  std::string path_;
  ChildProcess child_;
  posix::FileDescriptor socket_;
  posix::FileDescriptor messages_;  // what the worker prints
  std::string printed_;             // the end of it
  Status failure_;                  // of the call after which there are no others
};

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_WORKER_PROCESS_H_
